"""Every template: it compiles, it stands in a layout, and the strict content policy can hold."""

import re
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from jinja2 import UndefinedError

from app.web.templating import TEMPLATES, environment, page

NAMES = sorted(path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.html"))
PAGES = [
    name
    for name in NAMES
    if not name.startswith(("layouts/", "components/")) and not Path(name).name.startswith("_")
]
INLINE = {
    "a script in the page": r"<script(?![^>]*\bsrc=)",
    "a style in the page": r"<style\b",
    "a style attribute": r"\sstyle=",
    "an event attribute": r"\son[a-z]+=",
    "script in an htmx attribute": r"hx-on|[\"']js:|javascript:",
    "a filter that htmx would evaluate": r"hx-trigger=\"[^\"]*\[",
    "something from another host": r"(?:src|href)=[\"'](?:https?:)?//",
}


def source(name: str) -> str:
    return (TEMPLATES / name).read_text("utf-8")


def macro(call: str, **context: object) -> BeautifulSoup:
    """Render one macro, called as a page would call it."""
    name = call.partition("(")[0]
    home = next(home for home in NAMES if f"{{% macro {name}(" in source(home))
    template = f'{{% from "{home}" import {name} %}}{{{{ {call} }}}}'
    return BeautifulSoup(environment().from_string(template).render(context), "html.parser")


def test_the_layouts_are_looked_at_too():
    assert {"layouts/base.html", "layouts/member.html", "components/form.html"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_it_compiles(name):
    assert environment().get_template(name)


@pytest.mark.parametrize("name", NAMES)
def test_it_holds_nothing_that_the_content_policy_forbids(name):
    found = {what: re.findall(pattern, source(name)) for what, pattern in INLINE.items()}
    assert found == {what: [] for what in INLINE}


@pytest.mark.parametrize("name", NAMES)
def test_its_forms_say_where_they_go_and_leave_errors_to_the_server(name):
    for form in re.findall(r"<form\b[^>]*>", source(name)):
        assert "action=" in form
        assert "novalidate" in form


@pytest.mark.parametrize("name", PAGES)
def test_a_page_stands_in_a_layout_and_has_a_title(name):
    assert re.match(r"\{% extends \"layouts/\w+\.html\" %\}", source(name))
    assert "{% block title %}" in source(name)


@pytest.mark.parametrize(("layout", "live"), [("member", False), ("staff", False), ("live", True)])
def test_only_live_pages_carry_htmx(layout, live):
    html = environment().get_template(f"layouts/{layout}.html").render(nav=[])
    assert ("live-" in html) is live


def test_a_page_with_errors_says_so_in_its_title():
    template = environment().from_string(
        '{% extends "layouts/member.html" %}{% block title %}Vote{% endblock %}'
    )
    ok = BeautifulSoup(template.render(errors=[]), "html.parser")
    wrong = BeautifulSoup(template.render(errors=[("offer", "Choose")]), "html.parser")
    assert ok.select_one("title").get_text(strip=True) == "Vote \N{EN DASH} Muster"
    assert wrong.select_one("title").get_text(strip=True) == "Error: Vote \N{EN DASH} Muster"


def test_an_unknown_name_is_an_error():
    with pytest.raises(UndefinedError):
        environment().from_string("{{ unheard_of }}").render()


def test_what_people_typed_is_escaped():
    field = macro("input('title', 'Title', value=typed)", typed='"><script>')
    assert field.select_one("input")["value"] == '"><script>'
    assert not field.select("script")


def test_the_first_answer_takes_the_id_of_the_question():
    """So that the link in the error summary lands on it."""
    asked = macro("radios('offer', 'Do you accept?', [('a', 'Accept'), ('r', 'Reject')])")
    assert [choice["id"] for choice in asked.select("input")] == ["offer", "offer-2"]
    assert [label["for"] for label in asked.select("label")] == ["offer", "offer-2"]
    assert asked.legend.get_text(strip=True) == "Do you accept?"


def test_only_the_answer_that_was_chosen_is_checked():
    asked = macro("radios('offer', '?', [('a', 'A'), ('r', 'R')], chosen='r', blank='Leave it')")
    assert [choice["value"] for choice in asked.select("[checked]")] == ["r"]
    unasked = macro("radios('offer', '?', [('a', 'A')], blank='Leave it')")
    assert unasked.select("[checked]") == []


@pytest.mark.parametrize(
    "call",
    [
        "input('x', 'X', hint='H', error='Enter an X')",
        "password('x', 'X', hint='H', error='Enter an X')",
        "textarea('x', 'X', hint='H', error='Enter an X')",
        "select('x', 'X', [('a', 'A')], hint='H', error='Enter an X')",
        "file_upload('x', 'X', hint='H', error='Enter an X')",
        "radios('x', 'X', [('a', 'A')], hint='H', error='Enter an X')",
        "checkboxes('x', 'X', [('a', 'A')], hint='H', error='Enter an X')",
        "date_time('x', 'X', hint='H', error='Enter an X')",
    ],
)
def test_an_error_is_told_in_words_and_tied_to_its_field(call):
    field = macro(call)
    described = field.select_one("[aria-describedby]")["aria-describedby"].split()
    assert described == ["x-hint", "x-error"]
    assert field.select_one("#x-hint").get_text(strip=True) == "H"
    assert field.select_one("#x-error").get_text(" ", strip=True) == "Error: Enter an X"


def test_the_error_summary_links_every_error_to_its_field():
    summary = macro("error_summary(errors)", errors=[("a", "Enter an A"), ("b", "Enter a B")])
    links = [(link["href"], link.get_text()) for link in summary.select("a")]
    assert links == [("#a", "Enter an A"), ("#b", "Enter a B")]
    assert macro("error_summary([])").get_text(strip=True) == ""


def test_the_meter_says_in_words_what_it_draws():
    meter = macro("turnout_meter('44.98', '2,341 of 5,204 have voted.', line='50', line_label='L')")
    assert meter.figcaption.get_text() == "2,341 of 5,204 have voted."
    assert meter.svg["aria-hidden"] == "true"
    assert meter.select_one(".turnout-meter__fill")["width"] == "44.98%"
    assert meter.select_one("line")["x1"] == "50%"


def test_a_meter_without_a_threshold_draws_no_line():
    assert macro("turnout_meter('44.98', 'Some have voted.')").select("line") == []


def test_a_page_is_sent_as_html_with_its_status():
    answer = page("layouts/member.html", status_code=410, headers={"x-test": "1"})
    assert answer.status_code == 410
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["x-test"] == "1"


def test_pages_travel_without_the_indents_of_their_templates():
    sent = page("layouts/member.html").body.decode()
    assert "<main" in sent
    assert [line for line in sent.splitlines() if line.startswith(" ")] == []


def test_what_somebody_typed_keeps_its_indents():
    field = macro("textarea('t', 'T', value=typed)", typed="one\n  two").textarea
    assert field.get_text() == "one\n  two"
