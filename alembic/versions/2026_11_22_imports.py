"""Roll imports: staged files, their findings, remembered columns."""

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make what this step adds."""


def downgrade() -> None:
    """Take it away again."""
