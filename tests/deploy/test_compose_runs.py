"""What compose.yaml and the Dockerfile have a shell do, done: no engine is needed for that."""

import json
import os
import re
import signal
import subprocess
import sys
import time

import pytest

from tests.deploy.test_compose import DOCKERFILE, ROOT, SERVICES
from tests.support.one_database import ON_ONE_DATABASE
from tests.support.servers import running_server

FOLDER = "/var/lib/muster"
# Instead of a day: says for how long, and ends the shell that would have gone on for ever.
SLEEP = '#!/bin/sh\necho "$1"\nkill -TERM "$PPID"\n'


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "backups"
    folder.mkdir()
    return folder


def shell(words, folder):
    """A word of compose.yaml as the shell gets it: the engine makes $ of $$."""
    return words.replace("$$", "$").replace(FOLDER, str(folder))


@pytest.fixture
def once_round(settings, tmp_path, folder):
    programs = tmp_path / "bin"
    programs.mkdir()
    for name, text in {
        "muster": f'#!/bin/sh\nexec {sys.executable} -m app "$@"\n',
        "backup.sh": (ROOT / "deploy/backup.sh").read_text("utf-8"),
        "sleep": SLEEP,
    }.items():
        (programs / name).write_text(text, "utf-8")
        (programs / name).chmod(0o755)

    def run(**changes):
        program, option, script = SERVICES["worker"]["command"]
        environment = {
            "PATH": f"{programs}:{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "MUSTER_DATABASE_URL": settings.database_url,
            "MUSTER_SECRET_KEY": settings.secret_key.get_secret_value(),
        }
        done = subprocess.run(  # noqa: S603 - what compose.yaml says
            [program, option, shell(script, folder)],
            env=environment | changes,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == -signal.SIGTERM, done.stderr
        return done

    return run


def is_healthy(folder):
    kind, check = SERVICES["worker"]["healthcheck"]["test"]
    assert kind == "CMD-SHELL"
    return subprocess.run(["sh", "-c", shell(check, folder)], check=False).returncode == 0  # noqa: S603, S607


@ON_ONE_DATABASE
def test_the_worker_backs_up_and_waits_for_a_day(once_round, folder):
    assert not is_healthy(folder)
    assert once_round().stdout.splitlines()[-1] == "86400"
    [made] = folder.glob("muster-*.backup")
    assert is_healthy(folder)
    old = time.time() - 27 * 3600
    os.utime(made, (old, old))
    assert not is_healthy(folder)


@ON_ONE_DATABASE
def test_a_backup_that_fails_is_tried_again_in_an_hour(once_round, folder, tmp_path):
    done = once_round(MUSTER_DATABASE_URL=f"sqlite:///{tmp_path}/nothing.sqlite3")
    assert done.stdout.splitlines()[-1] == "3600"
    assert "The backup failed" in done.stderr
    assert not is_healthy(folder)


@ON_ONE_DATABASE
def test_the_images_own_check_knows_a_server_that_is_ready_from_one_that_is_not(settings):
    [found] = re.findall(r"^HEALTHCHECK .*\\\n  CMD (\[.*\])$", DOCKERFILE, re.MULTILINE)
    _, *words = json.loads(found)
    with running_server(settings) as server:
        words = [word.replace(":8000/", f":{server.port}/") for word in words]

        def ask():
            command = [sys.executable, *words]
            return subprocess.run(command, check=False, stderr=subprocess.DEVNULL).returncode  # noqa: S603

        assert ask() == 0
        server.kill()
        assert ask() != 0
        server.start()
