"""Every route, for every role, about one's own, another's and nothing: as docs/doors.md says."""

import pytest

from app.security.access import StaffAccess
from tests.support.role_matrix import (
    BODIES,
    FORMS,
    MISSING,
    PROVING,
    WHO,
    Cell,
    Union,
    rows,
    things_at,
)
from tests.support.routes import doors_of

# On PostgreSQL every so many doors: what is asked of whom does not depend on the database.
SAMPLE = 9
HANDED_OUT = ("/credentials", "/declare", "/codes", "/letters")


@pytest.fixture
def settings(settings):
    return settings.model_copy(update={"failures_allowed": 100_000})


@pytest.fixture
def union(database, settings):
    return Union(database, settings)


def table():
    return {(row.method, row.path): row for row in rows()}


def test_every_route_has_a_row_and_every_row_a_route(client):
    doors = {(door.method, door.path) for door in doors_of(client.app)}
    assert sorted(doors - table().keys()) == []
    assert sorted(table().keys() - doors) == []


def test_the_table_says_where_officers_are_asked_again(client):
    said = table()
    for door in doors_of(client.app):
        again = getattr(door.access, "stepped_up", False)
        assert (door, said[door.method, door.path].again == "yes") == (door, again)


def test_the_scrutineer_touches_no_roll_and_headquarters_holds_no_code_of_theirs(client):
    """What the table must say, whoever edits it."""
    del client
    for row in rows():
        if "/roll" in row.path or "/freeze" in row.path or "supplements" in row.path:
            assert row.scrutineer == "no", row
        if "{slug}" in row.path and row.path.endswith(HANDED_OUT):
            assert (row.hq, row.scrutineer) == ("unless named", "own"), row


def cells_of(app, *, sample):
    said = table()
    for place, door in enumerate(doors_of(app)):
        if place % sample:
            continue
        for who, by in WHO:
            word = said[door.method, door.path].word_for(who)
            for about in things_at(door, who=who, by=by):
                yield Cell(who, by=by, door=door, about=about, word=word)


def is_refused(answer):
    away = answer.headers.get("location", "").startswith("/sign-in?next=")
    return answer.status_code in {401, 403} or (answer.status_code == 303 and away)


def is_no_proof(cell, answer):
    return cell.door.path in PROVING and cell.door.changes and answer.status_code == 401


def is_as_it_should_be(cell, answer):
    """Whether an answer is what the table allows."""
    if answer.status_code >= 500:
        return False
    if cell.may:
        if cell.about == MISSING and isinstance(cell.door.access, StaffAccess):
            return answer.status_code in {303, 404, 422} and not is_refused(answer)
        return not is_refused(answer) or is_no_proof(cell, answer)
    if cell.about == MISSING and answer.status_code == 404:
        return True
    # Somebody else's branch or member is not there for whoever may not see it, or not shown.
    return is_refused(answer) or (cell.about == "other" and "YOR0" not in answer.text)


def ask_all(client, union, cells, *, fresh):
    async def together():
        wrong = []
        for cell in cells:
            renew = fresh and cell.door.changes
            client._http.cookies.clear()
            answer = await client._http.request(
                cell.door.method,
                union.address(cell),
                headers=union.headers(cell, fresh=renew),
                json=BODIES.get(cell.door.path),
                data=FORMS.get(cell.door.path),
            )
            if not is_as_it_should_be(cell, answer):
                said = f"{cell.who} by {cell.by or 'nothing'} about {cell.about} ({cell.word})"
                wrong.append(
                    f"{cell.door.method} {cell.door.path} {said}: "
                    f"{answer.status_code} {answer.text[:90] if cell.door.is_api else ''}"
                )
        return wrong

    return client.run(together)


def last_things_last(cell):
    """A cancelled ballot, a closed account or a frozen roll would answer all that follows."""
    ends = ("cancel", "declare", "sign-out", "close", "sessions", "password")
    return cell.door.changes, any(part in cell.door.path for part in ends)


def test_every_cell_is_as_the_table_says(client, union, database):
    cells = list(cells_of(client.app, sample=1 if database.is_sqlite else SAMPLE))
    refused = [cell for cell in cells if not cell.may]
    allowed = sorted((cell for cell in cells if cell.may), key=last_things_last)
    assert len(refused) > 100
    assert len(allowed) > 100
    union.make_evidence(client.app)
    before = union.everything()
    wrong = ask_all(client, union, refused, fresh=False)
    assert not wrong, "\n".join(wrong)
    after = union.everything()
    assert [(name, new) for name in before for new in after[name] - before[name]] == []
    assert {name: len(rows) for name, rows in after.items()} == {
        name: len(rows) for name, rows in before.items()
    }
    wrong = ask_all(client, union, allowed, fresh=True)
    assert not wrong, "\n".join(wrong)
