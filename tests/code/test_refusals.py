"""Every refusal is a kind, has a code of its own, and says in a sentence what happened."""

import importlib
import pkgutil
import re

import pytest

import app
from app.core import errors
from app.core.errors import DomainError
from app.web.refusals import STATUS_OF_KIND, TITLES, status_of

for module in pkgutil.walk_packages(app.__path__, "app."):
    importlib.import_module(module.name)


def below(kind):
    for each in kind.__subclasses__():
        if each.__module__.startswith("app."):
            yield each
            yield from below(each)


KINDS = [each for each in below(DomainError) if each.__module__ == errors.__name__]
REFUSALS = sorted(
    {each for each in below(DomainError) if each not in KINDS}, key=lambda each: each.__qualname__
)


def test_there_are_refusals_to_look_at():
    assert len(REFUSALS) > 20


@pytest.mark.parametrize("refusal", [*KINDS, *REFUSALS])
def test_it_is_of_exactly_one_kind(refusal):
    assert [kind for kind in STATUS_OF_KIND if issubclass(refusal, kind)] in [[k] for k in KINDS]


def test_each_kind_has_a_status_and_a_title_of_its_own():
    assert set(STATUS_OF_KIND) == set(KINDS)
    assert len(set(STATUS_OF_KIND.values())) == len(KINDS)
    assert set(STATUS_OF_KIND.values()) <= TITLES.keys()


@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_code_means_one_thing(refusal):
    """Only a refusal that is a special case of another may share its code."""
    assert re.fullmatch(r"[a-z0-9]+(_[a-z0-9]+)*", refusal.code)
    same = [each for each in REFUSALS if each.code == refusal.code]
    general = [each for each in same if all(issubclass(other, each) for other in same)]
    assert len(general) == 1, same


@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_code_says_more_than_the_kind_does(refusal):
    assert "code" in vars(refusal) or refusal.__base__ not in KINDS


@pytest.mark.parametrize("refusal", [*KINDS, *REFUSALS])
def test_its_message_is_a_sentence_that_knows_nothing_of_http(refusal):
    assert re.match(r"[A-Z“`]", refusal.message)
    assert refusal.message.endswith(".")
    assert "  " not in refusal.message
    assert not re.search(r"\b[45]\d\d\b|HTTP|exception|error", refusal.message)
    assert not [name for name in vars(refusal) if "status" in name]


@pytest.mark.parametrize("refusal", REFUSALS)
def test_it_says_what_it_means_beside_its_name(refusal):
    assert refusal.__doc__ is not None
    assert status_of(refusal()) in STATUS_OF_KIND.values()
