"""Keys that were in use."""

import sqlalchemy as sa
from alembic import op

from app.core.columns import UTCDateTime

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables of rotations and of public keys."""
    op.create_table(
        "key_rotation",
        sa.Column("key_digest", sa.LargeBinary(32), primary_key=True),
        sa.Column("rotated_at", UTCDateTime, nullable=False),
    )
    op.create_table(
        "signing_key",
        sa.Column("line", sa.String(400), primary_key=True),
        sa.Column("used_from", UTCDateTime, nullable=False),
        sa.Column("used_until", UTCDateTime, nullable=True),
    )


def downgrade() -> None:
    """Forget both."""
    op.drop_table("signing_key")
    op.drop_table("key_rotation")
