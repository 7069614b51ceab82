"""What compose.yaml promises, read as the engine reads it."""

import re
from pathlib import Path

import pytest
import yaml

from app.core.settings import Settings
from tests.support.nginx import PLACEHOLDER, TEMPLATE

ROOT = Path(__file__).parents[2]
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))
SERVICES = COMPOSE["services"]
APPS = ("app1", "app2")


def address_of(name):
    return SERVICES[name]["networks"]["inside"]["ipv4_address"]


def test_two_applications_stand_behind_nginx_at_the_addresses_it_knows():
    settings = SERVICES["nginx"]["environment"]
    assert settings["MUSTER_APP_1"] == f"{address_of('app1')}:8000"
    assert settings["MUSTER_APP_2"] == f"{address_of('app2')}:8000"
    for app in APPS:
        assert "command" not in SERVICES[app], "the image's own command serves on 8000"
        assert SERVICES[app]["environment"]["MUSTER_TRUSTED_PROXIES"] == address_of("nginx")
    assert '"--port", "8000"' in (ROOT / "Dockerfile").read_text("utf-8")


def test_only_nginx_can_be_reached_from_outside():
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["nginx"]
    assert COMPOSE["networks"]["inside"]["internal"] is True
    for name in SERVICES.keys() - {"nginx", "mail"}:
        assert list(SERVICES[name]["networks"]) == ["inside"]
    # Mail has to leave; nothing listens there.
    assert SERVICES["mail"]["networks"] == ["inside", "outgoing"]


def test_it_migrates_once_before_anything_serves():
    assert SERVICES["migrate"]["command"] == ["muster", "migrate"]
    assert SERVICES["migrate"]["restart"] == "no"
    for name in (*APPS, "mail", "worker"):
        condition = SERVICES[name]["depends_on"]["migrate"]["condition"]
        assert condition == "service_completed_successfully"
    assert SERVICES["migrate"]["depends_on"]["db"]["condition"] == "service_healthy"


def test_the_worker_writes_backups_into_a_volume_that_is_its_users_own():
    [volume, script] = SERVICES["worker"]["volumes"]
    name, _, folder = volume.partition(":")
    assert name in COMPOSE["volumes"]
    # A new volume takes over the owner of the folder in the image that it is mounted on.
    assert f"--home-dir {folder} " in (ROOT / "Dockerfile").read_text("utf-8")
    assert f"backup.sh {folder} " in SERVICES["worker"]["command"][-1]
    assert (ROOT / script.split(":")[0]).stat().st_mode & 0o111


def test_one_service_sends_mail_and_every_page_knows_whether_it_is_on():
    assert SERVICES["mail"]["command"] == ["muster", "worker"]
    for name in (*APPS, "mail"):
        assert SERVICES[name]["environment"]["MUSTER_SMTP_URL"] == "${MUSTER_SMTP_URL:-}"


def test_the_images_tools_are_of_the_databases_version():
    version = SERVICES["db"]["image"].removeprefix("postgres:")
    assert f'"postgresql-client-{version}=' in (ROOT / "Dockerfile").read_text("utf-8")


def test_every_application_container_is_bare():
    for name in (*APPS, "migrate", "mail", "worker"):
        service = SERVICES[name]
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]


def test_containers_get_longer_to_stop_than_the_server_needs():
    graceful = int(re.search(r"GRACEFUL = (\d+)", (ROOT / "app/cli/service.py").read_text())[1])
    for app in APPS:
        assert int(SERVICES[app]["stop_grace_period"].removesuffix("s")) > graceful


@pytest.mark.parametrize("name", [*APPS, "migrate", "mail", "worker"])
def test_every_setting_is_one_that_muster_knows(name):
    known = {f"MUSTER_{field.upper()}" for field in Settings.model_fields}
    assert SERVICES[name]["environment"].keys() <= known


@pytest.mark.parametrize("name", [*APPS, "migrate", "mail", "worker"])
def test_every_other_setting_can_be_given_in_a_file_that_need_not_exist(name):
    assert SERVICES[name]["env_file"] == [{"path": ".env.muster", "required": False}]
    for ignored in (".gitignore", ".dockerignore"):
        assert ".env.muster" in (ROOT / ignored).read_text("utf-8").splitlines()


def test_nginx_is_told_everything_that_its_template_asks_and_nothing_else_is_replaced():
    given = SERVICES["nginx"]["environment"]
    asked = set(PLACEHOLDER.findall(TEMPLATE.read_text("utf-8")))
    assert given.keys() - {"NGINX_ENVSUBST_FILTER"} == asked
    assert given["NGINX_ENVSUBST_FILTER"] == "^MUSTER_"


def test_every_file_that_is_mounted_is_in_the_repository():
    mounted = [
        volume.split(":")[0]
        for service in SERVICES.values()
        for volume in service.get("volumes", [])
    ]
    ours = [path for path in mounted if path.startswith("./deploy")]
    assert len(ours) == 4
    for path in ours:
        assert (ROOT / path).is_file()


def test_no_secret_has_a_default():
    text = (ROOT / "compose.yaml").read_text("utf-8")
    for name in ("MUSTER_SECRET_KEY", "POSTGRES_PASSWORD"):
        uses = re.findall(r"\$\{" + name + r"([^}]*)\}", text)
        assert uses
        assert all(use.startswith(":?") for use in uses)
