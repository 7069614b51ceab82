"""Reminders, later closes, webhooks, and whether reps see who has not voted."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

BIG_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make what this step adds."""
    op.add_column(
        "ballot",
        sa.Column("reps_see_unvoted", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    make_extensions()
    make_reminders()
    make_webhooks()


def make_extensions() -> None:
    op.create_table(
        "window_extension",
        sa.Column("id", BIG_KEY, nullable=False),
        sa.Column("ballot_id", BIG_KEY, nullable=False),
        sa.Column("old_close", MOMENT, nullable=False),
        sa.Column("new_close", MOMENT, nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("proposed_by", sa.String(), nullable=False),
        sa.Column("proposed_at", MOMENT, nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=True),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.Column("notice_at", MOMENT, nullable=True),
        sa.CheckConstraint(
            "new_close > old_close", name=op.f("ck_window_extension_never_shortens")
        ),
        sa.CheckConstraint(
            "outcome IN ('approved', 'refused', 'withdrawn')",
            name=op.f("ck_window_extension_known_outcome"),
        ),
        sa.CheckConstraint(
            "(outcome IS NULL) = (decided_by IS NULL) AND (outcome IS NULL) = (decided_at IS NULL)",
            name=op.f("ck_window_extension_decided_by_somebody"),
        ),
        sa.CheckConstraint(
            "outcome IS NULL OR outcome = 'withdrawn' OR decided_by <> proposed_by",
            name=op.f("ck_window_extension_two_officers"),
        ),
        sa.CheckConstraint(
            "outcome IS NULL OR outcome <> 'approved' OR decided_at < old_close",
            name=op.f("ck_window_extension_before_the_close"),
        ),
        sa.CheckConstraint(
            "notice_at IS NULL OR outcome = 'approved'",
            name=op.f("ck_window_extension_notice_of_an_extension"),
        ),
        sa.ForeignKeyConstraint(
            ["ballot_id"], ["ballot.id"], name=op.f("fk_window_extension_ballot_id_ballot")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_window_extension")),
    )
    op.create_index(op.f("ix_window_extension_ballot_id"), "window_extension", ["ballot_id"])
    op.create_index(
        "uq_window_extension_one_open",
        "window_extension",
        ["ballot_id"],
        unique=True,
        sqlite_where=sa.text("outcome IS NULL"),
        postgresql_where=sa.text("outcome IS NULL"),
    )


def make_reminders() -> None:
    op.create_table(
        "reminder",
        sa.Column("id", BIG_KEY, nullable=False),
        sa.Column("ballot_id", BIG_KEY, nullable=False),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("at", MOMENT, nullable=True),
        sa.Column("hours_before", sa.Integer(), nullable=True),
        sa.Column("turnout_percent", sa.Integer(), nullable=True),
        sa.Column("branch", sa.String(), nullable=True),
        sa.Column("planned_by", sa.String(), nullable=False),
        sa.Column("planned_at", MOMENT, nullable=False),
        sa.Column("stage", sa.String(length=10), nullable=False),
        sa.Column("begun_at", MOMENT, nullable=True),
        sa.Column("last_entry", BIG_KEY, nullable=False),
        sa.Column("queued", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "stage IN ('planned', 'queueing', 'queued', 'too_few', 'missed', 'cancelled')",
            name=op.f("ck_reminder_known_stage"),
        ),
        sa.CheckConstraint(
            "(CASE WHEN at IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN hours_before IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN turnout_percent IS NULL THEN 0 ELSE 1 END) = 1",
            name=op.f("ck_reminder_due_in_one_way"),
        ),
        sa.CheckConstraint(
            "purpose IN ('reminder', 'extension')", name=op.f("ck_reminder_known_purpose")
        ),
        sa.CheckConstraint("hours_before > 0", name=op.f("ck_reminder_before_the_close")),
        sa.CheckConstraint(
            "turnout_percent BETWEEN 1 AND 99", name=op.f("ck_reminder_turnout_is_a_percentage")
        ),
        sa.ForeignKeyConstraint(
            ["ballot_id"], ["ballot.id"], name=op.f("fk_reminder_ballot_id_ballot")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder")),
    )
    op.create_index(op.f("ix_reminder_ballot_id"), "reminder", ["ballot_id"])


def make_webhooks() -> None:
    op.create_table(
        "webhook",
        sa.Column("id", BIG_KEY, nullable=False),
        sa.Column("url", sa.String(length=500), nullable=False),
        sa.Column("salt", sa.LargeBinary(length=16), nullable=False),
        sa.Column("added_by", sa.String(), nullable=False),
        sa.Column("added_at", MOMENT, nullable=False),
        sa.Column("ended_by", sa.String(), nullable=True),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (ended_by IS NULL)", name=op.f("ck_webhook_ended_by_somebody")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook")),
    )
    op.create_table(
        "webhook_event",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("ballot_id", BIG_KEY, nullable=True),
        sa.Column("occurred_at", MOMENT, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["ballot_id"], ["ballot.id"], name=op.f("fk_webhook_event_ballot_id_ballot")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_event")),
        sa.UniqueConstraint("key", name=op.f("uq_webhook_event_key")),
    )
    op.create_index(op.f("ix_webhook_event_ballot_id"), "webhook_event", ["ballot_id"])
    op.create_table(
        "webhook_delivery",
        sa.Column("webhook_id", BIG_KEY, nullable=False),
        sa.Column("event_id", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("claimed_until", MOMENT, nullable=True),
        sa.Column("settled_at", MOMENT, nullable=True),
        sa.Column("answer", sa.String(length=200), nullable=False),
        sa.CheckConstraint(
            "state IN ('queued', 'delivered', 'given_up')",
            name=op.f("ck_webhook_delivery_known_state"),
        ),
        sa.CheckConstraint("attempts >= 0", name=op.f("ck_webhook_delivery_attempts_is_a_count")),
        sa.ForeignKeyConstraint(
            ["webhook_id"], ["webhook.id"], name=op.f("fk_webhook_delivery_webhook_id_webhook")
        ),
        sa.ForeignKeyConstraint(
            ["event_id"],
            ["webhook_event.id"],
            name=op.f("fk_webhook_delivery_event_id_webhook_event"),
        ),
        sa.PrimaryKeyConstraint("webhook_id", "event_id", name=op.f("pk_webhook_delivery")),
    )
    op.create_index("ix_webhook_delivery_due", "webhook_delivery", ["state", "due_at"])


def downgrade() -> None:
    """Take it away again."""
    op.drop_table("webhook_delivery")
    op.drop_table("webhook_event")
    op.drop_table("webhook")
    op.drop_table("reminder")
    op.drop_table("window_extension")
    op.drop_column("ballot", "reps_see_unvoted")
