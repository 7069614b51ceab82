"""Which law a ballot falls under, from what the union states of it."""

from app.ballots.models import Ballot
from app.rules.london import london_day
from app.rules.nations import act_extends_to, support_test_may_apply


def has_statute_beside(ballot: Ballot) -> bool:
    """Say whether a statutory ballot of the same day is laid beside this one.

    It is beside an indicative ballot, and not in Northern Ireland, whose law we do not know.
    """
    return ballot.kind == "indicative" and act_extends_to(ballot.nation)


def support_test_may_apply_to(ballot: Ballot) -> bool:
    """Say whether a ballot is one of those that the 40 % test of important services is for."""
    return support_test_may_apply(
        important_public_service=ballot.important_public_service,
        devolved_welsh_authority=ballot.devolved_welsh_authority,
        opened_on=london_day(ballot.opens_at),
    )
