"""How many texts a text message is charged as, and a title that gives way to make it fewer."""

import pytest

from app.ballots.service import create_ballot
from app.notices.composing import SAMPLE_CODE, Desk
from app.notices.text_words import length_of, shortened
from app.notices.words import Words
from app.notices.words_kinds import as_text
from tests.support.ballots import HQ, NOON, ballot_in


@pytest.mark.parametrize(
    ("text", "characters", "texts"),
    [
        pytest.param("", 0, 1, id="nothing"),
        pytest.param("a" * 160, 160, 1, id="one full text"),
        pytest.param("a" * 161, 161, 2, id="one letter more"),
        pytest.param("a" * 306, 306, 2, id="two full texts"),
        pytest.param("a" * 307, 307, 3, id="one letter more than two"),
        pytest.param("€" * 80, 160, 1, id="the euro sign counts twice"),
        pytest.param("€" * 81, 162, 2, id="so fewer of it fit"),
        pytest.param("ŵ" * 70, 70, 1, id="one full text of wide letters"),
        pytest.param("ŵ" + "a" * 70, 71, 2, id="one wide letter widens all"),
        pytest.param("ŵ" * 134, 134, 2, id="two full texts of wide letters"),
        pytest.param("ŵ" * 135, 135, 3, id="one more"),
        pytest.param("😀" * 35, 70, 1, id="a picture counts twice"),
        pytest.param("à é ì ò ù £ Ø ñ ü ? @ _", 23, 1, id="letters of the networks' own alphabet"),
    ],
)
def test_a_text_is_counted_as_networks_count_it(text, characters, texts):
    measured = length_of(text)
    assert (measured.characters, measured.texts) == (characters, texts)


def test_the_letters_that_widen_a_text_are_named_once():
    assert length_of("â’ ŵ â’").widening == ("â", "’", "ŵ")
    assert length_of("plain é {}").widening == ()


@pytest.mark.parametrize(
    "title", ["Pay", "A long title, " * 12 + ".", '{link} & "quotes" {number}']
)
def test_a_long_title_gives_way_to_one_text(database, settings, title):
    near = settings.model_copy(update={"base_url": "https://v.example.org", "union_name": "UIW"})
    with database.writing() as session:
        ballot = create_ballot(session, ballot_in(title=title), staff=HQ, now=NOON)
        desk = Desk(session, settings=near, now=NOON)
        text = desk.text(ballot.id, kind=as_text("text"), language="en", code=SAMPLE_CODE)
    assert length_of(text).texts == 1
    assert len(text) > 155 or title in text
    assert text.endswith("https://v.example.org/vote/" + "0" * 28)


def test_a_title_is_cut_only_where_that_saves_a_text():
    title = "A title of thirty letters, yes"
    assert shortened(title, text_with=lambda each: f"{each} {'x' * 100}") == title
    assert shortened(title, text_with=lambda each: f"{each} {'x' * 300}") == title
    cut = shortened(title, text_with=lambda each: f"{each} {'x' * 135}")
    assert cut == "A title of thirty let..."
    assert length_of(f"{cut} {'x' * 135}").texts == 1


def test_a_typesetters_dash_in_a_title_costs_no_second_text(database, settings):
    near = settings.model_copy(update={"help_contact": "the office’s “line” – or…"})
    with database.writing() as session:
        ballot = create_ballot(session, ballot_in(title="Pay 2026–27"), staff=HQ, now=NOON)
        desk = Desk(session, settings=near, now=NOON)
        text = desk.text(ballot.id, kind=as_text("reminder"), language="cy")
    assert "Pay 2026-27" in text
    assert text.endswith('the office\'s "line" - or...')
    assert length_of(text).widening == ()


def test_your_union_has_a_capital_where_it_begins_a_message(database, settings):
    with database.writing() as session:
        ballot = create_ballot(session, ballot_in(), staff=HQ, now=NOON)
        desk = Desk(session, settings=settings, now=NOON)
        kind = as_text("text")
        words = Words("", "{union}: {link}\n\n{union} says so, {union}.")
        text = desk.text(ballot.id, kind=kind, language="en", code=SAMPLE_CODE, words=words)
    assert text.startswith("Your union: http://testserver/vote/")
    assert text.endswith("Your union says so, your union.")
