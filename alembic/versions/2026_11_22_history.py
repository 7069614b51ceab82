"""The course of turnout."""

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make what this step adds."""


def downgrade() -> None:
    """Take it away again."""
