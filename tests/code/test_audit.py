"""What is known of our dependencies: vulnerabilities are never passed over, nor licences."""

import importlib.util
import json
from datetime import date
from email.message import Message
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TODAY = date(2026, 11, 22)


def script(name):
    spec = importlib.util.spec_from_file_location(name, ROOT / f"scripts/{name}.py")
    module = importlib.util.module_from_spec(spec)
    import sys

    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


audit, licences = script("audit_dependencies"), script("licences")
REPORT = {
    "dependencies": [
        {"name": "jinja2", "version": "3.0", "vulns": [{"id": "PYSEC-1", "aliases": ["CVE-1"]}]},
        {"name": "anyio", "version": "4.0", "vulns": []},
    ]
}
UNREACHED = {"dependencies": [{"name": "jinja2", "skip_reason": "not found"}]}
NPM = {"vulnerabilities": {"sass": {"via": [{"url": "https://x/GHSA-1"}], "range": "<2"}}}


def judged(findings, **exceptions):
    return audit.faults_in([findings], exceptions=exceptions, today=TODAY)


def test_a_known_vulnerability_is_named_with_its_package():
    assert judged(audit.of_pip_audit(json.dumps(REPORT))) == [
        "jinja2 3.0 has a known vulnerability: PYSEC-1, CVE-1."
    ]
    assert judged(audit.of_npm(json.dumps(NPM))) == ["sass <2 has a known vulnerability: GHSA-1."]


@pytest.mark.parametrize(("until", "faults"), [(TODAY, 0), (date(2026, 11, 21), 1)])
def test_an_exception_holds_to_its_day_under_any_of_its_names(until, faults):
    found = audit.of_pip_audit(json.dumps(REPORT))
    exempt = audit.Exempt("No template of a stranger is rendered.", until=until)
    assert len(audit.faults_in([found], exceptions={"CVE-1": exempt}, today=TODAY)) == faults


def test_an_exception_that_nothing_needs_is_to_go():
    exempt = audit.Exempt("It was mended.", until=TODAY)
    clean = audit.Findings()
    assert "take it out" in audit.faults_in([clean], exceptions={"X-1": exempt}, today=TODAY)[0]


@pytest.mark.parametrize("said", ["", "null", "[]", '{"error": {}}', json.dumps(UNREACHED)])
def test_a_service_that_did_not_answer_is_skipped_and_says_so(said):
    assert audit.of_pip_audit(said).skipped
    assert audit.of_npm(said).skipped


def test_a_package_that_alone_is_unknown_to_the_service_is_a_fault():
    both = {"dependencies": [*REPORT["dependencies"][1:], *UNREACHED["dependencies"]]}
    assert "jinja2" in judged(audit.of_pip_audit(json.dumps(both)))[0]


def test_every_exception_says_why():
    assert all(exempt.why.endswith(".") for exempt in audit.EXCEPTIONS.values())


def test_the_list_of_licences_is_what_is_installed_and_all_are_allowed():
    found = licences.licences()
    assert (ROOT / "docs/licences.md").read_text("utf-8") == licences.page_of(found)
    passed_on = found[licences.RUNS_WITH] | found[licences.IN_PAGES]
    assert licences.not_allowed(passed_on) == []
    assert {"fastapi", "authlib", "govuk-frontend (npm)"} <= passed_on.keys()
    assert {"pymerkle", "sass (npm)"} <= found[licences.TOOLS].keys() - passed_on.keys()


@pytest.mark.parametrize(
    ("licence", "allowed"),
    [
        ("MIT", True),
        ("GPL-3.0-only", False),
        ("GPL-3.0-only OR MIT", True),
        ("MIT AND GPL-3.0-only", False),
        ("none stated", False),
    ],
)
def test_a_licence_that_is_not_allowed_is_told(licence, allowed):
    assert (licences.not_allowed({"x": licence}) == []) is allowed


def test_a_licence_is_read_as_packages_write_it():
    facts = Message()
    facts["License"] = "Permission is hereby granted,\n    free of charge, to any person"
    facts["Classifier"] = "License :: OSI Approved :: MIT License"
    assert licences.licence_of(facts) == "MIT"
