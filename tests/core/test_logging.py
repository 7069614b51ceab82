"""Logs: one event a line, and neither secrets nor what members sent."""

import json
import logging

import pytest
import structlog

from app.core.logging import set_up_logging


@pytest.fixture
def lines(capsys):
    """Read what was logged since, as JSON."""
    set_up_logging(json=True)

    def read():
        return [json.loads(line) for line in capsys.readouterr().err.splitlines()]

    return read


def fail_over(secret):
    try:
        int(secret)
    except ValueError as wrong:
        raise RuntimeError(f"could not read {secret}") from wrong


def test_an_event_is_one_line_with_its_time_in_utc(lines):
    structlog.get_logger().info("refused", refusal="already_voted", status_code=409)
    [line] = lines()
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "refused",
        "level": "info",
        "refusal": "already_voted",
        "status_code": 409,
    }


@pytest.mark.parametrize(
    "name",
    [
        "password",
        "new_password",
        "token",
        "Authorization",
        "voting_code",
        "answers",
        "receipt",
        "session_cookie",
        "secret_key",
    ],
)
def test_a_value_that_is_called_a_secret_is_left_out(lines, name):
    structlog.get_logger().info("tried", **{name: "hunter2"})
    [line] = lines()
    assert line[name] == "[left out]"


def test_details_for_developers_are_not_logged(lines):
    structlog.get_logger().debug("tried")
    assert lines() == []


def test_an_exception_is_told_by_kind_and_place_and_not_by_its_message(lines):
    try:
        fail_over("7K3QD-9ZT0M")
    except RuntimeError:
        structlog.get_logger().exception("unexpected")
    [line] = lines()
    assert line["raised"] == ["RuntimeError", "ValueError"]
    assert line["where"][-1].endswith(" fail_over")
    assert "7K3QD" not in json.dumps(line)


def test_the_servers_own_lines_join_ours_without_the_message_of_an_exception(lines):
    server = logging.getLogger("uvicorn.error")
    server.info("Started %s", "server")
    try:
        fail_over("7K3QD-9ZT0M")
    except RuntimeError:
        server.exception("Exception in ASGI application")
    started, failed = lines()
    assert (started["event"], started["level"]) == ("Started server", "info")
    assert failed["raised"] == ["RuntimeError", "ValueError"]
    assert "7K3QD" not in json.dumps(failed)


def test_other_libraries_speak_only_when_something_is_wrong(lines):
    logging.getLogger("httpx").info("GET /vote/7K3QD-9ZT0M")
    logging.getLogger("httpx").warning("slow")
    assert [line["event"] for line in lines()] == ["slow"]


def test_setting_up_twice_does_not_log_twice(lines):
    set_up_logging(json=True)
    logging.getLogger("uvicorn.error").info("once")
    assert len(lines()) == 1


def test_a_person_at_a_terminal_gets_columns(capsys):
    set_up_logging(json=False)
    structlog.get_logger().info("started", port=8000)
    shown = capsys.readouterr().err
    assert "started" in shown
    assert not shown.startswith("{")
