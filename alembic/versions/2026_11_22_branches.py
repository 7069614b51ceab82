"""What a branch sees: announcement of a ballot, work addresses."""

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make what this step adds."""


def downgrade() -> None:
    """Take it away again."""
