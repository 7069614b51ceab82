"""Notices: outbox, the worker's switch, words of each ballot, what members ask for."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

BIG_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make what this step adds."""
    make_outbox()
    switch = op.create_table(
        "mail_switch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("paused_at", MOMENT, nullable=True),
        sa.Column("paused_by", sa.String(length=100), nullable=True),
        sa.Column("seen_at", MOMENT, nullable=True),
        sa.Column("trouble", sa.String(length=500), nullable=False),
        sa.Column("trouble_at", MOMENT, nullable=True),
        sa.CheckConstraint("id = 1", name=op.f("ck_mail_switch_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_switch")),
    )
    op.bulk_insert(switch, [{"id": 1, "trouble": ""}])
    op.create_table(
        "notice_template",
        sa.Column("ballot_id", BIG_KEY, nullable=False),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("changed_by", sa.String(length=100), nullable=False),
        sa.ForeignKeyConstraint(
            ["ballot_id"], ["ballot.id"], name=op.f("fk_notice_template_ballot_id_ballot")
        ),
        sa.PrimaryKeyConstraint(
            "ballot_id", "purpose", "language", name=op.f("pk_notice_template")
        ),
    )
    op.create_table(
        "member_request",
        sa.Column("id", BIG_KEY, nullable=False),
        sa.Column("wants", sa.String(length=10), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("proof", sa.String(length=320), nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.CheckConstraint("wants IN ('check', 'link')", name=op.f("ck_member_request_known_wish")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_member_request")),
    )


def make_outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", BIG_KEY, nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("ballot_id", BIG_KEY, nullable=True),
        sa.Column("entry_id", BIG_KEY, nullable=True),
        sa.Column("member_id", BIG_KEY, nullable=True),
        sa.Column("address", sa.String(length=320), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("queued_at", MOMENT, nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("worker", sa.String(length=40), nullable=True),
        sa.Column("claimed_until", MOMENT, nullable=True),
        sa.Column("settled_at", MOMENT, nullable=True),
        sa.Column("message_id", sa.String(length=300), nullable=True),
        sa.Column("code_digest", sa.LargeBinary(length=32), nullable=True),
        sa.Column("reply", sa.String(length=500), nullable=False),
        sa.CheckConstraint(
            "state IN ('queued', 'sending', 'accepted', 'refused', 'unsure', 'dropped')",
            name=op.f("ck_outbox_known_state"),
        ),
        sa.CheckConstraint("attempts >= 0", name=op.f("ck_outbox_attempts_is_a_count")),
        sa.ForeignKeyConstraint(
            ["ballot_id"], ["ballot.id"], name=op.f("fk_outbox_ballot_id_ballot")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_outbox_member_id_member")
        ),
        sa.ForeignKeyConstraint(
            ["ballot_id", "entry_id"],
            ["roll_entry.ballot_id", "roll_entry.id"],
            name=op.f("fk_outbox_ballot_id_entry_id_roll_entry"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("key", name=op.f("uq_outbox_key")),
    )
    op.create_index("ix_outbox_due", "outbox", ["state", "due_at", "id"])
    op.create_index("ix_outbox_ballot_id_entry_id", "outbox", ["ballot_id", "entry_id"])
    op.create_index(op.f("ix_outbox_member_id"), "outbox", ["member_id"])
    op.create_index(op.f("ix_outbox_message_id"), "outbox", ["message_id"])


def downgrade() -> None:
    """Take it away again."""
    op.drop_table("member_request")
    op.drop_table("notice_template")
    op.drop_table("mail_switch")
    op.drop_table("outbox")
