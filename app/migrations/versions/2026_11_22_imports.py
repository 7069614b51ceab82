"""Roll imports: kept files, their findings, remembered columns."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

BIG_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
STATES = "'uploaded', 'reading', 'read', 'applying', 'done', 'failed'"


def upgrade() -> None:
    """Make what this step adds."""
    op.create_table(
        "roll_import",
        sa.Column("id", BIG_KEY, nullable=False),
        sa.Column("file_name", sa.String(), nullable=False),
        sa.Column("file_size", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("rows_done", sa.Integer(), nullable=False),
        sa.Column("rows_total", sa.Integer(), nullable=True),
        sa.Column("uploaded_by", sa.String(), nullable=False),
        sa.Column("uploaded_at", MOMENT, nullable=False),
        sa.Column("alive_at", MOMENT, nullable=False),
        sa.Column("choices", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("findings", sa.String(), nullable=True),
        sa.Column("refusal", sa.String(), nullable=True),
        sa.CheckConstraint(f"state IN ({STATES})", name=op.f("ck_roll_import_known_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roll_import")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "roll_import_chunk",
        _import_id(),
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        _of_import("roll_import_chunk"),
        sa.PrimaryKeyConstraint("import_id", "place", name=op.f("pk_roll_import_chunk")),
    )
    op.create_table(
        "roll_import_problem",
        _import_id(),
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("column", sa.String(), nullable=True),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("message", sa.String(), nullable=False),
        _of_import("roll_import_problem"),
        sa.PrimaryKeyConstraint("import_id", "place", name=op.f("pk_roll_import_problem")),
    )
    op.create_table(
        "roll_mapping",
        sa.Column("signature", sa.String(length=64), nullable=False),
        sa.Column("columns", sa.Text(), nullable=False),
        sa.Column("remembered_by", sa.String(length=200), nullable=False),
        sa.Column("remembered_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("signature", name=op.f("pk_roll_mapping")),
    )


def _import_id() -> sa.Column[int]:
    return sa.Column("import_id", BIG_KEY, autoincrement=False, nullable=False)


def _of_import(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["import_id"],
        ["roll_import.id"],
        name=op.f(f"fk_{table}_import_id_roll_import"),
        ondelete="CASCADE",
    )


def downgrade() -> None:
    """Take it away again."""
    op.drop_table("roll_mapping")
    op.drop_table("roll_import_problem")
    op.drop_table("roll_import_chunk")
    op.drop_table("roll_import")
