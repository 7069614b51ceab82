"""What compose.yaml promises, read as the engine reads it."""

import ipaddress
import re
import shlex
from pathlib import Path

import pytest
import typer
import yaml

from app.cli.main import cli
from app.core.settings import Settings, read_settings
from tests.support import nginx
from tests.support.nginx import PLACEHOLDER, TEMPLATE

ROOT = Path(__file__).parents[2]
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))
SERVICES = COMPOSE["services"]
APPS = ("app1", "app2")
OURS = (*APPS, "migrate", "mail", "returns", "worker")
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")
[IMAGE_COMMAND] = re.findall(r"^CMD (\[.*\])$", DOCKERFILE, re.MULTILINE)


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
    for name in (*APPS, "mail", "returns", "worker"):
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


def test_returned_mail_is_read_where_somebody_wants_it_and_never_changed():
    service = SERVICES["returns"]
    assert service["profiles"] == ["returns"], "without a mailbox the others start all the same"
    [volume] = service["volumes"]
    assert volume.endswith(":/var/mail/ballots:ro")
    assert "muster mail bounces /var/mail/ballots ||" in service["command"][-1]


def test_the_images_tools_are_of_the_databases_version():
    version = SERVICES["db"]["image"].removeprefix("postgres:")
    assert f'"postgresql-client-{version}=' in (ROOT / "Dockerfile").read_text("utf-8")


def test_every_application_container_is_bare():
    for name in OURS:
        service = SERVICES[name]
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]


def test_containers_get_longer_to_stop_than_the_server_needs():
    graceful = int(re.search(r"GRACEFUL = (\d+)", (ROOT / "app/cli/service.py").read_text())[1])
    for app in APPS:
        assert int(SERVICES[app]["stop_grace_period"].removesuffix("s")) > graceful


@pytest.mark.parametrize("name", OURS)
def test_every_setting_is_one_that_muster_knows(name):
    known = {f"MUSTER_{field.upper()}" for field in Settings.model_fields}
    assert SERVICES[name]["environment"].keys() <= known


@pytest.mark.parametrize("name", OURS)
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


@pytest.mark.parametrize("name", ["app1", "app2", "migrate", "mail"])
def test_every_command_is_one_that_muster_has_with_options_that_it_takes(name):
    """Read by the command line itself; a word that it does not know is an error."""
    words = SERVICES[name].get("command") or yaml.safe_load(IMAGE_COMMAND)
    program, command, *options = words
    assert program == "muster"
    context = typer.main.get_command(cli).commands[command].make_context(command, options)
    assert context.args == []


# What stands in .env, as the words at the top of compose.yaml say.
DOT_ENV = {
    "MUSTER_SERVER_NAME": "vote.example.org",
    "MUSTER_SECRET_KEY": "0123456789abcdef" * 4,
    "POSTGRES_PASSWORD": "fedcba9876543210" * 3,
    "MUSTER_SMTP_URL": "smtp://user:password@mail.example.org:587",
    "MUSTER_MAIL_FROM": "Union ballots <ballots@example.org>",
    "MUSTER_UNION_NAME": "Union of Invented Workers",
    "MUSTER_HELP_CONTACT": "020 7946 0000",
}
VARIABLE = re.compile(r"\$\{(\w+)(?:(:[-?])([^}]*))?\}")


def filled_in(text, given):
    """Do what the engine does with ${NAME:?words} and ${NAME:-default}."""
    return VARIABLE.sub(lambda found: given.get(found[1]) or found[3], text)


def test_what_is_asked_of_dot_env_is_what_the_words_at_the_top_name():
    text = (ROOT / "compose.yaml").read_text("utf-8")
    head, _, rest = text.partition("x-muster:")
    named = set(re.findall(r"^#   (\w+)=", head, re.MULTILINE))
    assert named == {found[0] for found in VARIABLE.findall(rest)} == DOT_ENV.keys()


@pytest.mark.parametrize("name", OURS)
@pytest.mark.parametrize("with_mail", [True, False], ids=["with mail", "without mail"])
def test_muster_starts_with_the_environment_that_it_gets(name, with_mail, monkeypatch):
    """Also where mail is off, and each of its settings is there and empty."""
    wanted = ("MUSTER_SERVER_NAME", "MUSTER_SECRET_KEY", "POSTGRES_PASSWORD")
    given = DOT_ENV if with_mail else {key: DOT_ENV[key] for key in wanted}
    for key, value in SERVICES[name]["environment"].items():
        monkeypatch.setenv(key, filled_in(value, given))
    settings = read_settings()
    assert settings.database_url.startswith("postgresql+psycopg://muster:fedc")
    assert settings.database_url.endswith("@db/muster")
    assert settings.base_url == "https://vote.example.org"
    assert bool(settings.smtp_url) is with_mail


