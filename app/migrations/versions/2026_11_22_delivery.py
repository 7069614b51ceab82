"""Delivery: messages that came back, and which code a message's code replaced."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

BIG_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make what this step adds."""
    op.create_table(
        "bounce",
        sa.Column("id", BIG_KEY, nullable=False),
        sa.Column("message_id", sa.String(length=300), nullable=False),
        sa.Column("outbox_id", BIG_KEY, nullable=False),
        sa.Column("member_id", BIG_KEY, nullable=True),
        sa.Column("address", sa.String(length=320), nullable=False),
        sa.Column("hard", sa.Boolean(), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("heard_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["outbox_id"], ["outbox.id"], name=op.f("fk_bounce_outbox_id_outbox")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_bounce_member_id_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bounce")),
        sa.UniqueConstraint("message_id", name=op.f("uq_bounce_message_id")),
    )
    op.create_index(op.f("ix_bounce_outbox_id"), "bounce", ["outbox_id"])
    op.create_index(op.f("ix_bounce_member_id"), "bounce", ["member_id"])
    op.create_index(op.f("ix_bounce_address"), "bounce", ["address"])
    op.add_column("outbox", sa.Column("replaced_digest", sa.LargeBinary(length=32), nullable=True))


def downgrade() -> None:
    """Take it away again."""
    op.drop_column("outbox", "replaced_digest")
    op.drop_table("bounce")
