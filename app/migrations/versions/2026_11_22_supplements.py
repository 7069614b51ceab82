"""After the freeze: supplementary entries, exclusions with two officers, erasure."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

BIG_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
ENTRY_KEY = "uq_roll_entry_ballot_id_id_on_roll"
OLD_MARK = "fk_roll_mark_ballot_id_entry_id_roll_entry"
NEW_MARK = "fk_roll_mark_ballot_id_entry_id_on_roll_roll_entry"
MARK_CHECK = "ck_roll_mark_of_an_entry_on_the_roll"


def upgrade() -> None:
    """Make what this step adds."""
    for name in ("added", "removed"):
        op.add_column(
            "roll_cell", sa.Column(name, sa.Integer(), nullable=False, server_default="0")
        )
    with op.batch_alter_table("roll_entry") as table:
        table.alter_column("member_id", existing_type=BIG_KEY, nullable=True)
        table.alter_column("joined_on", existing_type=sa.Date(), nullable=True)
        table.add_column(_on_roll())
        table.create_unique_constraint(op.f(ENTRY_KEY), ["ballot_id", "id", "on_roll"])
    with op.batch_alter_table("roll_mark", table_kwargs={"sqlite_with_rowid": False}) as table:
        table.add_column(_on_roll())
        table.drop_constraint(op.f(OLD_MARK), type_="foreignkey")
        table.create_foreign_key(
            op.f(NEW_MARK),
            "roll_entry",
            ["ballot_id", "entry_id", "on_roll"],
            ["ballot_id", "id", "on_roll"],
        )
        table.create_check_constraint(op.f(MARK_CHECK), "on_roll")
    make_left_out_member()
    make_roll_change()
    make_roll_change_entry()
    make_exclusion_proposal()


def _on_roll() -> sa.Column[bool]:
    return sa.Column("on_roll", sa.Boolean(), nullable=False, server_default=sa.true())


def make_left_out_member() -> None:
    op.create_table(
        "left_out_member",
        sa.Column("ballot_id", BIG_KEY, nullable=False),
        sa.Column("member_id", BIG_KEY, nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["ballot_id"], ["ballot.id"], name=op.f("fk_left_out_member_ballot_id_ballot")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["member.id"],
            name=op.f("fk_left_out_member_member_id_member"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("ballot_id", "member_id", name=op.f("pk_left_out_member")),
    )
    op.create_index(op.f("ix_left_out_member_member_id"), "left_out_member", ["member_id"])


def make_roll_change() -> None:
    op.create_table(
        "roll_change",
        sa.Column("ballot_id", BIG_KEY, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("proposed_by", sa.String(), nullable=False),
        sa.Column("approved_by", sa.String(), nullable=True),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("votes_cast", sa.Integer(), nullable=False),
        sa.Column("entitled_after", sa.Integer(), nullable=False),
        sa.Column("salt", sa.LargeBinary(length=16), nullable=True),
        sa.Column("content_digest", sa.String(length=64), nullable=False),
        sa.Column("previous_digest", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.CheckConstraint(
            "kind IN ('supplement', 'exclusion')", name=op.f("ck_roll_change_known_kind")
        ),
        sa.CheckConstraint("entries > 0", name=op.f("ck_roll_change_of_somebody")),
        sa.CheckConstraint(
            "kind = 'supplement' OR (approved_by IS NOT NULL AND approved_by <> proposed_by)",
            name=op.f("ck_roll_change_two_officers"),
        ),
        sa.ForeignKeyConstraint(
            ["ballot_id"], ["ballot.id"], name=op.f("fk_roll_change_ballot_id_ballot")
        ),
        sa.PrimaryKeyConstraint("ballot_id", "number", name=op.f("pk_roll_change")),
    )


def make_roll_change_entry() -> None:
    op.create_table(
        "roll_change_entry",
        sa.Column("ballot_id", BIG_KEY, autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("entry_id", BIG_KEY, autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["ballot_id", "number"],
            ["roll_change.ballot_id", "roll_change.number"],
            name=op.f("fk_roll_change_entry_ballot_id_number_roll_change"),
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["roll_entry.id"], name=op.f("fk_roll_change_entry_entry_id_roll_entry")
        ),
        sa.PrimaryKeyConstraint(
            "ballot_id", "number", "entry_id", name=op.f("pk_roll_change_entry")
        ),
    )
    op.create_index(op.f("ix_roll_change_entry_entry_id"), "roll_change_entry", ["entry_id"])


def make_exclusion_proposal() -> None:
    op.create_table(
        "exclusion_proposal",
        sa.Column("id", BIG_KEY, nullable=False),
        sa.Column("ballot_id", BIG_KEY, nullable=False),
        sa.Column("entry_id", BIG_KEY, nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("proposed_by", sa.String(), nullable=False),
        sa.Column("proposed_at", MOMENT, nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=True),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.Column("change", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "outcome IN ('approved', 'refused', 'withdrawn', 'had_voted')",
            name=op.f("ck_exclusion_proposal_known_outcome"),
        ),
        sa.CheckConstraint(
            "(outcome IS NULL) = (decided_by IS NULL) AND (outcome IS NULL) = (decided_at IS NULL)",
            name=op.f("ck_exclusion_proposal_decided_by_somebody"),
        ),
        sa.CheckConstraint(
            "outcome IS NULL OR outcome = 'withdrawn' OR decided_by <> proposed_by",
            name=op.f("ck_exclusion_proposal_two_officers"),
        ),
        sa.ForeignKeyConstraint(
            ["ballot_id"], ["ballot.id"], name=op.f("fk_exclusion_proposal_ballot_id_ballot")
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["roll_entry.id"], name=op.f("fk_exclusion_proposal_entry_id_roll_entry")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exclusion_proposal")),
    )
    op.create_index(op.f("ix_exclusion_proposal_ballot_id"), "exclusion_proposal", ["ballot_id"])
    op.create_index(
        "uq_exclusion_proposal_one_open",
        "exclusion_proposal",
        ["entry_id"],
        unique=True,
        sqlite_where=sa.text("outcome IS NULL"),
        postgresql_where=sa.text("outcome IS NULL"),
    )


def downgrade() -> None:
    """Take it away again. It refuses where a member was erased, who cannot come back."""
    op.drop_table("exclusion_proposal")
    op.drop_table("roll_change_entry")
    op.drop_table("roll_change")
    op.drop_table("left_out_member")
    with op.batch_alter_table("roll_mark", table_kwargs={"sqlite_with_rowid": False}) as table:
        table.drop_constraint(op.f(MARK_CHECK), type_="check")
        table.drop_constraint(op.f(NEW_MARK), type_="foreignkey")
        table.drop_column("on_roll")
        table.create_foreign_key(
            op.f(OLD_MARK), "roll_entry", ["ballot_id", "entry_id"], ["ballot_id", "id"]
        )
    op.execute(
        "DELETE FROM credential WHERE entry_id IN (SELECT id FROM roll_entry WHERE NOT on_roll)"
    )
    op.execute("DELETE FROM roll_entry WHERE NOT on_roll")
    with op.batch_alter_table("roll_entry") as table:
        table.drop_constraint(op.f(ENTRY_KEY), type_="unique")
        table.drop_column("on_roll")
        table.alter_column("joined_on", existing_type=sa.Date(), nullable=False)
        table.alter_column("member_id", existing_type=BIG_KEY, nullable=False)
    for name in ("removed", "added"):
        op.drop_column("roll_cell", name)
