"""A later close over REST: the same rules as on the page, and the same two officers."""

import pytest

from app.notices.extension_router import EXAMPLE
from app.security.models import Role
from tests.support.ballots import add_members, given_ballot, given_token
from tests.support.changes import SLUG, ballot_row
from tests.support.extensions import CLOSE, LATER, REASON

HERE = f"/api/v1/ballots/{SLUG}/extensions"
ASKED = {"closes_at": LATER.isoformat(), "reason": REASON}


@pytest.fixture
def settings(settings):
    return settings.model_copy(update={"smtp_url": "smtp://127.0.0.1:9"})


@pytest.fixture
def ballot(database, settings):
    add_members(database, 3)
    return given_ballot(database, settings)


@pytest.fixture
def first(database, settings):
    return given_token(database, settings)


@pytest.fixture
def second(database, settings):
    return given_token(database, settings, name="second-officer")


def test_one_officer_proposes_another_approves_and_members_are_told(
    client, database, ballot, first, second
):
    proposed = client.post(HERE, json=ASKED, token=first)
    assert proposed.status_code == 201
    number = proposed.json()["id"]
    assert (proposed.json()["outcome"], ballot_row(database).closes_at) == (None, CLOSE)
    own = client.post(f"{HERE}/{number}/approval", token=first)
    assert (own.status_code, own.json()["code"]) == (403, "same_officer")
    approved = client.post(f"{HERE}/{number}/approval", token=second).json()
    assert (approved["outcome"], approved["decided_by"]) == ("approved", "second-officer")
    assert ballot_row(database).closes_at == LATER
    told = client.post(f"{HERE}/{number}/notice", token=first)
    assert (told.status_code, told.json()["notice_at"] is None) == (200, False)
    again = client.post(f"{HERE}/{number}/notice", token=first)
    assert (again.status_code, again.json()["code"]) == (409, "notice_is_sent")
    [listed] = client.get(HERE, token=second).json()
    assert listed == told.json()


@pytest.mark.parametrize(("who", "outcome"), [("first", "withdrawn"), ("second", "refused")])
def test_a_proposal_is_refused_or_withdrawn(client, ballot, request, first, second, who, outcome):
    number = client.post(HERE, json=ASKED, token=first).json()["id"]
    refused = client.post(f"{HERE}/{number}/refusal", token=request.getfixturevalue(who))
    assert refused.json()["outcome"] == outcome


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"closes_at": CLOSE.isoformat()}, (422, "not_later")),
        ({"closes_at": "2028-01-01T00:00:00Z"}, (422, "too_much_later")),
        ({"reason": " "}, (422, "invalid_request")),
        ({"closes_at": "tomorrow"}, (422, "invalid_request")),
        ({"closes": "later"}, (422, "invalid_request")),
    ],
)
def test_what_cannot_be_is_refused(client, ballot, first, changes, refusal):
    answer = client.post(HERE, json=ASKED | changes, token=first)
    assert (answer.status_code, answer.json()["code"]) == refusal


def test_what_is_not_there_is_not_found(client, ballot, first):
    answer = client.post(f"{HERE}/7/approval", token=first)
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_extension")
    assert client.get("/api/v1/ballots/none/extensions", token=first).status_code == 404


@pytest.mark.parametrize("role", [Role.BRANCH, Role.SCRUTINEER])
def test_only_headquarters_may(client, database, settings, ballot, role):
    branch = "Leeds" if role is Role.BRANCH else None
    token = given_token(database, settings, name="somebody", role=role, branch=branch)
    assert client.get(HERE, token=token).status_code == 403
    assert client.post(HERE, json=ASKED, token=token).status_code == 403


def test_the_example_is_read(client, ballot, first):
    """Its year is not this ballot's, so it is refused for that and nothing else."""
    assert client.post(HERE, json=EXAMPLE, token=first).json()["code"] == "too_much_later"
