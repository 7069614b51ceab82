"""How numbers read."""

from app.web import filters


def test_numbers_read_as_people_write_them():
    assert filters.thousands(5204) == "5,204"
    assert filters.plural(1, "vote") == "1 vote"
    assert filters.plural(2341, "vote") == "2,341 votes"
    assert filters.plural(0, "branch", "branches") == "0 branches"


def test_a_percentage_is_shown_as_the_rules_rounded_it():
    assert filters.percent("49.99") == "49.99\N{NO-BREAK SPACE}%"
