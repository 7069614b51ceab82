"""Checkpoints of the audit log."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

BIG_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
TABLE = "audit_checkpoint"
# As for the log itself: append-only for everybody who comes through SQL.
SQLITE_APPEND_ONLY = """
CREATE TRIGGER audit_checkpoint_no_{verb} BEFORE {verb} ON audit_checkpoint
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END
"""
POSTGRES_APPEND_ONLY = """
CREATE TRIGGER audit_checkpoint_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_checkpoint
FOR EACH STATEMENT EXECUTE FUNCTION audit_event_refuse()
"""


def upgrade() -> None:
    """Make what this step adds."""
    op.create_table(
        TABLE,
        sa.Column("id", BIG_KEY, nullable=False),
        sa.Column("occasion", sa.String(length=160), nullable=False),
        sa.Column("events", sa.BigInteger(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.CheckConstraint("events >= 0", name=op.f("ck_audit_checkpoint_events_is_a_count")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_checkpoint")),
        sa.UniqueConstraint("occasion", name=op.f("uq_audit_checkpoint_occasion")),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(POSTGRES_APPEND_ONLY)
        return
    for verb in ("UPDATE", "DELETE"):
        op.execute(SQLITE_APPEND_ONLY.format(verb=verb))


def downgrade() -> None:
    """Take it away again."""
    op.drop_table(TABLE)
