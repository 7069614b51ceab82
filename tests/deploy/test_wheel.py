"""The wheel is all that an installation needs: built, put somewhere empty, and used from there."""

import json
import re
import subprocess
import time
import tomllib
import urllib.request
import zipfile
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.cli.main import main
from app.evidence.pack_software import software_facts
from tests.support.ports import free_port

ROOT = Path(__file__).parents[2]
UV = ROOT / ".tools/bin/uv"
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
STATIC = ROOT / "app/web/static"
SOURCES = "app/web/assets/"  # what STATIC is built from
ABOUT = {"METADATA", "WHEEL", "RECORD", "entry_points.txt", "licenses/LICENSE"}
# In the environment that a test puts it into there is nothing of ours but the wheel.
EVERY_MODULE = """
import importlib, pkgutil, app
for module in pkgutil.walk_packages(app.__path__, "app."):
    if module.name != "app.__main__":
        importlib.import_module(module.name)
print(app.__file__)
"""


def run(*command, cwd, **environment):
    return subprocess.run(  # noqa: S603 - our own commands
        [str(word) for word in command],
        cwd=cwd,
        env=environment or None,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    built = run(UV, "build", "--wheel", "--quiet", "--out-dir", folder, ROOT, cwd=folder)
    assert built.returncode == 0, built.stderr
    [wheel] = folder.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def programs(wheel):
    """The programs of an environment with the wheel, and what it says it needs as locked."""
    environment = wheel.parent / "environment"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("UV_PROJECT_ENVIRONMENT", str(environment))
        needed = ("sync", "--quiet", "--frozen", "--no-dev", "--no-install-project")
        assert run(UV, *needed, cwd=ROOT).returncode == 0
    python = environment / "bin/python"
    into = ("pip", "install", "--quiet", "--no-deps", "--python", python, wheel)
    installed = run(UV, *into, cwd=wheel.parent)
    assert installed.returncode == 0, installed.stderr
    return environment / "bin"


@pytest.fixture
def settings(tmp_path):
    return {
        "PATH": "/usr/bin:/bin",
        "MUSTER_DATABASE_URL": f"sqlite:///{tmp_path / 'muster.sqlite3'}",
        "MUSTER_SECRET_KEY": "0123456789abcdef" * 4,
    }


def test_it_holds_the_application_and_nothing_else(wheel):
    kept = run("git", "ls-files", "--cached", "--others", "--exclude-standard", "app", cwd=ROOT)
    ours = {name for name in kept.stdout.split() if (ROOT / name).is_file()}
    built = {path.relative_to(ROOT).as_posix() for path in STATIC.iterdir()}
    about = {f"muster-{VERSION}.dist-info/{name}" for name in ABOUT}
    wanted = {name for name in ours if not name.startswith(SOURCES)} | built | about
    assert set(zipfile.ZipFile(wheel).namelist()) == wanted
    assert {"app/migrations/env.py", "app/web/static/manifest.json"} <= wanted


def test_all_that_tell_the_version_tell_the_same(wheel, capsys):
    assert wheel.name == f"muster-{VERSION}-py3-none-any.whl"
    with pytest.raises(SystemExit):
        main(["--version"])
    assert capsys.readouterr().out == f"Muster {VERSION}\n"
    assert software_facts()["version"] == VERSION
    changes = (ROOT / "CHANGELOG.md").read_text("utf-8")
    assert re.search(rf"^## \[{re.escape(VERSION)}\] - 20", changes, re.MULTILINE)


def test_every_module_loads_with_what_the_wheel_says_that_it_needs(programs, settings, tmp_path):
    loaded = run(programs / "python", "-c", EVERY_MODULE, cwd=tmp_path, **settings)
    assert loaded.returncode == 0, loaded.stderr
    assert Path(loaded.stdout.strip()).is_relative_to(programs.parent)


@contextmanager
def serving(programs, settings, folder):
    address = free_port()
    with subprocess.Popen(  # noqa: S603 - our own command
        [programs / "muster", "serve", "--port", str(address)],
        cwd=folder,
        env=settings,
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    ) as server:
        try:
            yield f"http://127.0.0.1:{address}"
        finally:
            server.terminate()


def asked(address):
    with urllib.request.urlopen(address, timeout=10) as answer:  # noqa: S310 - our own server
        return answer.read()


def wait_until_ready(base):
    give_up_at = time.monotonic() + 60
    while True:
        try:
            return asked(f"{base}/readyz")
        except OSError:
            assert time.monotonic() < give_up_at, "it did not serve"
            time.sleep(0.1)


def test_it_migrates_and_serves_pages_with_their_assets(programs, settings, tmp_path):
    migrated = run(programs / "muster", "migrate", cwd=tmp_path, **settings)
    assert migrated.returncode == 0, migrated.stderr
    with serving(programs, settings, tmp_path) as base:
        wait_until_ready(base)
        page = asked(base).decode()
        assets = set(re.findall(r'"(/static/[^"]+)"', page))
        assert {Path(asset).suffix for asset in assets} >= {".css", ".js", ".svg"}
        assert all(asked(f"{base}{asset}") for asset in assets)
        assert json.loads(asked(f"{base}/openapi.json"))["info"]["version"] == VERSION


def test_it_verifies_without_a_database_and_refuses_in_a_sentence(programs, tmp_path):
    (tmp_path / "pack.zip").write_bytes(b"no pack")
    said = run(programs / "muster", "verify", "pack.zip", cwd=tmp_path, PATH="/usr/bin:/bin")
    assert (said.returncode, said.stderr.count("\n")) == (2, 1)
    assert said.stderr.startswith("pack.zip is no folder and no archive")
