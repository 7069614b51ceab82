"""Reminders by every channel."""

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make what this step adds."""


def downgrade() -> None:
    """Take it away again."""
