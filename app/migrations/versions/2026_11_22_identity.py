"""Sign-in by an identity provider."""

import sqlalchemy as sa
from alembic import op

from app.core.columns import BigKey, UTCDateTime

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table of who is whom at the identity provider."""
    op.create_table(
        "staff_identity",
        sa.Column("issuer", sa.String(400), primary_key=True),
        sa.Column("subject", sa.String(255), primary_key=True),
        sa.Column("staff_id", BigKey, sa.ForeignKey("staff_account.id"), nullable=False),
        sa.Column("bound_at", UTCDateTime, nullable=False),
        sa.UniqueConstraint("issuer", "staff_id", name="one_identity_of_an_account"),
    )


def downgrade() -> None:
    """Forget it."""
    op.drop_table("staff_identity")
