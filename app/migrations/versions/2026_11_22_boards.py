"""Boards of papers, the hashes their proofs are made of, and what a ballot's board shows."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

BIG_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)

# SQLite cannot add a constraint to a table, but it can add a column that carries one.
BOARD = """
ALTER TABLE ballot ADD COLUMN board VARCHAR(10) DEFAULT 'inclusion' NOT NULL
CONSTRAINT ck_ballot_known_board CHECK (board IN ('inclusion', 'answers'))
"""


def upgrade() -> None:
    """Make what this step adds."""
    op.execute(BOARD)
    op.create_table(
        "board",
        sa.Column("ballot_id", BIG_KEY, nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("root", sa.LargeBinary(length=32), nullable=False),
        sa.Column("checkpoint", sa.String(), nullable=False),
        sa.Column("about", sa.String(), nullable=False),
        sa.Column("salt_key", sa.LargeBinary(length=32), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.CheckConstraint("size >= 0", name=op.f("ck_board_size_is_a_count")),
        sa.ForeignKeyConstraint(
            ["ballot_id"], ["ballot.id"], name=op.f("fk_board_ballot_id_ballot")
        ),
        sa.PrimaryKeyConstraint("ballot_id", name=op.f("pk_board")),
    )
    op.create_table(
        "board_tile",
        sa.Column("ballot_id", BIG_KEY, nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("hashes", sa.LargeBinary(), nullable=False),
        sa.Column("first_paper", sa.LargeBinary(length=16), nullable=True),
        sa.CheckConstraint(
            "(level = 0) = (first_paper IS NOT NULL)",
            name=op.f("ck_board_tile_papers_at_the_bottom"),
        ),
        sa.ForeignKeyConstraint(
            ["ballot_id"], ["board.ballot_id"], name=op.f("fk_board_tile_ballot_id_board")
        ),
        sa.PrimaryKeyConstraint("ballot_id", "level", "number", name=op.f("pk_board_tile")),
    )
    op.create_index(
        op.f("ix_board_tile_ballot_id_first_paper"), "board_tile", ["ballot_id", "first_paper"]
    )


def downgrade() -> None:
    """Take it away again."""
    op.drop_table("board_tile")
    op.drop_table("board")
    op.drop_column("ballot", "board")
