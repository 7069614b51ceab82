"""Acts that need two officers."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

BIG_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)

# SQLite cannot add a constraint to a table, but it can add a column that carries one.
CONFIRMED_BY = """
ALTER TABLE ballot ADD COLUMN confirmed_by VARCHAR(100) CONSTRAINT ck_ballot_two_declare
CHECK (declared_at IS NULL OR NOT declared_by_two
 OR (confirmed_by IS NOT NULL AND confirmed_by <> declared_by))
"""
CANCELLED_AT = """
ALTER TABLE ballot ADD COLUMN cancelled_at {moment} CONSTRAINT ck_ballot_cancelled_for_good
CHECK (cancelled_at IS NULL OR (sealed_at IS NOT NULL AND declared_at IS NULL))
"""
CANCEL_REASON = """
ALTER TABLE ballot ADD COLUMN cancel_reason VARCHAR(500)
CONSTRAINT ck_ballot_cancelled_with_a_reason
CHECK ((cancelled_at IS NULL) = (cancel_reason IS NULL))
"""


def upgrade() -> None:
    """Make what this step adds."""
    op.add_column(
        "ballot",
        sa.Column("declared_by_two", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    op.execute(CONFIRMED_BY)
    op.execute(CANCELLED_AT.format(moment=MOMENT.compile(dialect=op.get_bind().dialect)))
    op.execute(CANCEL_REASON)
    op.create_table(
        "ballot_proposal",
        sa.Column("id", BIG_KEY, nullable=False),
        sa.Column("ballot_id", BIG_KEY, nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("tally_digest", sa.String(length=64), nullable=True),
        sa.Column("proposed_by", sa.String(), nullable=False),
        sa.Column("proposed_at", MOMENT, nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=True),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.CheckConstraint(
            "kind IN ('cancel', 'declare')", name=op.f("ck_ballot_proposal_known_kind")
        ),
        sa.CheckConstraint(
            "(kind = 'cancel') = (reason <> '')",
            name=op.f("ck_ballot_proposal_cancelled_for_a_reason"),
        ),
        sa.CheckConstraint(
            "(kind = 'declare') = (tally_digest IS NOT NULL)",
            name=op.f("ck_ballot_proposal_declared_numbers"),
        ),
        sa.CheckConstraint(
            "outcome IN ('approved', 'refused', 'withdrawn')",
            name=op.f("ck_ballot_proposal_known_outcome"),
        ),
        sa.CheckConstraint(
            "(outcome IS NULL) = (decided_by IS NULL) AND (outcome IS NULL) = (decided_at IS NULL)",
            name=op.f("ck_ballot_proposal_decided_by_somebody"),
        ),
        sa.CheckConstraint(
            "outcome IS NULL OR outcome = 'withdrawn' OR decided_by <> proposed_by",
            name=op.f("ck_ballot_proposal_two_officers"),
        ),
        sa.ForeignKeyConstraint(
            ["ballot_id"], ["ballot.id"], name=op.f("fk_ballot_proposal_ballot_id_ballot")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ballot_proposal")),
    )
    op.create_index(op.f("ix_ballot_proposal_ballot_id"), "ballot_proposal", ["ballot_id"])
    op.create_index(
        "uq_ballot_proposal_one_open",
        "ballot_proposal",
        ["ballot_id", "kind"],
        unique=True,
        sqlite_where=sa.text("outcome IS NULL"),
        postgresql_where=sa.text("outcome IS NULL"),
    )


def downgrade() -> None:
    """Take it away again."""
    op.drop_table("ballot_proposal")
    op.drop_column("ballot", "cancel_reason")
    op.drop_column("ballot", "cancelled_at")
    op.drop_column("ballot", "confirmed_by")
    op.drop_column("ballot", "declared_by_two")