def test_the_database_is_the_one_that_muster_is_sent_to():
    given = SERVICES["db"]["environment"]
    address = SERVICES["app1"]["environment"]["MUSTER_DATABASE_URL"]
    assert address.startswith(f"postgresql+psycopg://{given['POSTGRES_USER']}:")
    assert address.endswith(f"@db/{given['POSTGRES_DB']}")
    asked = SERVICES["db"]["healthcheck"]["test"]
    assert f"--username={given['POSTGRES_USER']}" in asked
    assert f"--dbname={given['POSTGRES_DB']}" in asked
    [_, config] = [volume.split(":") for volume in SERVICES["db"]["volumes"]][1][:2]
    assert f"config_file={config}" in SERVICES["db"]["command"]


def test_every_volume_and_network_that_is_named_is_declared_and_used():
    volumes = [v.split(":")[0] for each in SERVICES.values() for v in each.get("volumes", [])]
    assert {name for name in volumes if not name.startswith("./")} == COMPOSE["volumes"].keys()
    networks = {name for each in SERVICES.values() for name in each["networks"]}
    assert networks == COMPOSE["networks"].keys()


def test_fixed_addresses_are_of_the_network_and_no_two_the_same():
    [config] = COMPOSE["networks"]["inside"]["ipam"]["config"]
    subnet = ipaddress.ip_network(config["subnet"])
    fixed = [ipaddress.ip_address(address_of(name)) for name in ("nginx", *APPS)]
    # The engine takes the first for itself, and gives out the next to the others.
    assert all(each in subnet and int(each) - int(subnet[0]) >= 10 for each in fixed)
    assert len(set(fixed)) == 3


def test_ports_are_those_that_something_listens_on():
    settings = SERVICES["nginx"]["environment"]
    inside = [port.split(":")[1] for port in SERVICES["nginx"]["ports"]]
    assert inside == [settings["MUSTER_LISTEN_HTTP"], settings["MUSTER_LISTEN_HTTPS"]]
    words = yaml.safe_load(IMAGE_COMMAND)
    assert f"EXPOSE {words[words.index('--port') + 1]}\n" in DOCKERFILE


def test_nginx_is_set_up_by_the_files_that_the_tests_run():
    mounted = dict(volume.split(":")[:2] for volume in SERVICES["nginx"]["volumes"])
    assert mounted["./deploy/nginx.conf"] == "/etc/nginx/nginx.conf"
    # The image fills in every file of this folder and puts it, without its last suffix, where
    # nginx.conf includes it from.
    assert mounted["./deploy/nginx.conf.template"] == ("/etc/nginx/templates/default.conf.template")
    assert "include conf.d/*.conf;" in (nginx.DEPLOY / "nginx.conf").read_text("utf-8")
    assert ROOT / "deploy/nginx.conf.template" == TEMPLATE
    tls = Path(mounted["./tls"])
    for name in ("MUSTER_TLS_CERTIFICATE", "MUSTER_TLS_KEY"):
        assert Path(SERVICES["nginx"]["environment"][name]).parent == tls
    assert f"root {mounted['./acme']};" in TEMPLATE.read_text("utf-8")


def copied():
    """What the Dockerfile copies from the repository, line by line."""
    for line in re.findall(r"^COPY (?!--from)(.*)$", DOCKERFILE, re.MULTILINE):
        yield from shlex.split(line)[:-1]


def test_every_file_that_the_image_is_made_of_is_there_and_is_sent_to_the_builder():
    ignored = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    for path in copied():
        assert (ROOT / path).exists(), path
        assert not {path, path.split("/")[0], f"{path}/"} & {*ignored}, path
    assert {"app", "uv.lock", "package-lock.json"} <= {*copied()}


def test_the_image_is_built_with_the_tools_that_everybody_has():
    [version] = re.findall(r"^UV_VERSION=(.+)$", (ROOT / "scripts/setup").read_text(), re.MULTILINE)
    assert re.findall(r"uv==(\S+)", DOCKERFILE) == [version]
    assert re.search(r"^ARG BASE=python:3\.11-", DOCKERFILE, re.MULTILINE)
