"""What is forked from a loaded Python answers, says and ends like what is started afresh.

Most servers and commands of the tests are forked (tests/support/pythons.py); this holds both side
by side.
"""

import os
import signal
import subprocess
from pathlib import Path

import httpx
import pytest

from app.core.settings import Settings
from tests.conftest import SECRET
from tests.support.pythons import Forked, LoadedPython, run_python, start_afresh, start_python
from tests.support.servers import RealServer, running_server
from tests.support.workers import wait_for

WITHIN = 30  # seconds
SETTINGS = {"PATH": os.environ["PATH"], "MUSTER_SECRET_KEY": SECRET}


class StartedServer(RealServer):
    """By a process that is started for it."""

    python = staticmethod(start_afresh)


@pytest.fixture(params=[start_afresh, start_python])
def python(request):
    """Either way to run `python -m` with some words."""
    return request.param


@pytest.fixture
def said_by(python, tmp_path):
    def run(*words, env=SETTINGS):
        pipes = dict.fromkeys(("stdout", "stderr"), subprocess.PIPE)
        with python(*words, env=env, cwd=tmp_path, text=True, **pipes) as process:
            out, err = process.communicate(timeout=WITHIN)
        return process.returncode, out, err

    return run


def probe(folder, code):
    """A module of its own in a folder, which is where `python -m` looks first."""
    (folder / "probe.py").write_text(code, "utf-8")
    return "probe"


def test_a_command_says_the_same_on_the_same_stream_and_ends_alike(said_by):
    assert said_by("app", "verify", "no\udcff.zip") == (
        2,
        "",
        "There is no file or folder no?.zip. Check its name.\n",
    )


def test_a_process_sees_its_own_words_settings_and_folder_and_no_more(said_by, tmp_path):
    code = "import os, sys; print(sys.argv[1:], os.getcwd(), sorted(os.environ), __name__)"
    status, out, err = said_by(probe(tmp_path, code), "one", "two")
    assert (status, err) == (0, "")
    names = sorted({*SETTINGS, "LC_CTYPE"} if "LC_CTYPE" in out else SETTINGS)
    assert out == f"['one', 'two'] {tmp_path} {names} __main__\n"


def test_an_error_nobody_foresaw_is_shown_and_ends_with_1(said_by, tmp_path):
    status, _, err = said_by(probe(tmp_path, "raise ValueError('invented')"))
    assert status == 1
    assert err.endswith("ValueError: invented\n")


def test_what_is_to_be_done_at_the_end_is_done(said_by, tmp_path):
    code = "import atexit, sys; atexit.register(print, 'last'); print('first'); sys.exit(7)"
    assert said_by(probe(tmp_path, code)) == (7, "first\nlast\n", "")


SLEEPS = "import time; print('asleep', flush=True); time.sleep(60)"


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_signal_ends_it_and_its_status_says_which(python, tmp_path, number):
    how = {"env": SETTINGS, "cwd": tmp_path, "stdout": subprocess.PIPE}
    with python(
        probe(tmp_path, SLEEPS), start_new_session=True, stderr=subprocess.DEVNULL, **how
    ) as process:
        assert process.stdout.readline() == b"asleep\n"
        assert process.poll() is None
        assert os.getpgid(process.pid) == os.getsid(process.pid) == process.pid
        os.killpg(process.pid, number)
        assert process.wait(timeout=WITHIN) == -number
    assert process.poll() == -number


def test_what_one_fork_does_to_a_module_the_next_does_not_see(tmp_path):
    code = "import app.core.settings as s; print(hasattr(s, 'mark')); s.mark = True"
    name = probe(tmp_path, code)
    said = [run_python(name, cwd=tmp_path, env=SETTINGS).stdout for _ in range(2)]
    assert said == [b"False\n"] * 2


def test_how_python_is_to_start_is_left_to_one_that_starts(tmp_path):
    name = probe(tmp_path, "import sys; print(sys.stdout.encoding)")
    env = SETTINGS | {"PYTHONIOENCODING": "ascii"}
    assert run_python(name, cwd=tmp_path, env=env).stdout == b"ascii\n"


def test_all_forks_end_with_whom_they_are_forked_for(monkeypatch, tmp_path):
    loaded = LoadedPython()
    monkeypatch.setattr(Forked, "loaded", loaded)
    how = {"cwd": tmp_path, "env": SETTINGS, "stdout": subprocess.PIPE}
    with start_python(probe(tmp_path, SLEEPS), **how) as left:
        assert left.stdout.readline() == b"asleep\n"
        loaded.close()
        assert left.wait(timeout=WITHIN) == -signal.SIGKILL


@pytest.fixture
def settings(sqlite):
    url = sqlite.create_migrated()
    yield Settings(database_url=url, secret_key=SECRET)
    sqlite.drop(url)


def test_a_server_answers_alike_and_ends_when_told(settings):
    answers = []
    for kind in (StartedServer, RealServer):
        with running_server(settings, kind=kind) as server:
            answer = httpx.get(f"{server.base_url}/healthz")
            answers.append((answer.status_code, answer.json(), sorted(answer.headers)))
            server.stop()
            assert "Application shutdown complete." in server.log
    assert answers[0] == answers[1]


def test_a_killed_server_is_gone_and_comes_back_on_its_address(settings):
    with running_server(settings) as server:
        first = server.pid
        server.kill()
        wait_for(lambda: not Path("/proc", str(first)).exists())
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"{server.base_url}/healthz")
        server.start()
        assert server.pid != first
        assert httpx.get(f"{server.base_url}/healthz").status_code == 200
