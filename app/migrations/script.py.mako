"""${message}."""

import sqlalchemy as sa
from alembic import op
${imports if imports else ""}
revision = "${up_revision}"
down_revision = "${down_revision}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make what this step adds."""
    ${upgrades if upgrades else ""}


def downgrade() -> None:
    """Take it away again."""
    ${downgrades if downgrades else ""}
