"""Reminders by every channel: each message says how it leaves; the provider of texts, how it is."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make what this step adds."""
    op.add_column(
        "outbox", sa.Column("by_text", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    outbox = sa.table("outbox", sa.column("by_text", sa.Boolean()), sa.column("purpose"))
    op.execute(outbox.update().where(outbox.c.purpose == "text").values(by_text=sa.true()))
    op.drop_index("ix_outbox_due", "outbox")
    op.create_index("ix_outbox_due", "outbox", ["state", "by_text", "due_at", "id"])
    op.add_column(
        "mail_switch",
        sa.Column("text_trouble", sa.String(length=500), nullable=False, server_default=""),
    )
    op.add_column(
        "mail_switch", sa.Column("text_trouble_at", sa.DateTime(timezone=True), nullable=True)
    )


def downgrade() -> None:
    """Take it away again."""
    op.drop_column("mail_switch", "text_trouble_at")
    op.drop_column("mail_switch", "text_trouble")
    op.drop_index("ix_outbox_due", "outbox")
    op.drop_column("outbox", "by_text")
    op.create_index("ix_outbox_due", "outbox", ["state", "due_at", "id"])
