"""Words of every message: a test says whose words it shows."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make what this step adds."""
    op.add_column("outbox", sa.Column("test_of", sa.String(length=20), nullable=True))


def downgrade() -> None:
    """Take it away again."""
    op.drop_column("outbox", "test_of")
