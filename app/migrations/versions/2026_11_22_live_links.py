"""Small groups in steps: how they stood when they were last shown; and links to turnout only."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

BIG_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make what this step adds."""
    op.add_column(
        "ballot",
        sa.Column("small_in_steps", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    op.create_table(
        "turnout_step",
        sa.Column("ballot_id", BIG_KEY, nullable=False),
        sa.Column("taken_at", MOMENT, nullable=False),
        sa.Column("votes_cast", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["ballot_id"], ["ballot.id"], name=op.f("fk_turnout_step_ballot_id_ballot")
        ),
        sa.PrimaryKeyConstraint("ballot_id", name=op.f("pk_turnout_step")),
    )
    op.create_table(
        "turnout_step_cell",
        sa.Column("ballot_id", BIG_KEY, nullable=False),
        sa.Column("cell_id", BIG_KEY, nullable=False),
        sa.Column("votes_cast", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["ballot_id"],
            ["turnout_step.ballot_id"],
            name=op.f("fk_turnout_step_cell_ballot_id_turnout_step"),
        ),
        sa.ForeignKeyConstraint(
            ["cell_id"], ["roll_cell.id"], name=op.f("fk_turnout_step_cell_cell_id_roll_cell")
        ),
        sa.PrimaryKeyConstraint("ballot_id", "cell_id", name=op.f("pk_turnout_step_cell")),
    )
    op.create_table(
        "turnout_link",
        sa.Column("id", BIG_KEY, nullable=False),
        sa.Column("ballot_id", BIG_KEY, nullable=False),
        sa.Column("branch", sa.String(length=100), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("made_by", sa.String(length=100), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("ends_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["ballot_id"], ["ballot.id"], name=op.f("fk_turnout_link_ballot_id_ballot")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_turnout_link")),
        sa.UniqueConstraint("digest", name=op.f("uq_turnout_link_digest")),
    )
    op.create_index(op.f("ix_turnout_link_ballot_id"), "turnout_link", ["ballot_id"])


def downgrade() -> None:
    """Take it away again."""
    op.drop_table("turnout_link")
    op.drop_table("turnout_step_cell")
    op.drop_table("turnout_step")
    op.drop_column("ballot", "small_in_steps")
