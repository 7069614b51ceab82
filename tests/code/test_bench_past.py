"""The benchmark of past results sends what it says and believes no refusal."""

import httpx
import pytest

from scripts.benchmarks.past import NotAnswered, ask_once, results_file


def answering(status, text):
    transport = httpx.MockTransport(lambda _: httpx.Response(status, text=text))
    return httpx.Client(transport=transport, base_url="http://invented")


def test_the_file_holds_as_many_units_as_it_says_and_is_the_same_each_time():
    assert results_file(30) == results_file(30)
    assert results_file(30).count(b"\n") == 30


@pytest.mark.parametrize(("status", "text"), [(422, "Trust 2, North"), (200, "Trust 1, North")])
def test_an_answer_without_every_unit_is_no_measurement(status, text):
    with pytest.raises(NotAnswered, match=str(status)):
        ask_once(answering(status, text), "/", content=b"", units=3)


def test_a_whole_answer_is_timed():
    assert ask_once(answering(200, "Trust 2, North"), "/", content=b"", units=3) > 0
