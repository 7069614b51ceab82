"""Evidence packs: the file that was made at a declaration, and the keys to its sealed parts."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

BIG_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make what this step adds."""
    op.create_table(
        "evidence_pack",
        sa.Column("ballot_id", BIG_KEY, autoincrement=False, nullable=False),
        sa.Column("officers_key", sa.LargeBinary(length=32), nullable=False),
        sa.Column("roll_key", sa.LargeBinary(length=32), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("size", BIG_KEY, nullable=True),
        sa.Column("made_at", MOMENT, nullable=True),
        sa.CheckConstraint(
            "(sha256 IS NULL) = (size IS NULL) AND (sha256 IS NULL) = (made_at IS NULL)",
            name=op.f("ck_evidence_pack_made_whole"),
        ),
        sa.ForeignKeyConstraint(
            ["ballot_id"], ["ballot.id"], name=op.f("fk_evidence_pack_ballot_id_ballot")
        ),
        sa.PrimaryKeyConstraint("ballot_id", name=op.f("pk_evidence_pack")),
    )
    op.create_table(
        "evidence_piece",
        sa.Column("ballot_id", BIG_KEY, autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["ballot_id"],
            ["evidence_pack.ballot_id"],
            name=op.f("fk_evidence_piece_ballot_id_evidence_pack"),
        ),
        sa.PrimaryKeyConstraint("ballot_id", "number", name=op.f("pk_evidence_piece")),
    )


def downgrade() -> None:
    """Take it away again."""
    op.drop_table("evidence_piece")
    op.drop_table("evidence_pack")
