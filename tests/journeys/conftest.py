"""The forms of running Muster in which a journey is gone through."""

from contextlib import contextmanager

import pytest

from tests.support.browser import a_browser
from tests.support.offices import an_office
from tests.support.sites import a_site

ONE_PROCESS = "one process on SQLite"
# As docs/operations.md has it without containers. Only what is marked goes through it too: the
# pages are the same, and what stands between them and the phone is not.
WHOLE_SITE = "whole site"


def pytest_configure(config):
    config.addinivalue_line("markers", "also_on_the_whole_site: goes through nginx and PostgreSQL")


def pytest_generate_tests(metafunc):
    if "form" in metafunc.fixturenames:
        everywhere = metafunc.definition.get_closest_marker("also_on_the_whole_site")
        forms = [ONE_PROCESS, *([WHOLE_SITE] if everywhere else [])]
        metafunc.parametrize("form", forms, indirect=True, scope="module")


@pytest.fixture(scope="module")
def form(request):
    return request.param


@pytest.fixture(scope="module")
def browser():
    with a_browser() as browser:
        yield browser


@pytest.fixture(scope="module")
def new_office(request, form):
    """Opens an office, in the form that the journey is to go through."""

    @contextmanager
    def opened():
        if form == ONE_PROCESS:
            with an_office(request.getfixturevalue("sqlite")) as office:
                yield office
        else:
            with a_site(request.getfixturevalue("postgres")) as site:
                yield site

    return opened
