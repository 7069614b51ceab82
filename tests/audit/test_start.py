"""What a process was started with is in the log: other settings, other rules, never a secret."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from pydantic import SecretStr

from app.audit import start
from app.audit.keeper import keep_checkpoints
from app.audit.start import record_start, settings_shown
from app.core.settings import Settings
from app.core.signing import signer_of
from tests.support.staff import NOON, events_of

SECRETS = {
    "secret_key": "a secret key of invented tests",
    "previous_secret_key": "the secret key before, invented",
    "signing_key": "a key that signs invented notes",
    "bounce_secret": "what an invented provider knows",
    "smtp_url": "smtp://officer:p4ssw0rd@mail.example.org:587",
    "sms_url": "https://sms.example.org/send?key=abc123",
    "sms_key": "Authorization: Bearer abc123",
    "sms_body": '{"key": "abc123", "to": "{number}", "text": "{text}"}',
}


def settings_with(database_url="sqlite:///invented.sqlite3", **others):
    given = {"secret_key": SECRETS["secret_key"] + "!" * 10} | others
    return Settings(database_url=database_url, **given)


def started(database, settings):
    return record_start(database, settings=settings, now=NOON)


def changes_of(database, action):
    return [
        each.details["changes"]
        for each in events_of(database, of_start=True)
        if each.action == action
    ]


def test_the_first_start_records_every_setting_and_every_rule_book(database, settings):
    assert started(database, settings) == ["SettingsChanged", "RulesChanged"]
    [first] = changes_of(database, "SettingsChanged")
    assert first["close_grace"] == [None, "PT5S"]
    [rules] = changes_of(database, "RulesChanged")
    assert {"book recognition", "book indicative", "book industrial-action"} < set(rules)


def test_another_start_with_the_same_settings_records_nothing(database, settings):
    started(database, settings)
    assert started(database, settings) == []


def test_a_setting_that_changed_is_recorded_with_what_it_was_before(database, settings):
    started(database, settings)
    longer = settings.model_copy(update={"close_grace": timedelta(seconds=30)})
    assert started(database, longer) == ["SettingsChanged"]
    assert changes_of(database, "SettingsChanged")[-1] == {"close_grace": ["PT5S", "PT30S"]}
    started(database, settings)
    assert changes_of(database, "SettingsChanged")[-1] == {"close_grace": ["PT30S", "PT5S"]}


def test_a_setting_that_was_taken_away_has_nothing_after(database, settings):
    started(database, settings.model_copy(update={"join_url": "https://example.org/join"}))
    started(database, settings)
    assert changes_of(database, "SettingsChanged")[-1] == {
        "join_url": ["https://example.org/join", None]
    }


def test_a_secret_that_changed_shows_as_another_fingerprint(database, settings):
    started(database, settings.model_copy(update={"bounce_secret": SecretStr("x" * 40)}))
    started(database, settings.model_copy(update={"bounce_secret": SecretStr("y" * 40)}))
    [before, after] = changes_of(database, "SettingsChanged")[-1]["bounce_secret"]
    assert before.startswith("fingerprint ")
    assert before != after


def test_no_secret_is_shown_though_it_be_part_of_an_address():
    long = {name: value.ljust(33, "!") for name, value in SECRETS.items() if name != "sms_url"}
    shown = str(settings_shown(settings_with(sms_url=SECRETS["sms_url"], **long)))
    for secret in (*long.values(), "p4ssw0rd", "abc123"):
        assert secret not in shown


def test_every_setting_that_hides_itself_is_a_fingerprint():
    settings = settings_with(signing_key="k" * 40)
    hidden = {
        name
        for name, about in Settings.model_fields.items()
        if not about.repr or isinstance(getattr(settings, name), SecretStr)
    }
    shown = settings_shown(settings)
    assert {"secret_key", "signing_key", "database_url"} <= hidden
    assert all(shown.get(name, "fingerprint").startswith("fingerprint") for name in hidden)


def test_other_rules_are_recorded_when_a_version_brings_them(database, settings, monkeypatch):
    started(database, settings)
    other = dict(start.BOOKS)
    other["recognition"] = other["indicative"]
    monkeypatch.setattr(start, "BOOKS", other)
    assert started(database, settings) == ["RulesChanged"]
    [changed] = changes_of(database, "RulesChanged")[1:]
    assert set(changed) == {"book recognition"}
    assert changed["book recognition"][0] != changed["book recognition"][1]


def test_a_version_with_the_same_rules_changes_a_setting_and_no_rule(
    database, settings, monkeypatch
):
    started(database, settings)
    monkeypatch.setattr(start, "software_version", lambda: "9.9.9")
    assert started(database, settings) == ["SettingsChanged"]
    assert changes_of(database, "SettingsChanged")[-1]["software"][1] == "9.9.9"


def test_of_processes_that_start_at_once_one_records(database, settings):
    with ThreadPoolExecutor(4) as pool:
        done = [pool.submit(started, database, settings) for _ in range(8)]
        names = [name for each in done for name in each.result()]
    assert sorted(names) == ["RulesChanged", "SettingsChanged"]
    assert len(events_of(database, of_start=True)) == 2


@pytest.mark.usefixtures("client")
def test_the_service_records_what_it_was_started_with(database):
    assert [each.action for each in events_of(database, of_start=True)] == [
        "SettingsChanged",
        "RulesChanged",
    ]


def test_the_keeper_signs_what_is_due_and_nothing_twice(database, settings):
    started(database, settings)
    facts = {"signer": signer_of(settings), "occasions": lambda *_: (), "now": NOON}
    assert keep_checkpoints(database, **facts) == 1
    assert keep_checkpoints(database, **facts) == 0
