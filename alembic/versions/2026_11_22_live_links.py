"""Links that show turnout only."""

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make what this step adds."""


def downgrade() -> None:
    """Take it away again."""
