"""The course of turnout by the hour, what was forecast, and courses of ballots held elsewhere."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

BIG_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make what this step adds."""
    op.create_table(
        "turnout_hour",
        sa.Column("ballot_id", BIG_KEY, nullable=False),
        sa.Column("hour", MOMENT, nullable=False),
        sa.Column("votes_cast", sa.Integer(), nullable=False),
        sa.Column("forecast_low", sa.Integer(), nullable=True),
        sa.Column("forecast_high", sa.Integer(), nullable=True),
        sa.Column("forecast_ballots", sa.Integer(), nullable=True),
        sa.CheckConstraint("votes_cast >= 1", name=op.f("ck_turnout_hour_some_votes")),
        sa.CheckConstraint(
            "(forecast_low IS NULL) = (forecast_high IS NULL)",
            name=op.f("ck_turnout_hour_forecast_with_both_ends"),
        ),
        sa.CheckConstraint(
            "forecast_low IS NULL OR forecast_low <= forecast_high",
            name=op.f("ck_turnout_hour_forecast_in_order"),
        ),
        sa.ForeignKeyConstraint(
            ["ballot_id"], ["ballot.id"], name=op.f("fk_turnout_hour_ballot_id_ballot")
        ),
        sa.PrimaryKeyConstraint("ballot_id", "hour", name=op.f("pk_turnout_hour")),
    )
    op.create_table(
        "supplied_course",
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("opens_at", MOMENT, nullable=False),
        sa.Column("closes_at", MOMENT, nullable=False),
        sa.Column("entitled", sa.Integer(), nullable=False),
        sa.Column("votes_cast", sa.Integer(), nullable=False),
        sa.Column("points", sa.JSON(), nullable=False),
        sa.Column("supplied_at", MOMENT, nullable=False),
        sa.CheckConstraint(
            "opens_at < closes_at", name=op.f("ck_supplied_course_opens_before_it_closes")
        ),
        sa.CheckConstraint(
            "votes_cast >= 0 AND votes_cast <= entitled",
            name=op.f("ck_supplied_course_votes_of_the_entitled"),
        ),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_supplied_course")),
    )


def downgrade() -> None:
    """Take it away again."""
    op.drop_table("supplied_course")
    op.drop_table("turnout_hour")
