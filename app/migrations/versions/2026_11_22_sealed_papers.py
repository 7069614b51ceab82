"""Papers sealed until the close, and when their box is stirred next."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

BIG_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
CHECK = "ck_ballot_paper_sealed_or_open"
# As the first schema made it: SQLite keeps papers in the order of their keys.
IN_KEY_ORDER = {"sqlite_with_rowid": False}


def upgrade() -> None:
    """Make what this step adds. `muster migrate` seals the papers that are there."""
    with op.batch_alter_table("ballot_paper", table_kwargs=IN_KEY_ORDER) as table:
        table.add_column(sa.Column("sealed", sa.LargeBinary(), nullable=True))
        table.alter_column("answers", existing_type=sa.String(), nullable=True)
        table.create_check_constraint(op.f(CHECK), "(sealed IS NULL) <> (answers IS NULL)")
    op.create_table(
        "box_stir",
        sa.Column("ballot_id", BIG_KEY, autoincrement=False, nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["ballot_id"], ["ballot.id"], name=op.f("fk_box_stir_ballot_id_ballot")
        ),
        sa.PrimaryKeyConstraint("ballot_id", name=op.f("pk_box_stir")),
    )


def downgrade() -> None:
    """Take it away again. It refuses where a paper is sealed, which only the service can open."""
    op.drop_table("box_stir")
    with op.batch_alter_table("ballot_paper", table_kwargs=IN_KEY_ORDER) as table:
        table.drop_constraint(op.f(CHECK), type_="check")
        table.alter_column("answers", existing_type=sa.String(), nullable=False)
        table.drop_column("sealed")
