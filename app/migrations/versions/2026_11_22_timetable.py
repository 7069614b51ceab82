"""Days of planned changes of law, the nation of a ballot, and what calendars were last told."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

BIG_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)

# SQLite cannot add a constraint to a table, but it can add a column that carries one.
NATION = """
ALTER TABLE ballot ADD COLUMN nation VARCHAR(20) CONSTRAINT ck_ballot_known_nation
CHECK (nation IN ('england', 'wales', 'scotland', 'northern_ireland'))
"""
DEVOLVED_WELSH_AUTHORITY = """
ALTER TABLE ballot ADD COLUMN devolved_welsh_authority BOOLEAN DEFAULT false NOT NULL
CONSTRAINT ck_ballot_welsh_authority_in_wales
CHECK (NOT devolved_welsh_authority OR (nation IS NOT NULL AND nation = 'wales'))
"""


def upgrade() -> None:
    """Make what this step adds."""
    op.execute(NATION)
    op.execute(DEVOLVED_WELSH_AUTHORITY)
    op.create_table(
        "commencement",
        sa.Column("id", BIG_KEY, nullable=False),
        sa.Column("planned_key", sa.String(length=40), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("source", sa.String(length=500), nullable=False),
        sa.Column("entered_at", MOMENT, nullable=False),
        sa.Column("entered_by", sa.String(), nullable=False),
        sa.Column("withdrawn_at", MOMENT, nullable=True),
        sa.Column("withdrawn_by", sa.String(), nullable=True),
        sa.CheckConstraint(
            "(withdrawn_at IS NULL) = (withdrawn_by IS NULL)",
            name=op.f("ck_commencement_withdrawn_by_somebody"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commencement")),
    )
    op.create_index(
        "uq_commencement_one_day_in_force",
        "commencement",
        ["planned_key"],
        unique=True,
        sqlite_where=sa.text("withdrawn_at IS NULL"),
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    )
    op.create_table(
        "published_date",
        sa.Column("ballot_id", BIG_KEY, nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("said", sa.String(length=64), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.CheckConstraint("sequence >= 0", name=op.f("ck_published_date_sequence_is_a_count")),
        sa.ForeignKeyConstraint(
            ["ballot_id"], ["ballot.id"], name=op.f("fk_published_date_ballot_id_ballot")
        ),
        sa.PrimaryKeyConstraint("ballot_id", "key", name=op.f("pk_published_date")),
    )


def downgrade() -> None:
    """Take it away again."""
    op.drop_table("published_date")
    op.drop_table("commencement")
    op.drop_column("ballot", "devolved_welsh_authority")
    op.drop_column("ballot", "nation")
