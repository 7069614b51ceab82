"""First schema: staff, audit log, roll, ballots and the ballot box."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


BIG_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)

# The audit log is append-only for everybody who comes through SQL, ourselves included.
SQLITE_APPEND_ONLY = """
CREATE TRIGGER audit_event_no_{verb} BEFORE {verb} ON audit_event
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END
"""
# REPLACE deletes without telling the trigger for DELETE.
SQLITE_NO_REPLACE = """
CREATE TRIGGER audit_event_no_replace BEFORE INSERT ON audit_event
WHEN EXISTS (SELECT 1 FROM audit_event WHERE number = NEW.number OR hash = NEW.hash)
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END
"""
POSTGRES_REFUSAL = """
CREATE FUNCTION audit_event_refuse() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'the audit log is append-only'; END $$
"""
POSTGRES_APPEND_ONLY = """
CREATE TRIGGER audit_event_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_event
FOR EACH STATEMENT EXECUTE FUNCTION audit_event_refuse()
"""


def make_audit_log_append_only() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(POSTGRES_REFUSAL)
        op.execute(POSTGRES_APPEND_ONLY)
        return
    for verb in ("UPDATE", "DELETE"):
        op.execute(SQLITE_APPEND_ONLY.format(verb=verb))
    op.execute(SQLITE_NO_REPLACE)


def upgrade() -> None:
    op.create_table(
        "audit_event",
        sa.Column("number", BIG_KEY, autoincrement=False, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("previous_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit_event")),
        sa.UniqueConstraint("hash", name=op.f("uq_audit_event_hash")),
    )
    op.create_table(
        "ballot",
        sa.Column("id", BIG_KEY, nullable=False),
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("opens_at", MOMENT, nullable=False),
        sa.Column("closes_at", MOMENT, nullable=False),
        sa.Column("cut_off_at", MOMENT, nullable=False),
        sa.Column("announced_on", sa.Date(), nullable=False),
        sa.Column("important_public_service", sa.Boolean(), nullable=False),
        sa.Column("scrutineer", sa.String(), nullable=True),
        sa.Column("constituency", sa.JSON(), nullable=False),
        sa.Column("exclude_arrears", sa.Boolean(), nullable=False),
        sa.Column("disaggregate_by", sa.String(), nullable=True),
        sa.Column("floor", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("frozen_at", MOMENT, nullable=True),
        sa.Column("roll_digest", sa.String(length=64), nullable=True),
        sa.Column("sealed_at", MOMENT, nullable=True),
        sa.Column("stirred_at", MOMENT, nullable=True),
        sa.Column("declared_at", MOMENT, nullable=True),
        sa.Column("declared_by", sa.String(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('indicative', 'industrial_action', 'recognition')",
            name=op.f("ck_ballot_known_kind"),
        ),
        sa.CheckConstraint(
            "cut_off_at <= closes_at", name=op.f("ck_ballot_cut_off_before_the_close")
        ),
        sa.CheckConstraint(
            "stirred_at IS NULL OR sealed_at IS NOT NULL", name=op.f("ck_ballot_sealed_to_stir")
        ),
        sa.CheckConstraint(
            "declared_at IS NULL OR stirred_at IS NOT NULL",
            name=op.f("ck_ballot_stirred_to_declare"),
        ),
        sa.CheckConstraint("floor >= 1", name=op.f("ck_ballot_floor_of_at_least_one")),
        sa.CheckConstraint("opens_at < closes_at", name=op.f("ck_ballot_opens_before_it_closes")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ballot")),
        sa.UniqueConstraint("slug", name=op.f("uq_ballot_slug")),
    )
    op.create_table(
        "branch",
        sa.Column("code", sa.String(length=100), nullable=False),
        sa.Column("folded_code", sa.String(length=100), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_branch")),
        sa.UniqueConstraint("folded_code", name=op.f("uq_branch_folded_code")),
    )
    op.create_table(
        "failure_count",
        sa.Column("scope", sa.String(length=20), nullable=False),
        sa.Column("place", sa.LargeBinary(length=16), nullable=False),
        sa.Column("window_start", MOMENT, nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("scope", "place", "window_start", name=op.f("pk_failure_count")),
    )
    op.create_table(
        "staff_account",
        sa.Column("id", BIG_KEY, nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("branch", sa.String(), nullable=True),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("disabled_at", MOMENT, nullable=True),
        sa.CheckConstraint(
            "(role = 'branch') = (branch IS NOT NULL)",
            name=op.f("ck_staff_account_branch_officer_has_a_branch"),
        ),
        sa.CheckConstraint(
            "role IN ('hq', 'branch', 'scrutineer')", name=op.f("ck_staff_account_known_role")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_account")),
        sa.UniqueConstraint("name", name=op.f("uq_staff_account_name")),
    )
    op.create_table(
        "api_token",
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("staff_id", BIG_KEY, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("revoked_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff_account.id"], name=op.f("fk_api_token_staff_id_staff_account")
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_api_token")),
    )
    op.create_index(op.f("ix_api_token_staff_id"), "api_token", ["staff_id"], unique=False)
    op.create_table(
        "ballot_paper",
        sa.Column("ballot_id", BIG_KEY, nullable=False),
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("answers", sa.String(), nullable=False),
        sa.Column("receipt_digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("unit", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["ballot_id"], ["ballot.id"], name=op.f("fk_ballot_paper_ballot_id_ballot")
        ),
        sa.PrimaryKeyConstraint("ballot_id", "id", name=op.f("pk_ballot_paper")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_ballot_paper_receipt", "ballot_paper", ["ballot_id", "receipt_digest"], unique=False
    )
    op.create_table(
        "left_out",
        sa.Column("ballot_id", BIG_KEY, nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["ballot_id"], ["ballot.id"], name=op.f("fk_left_out_ballot_id_ballot")
        ),
        sa.PrimaryKeyConstraint("ballot_id", "reason", name=op.f("pk_left_out")),
    )
    op.create_table(
        "tally",
        sa.Column("ballot_id", BIG_KEY, nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("question_key", sa.String(length=40), nullable=False),
        sa.Column("answer_key", sa.String(length=40), nullable=False),
        sa.Column("votes", sa.Integer(), nullable=False),
        sa.CheckConstraint("votes >= 0", name=op.f("ck_tally_votes_are_a_count")),
        sa.ForeignKeyConstraint(
            ["ballot_id"], ["ballot.id"], name=op.f("fk_tally_ballot_id_ballot")
        ),
        sa.PrimaryKeyConstraint(
            "ballot_id", "unit", "question_key", "answer_key", name=op.f("pk_tally")
        ),
    )
    op.create_table(
        "member",
        sa.Column("id", BIG_KEY, nullable=False),
        sa.Column("membership_number", sa.String(length=40), nullable=False),
        sa.Column("given_name", sa.String(), nullable=False),
        sa.Column("family_name", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("mobile", sa.String(), nullable=False),
        sa.Column("branch", sa.String(length=100), nullable=False),
        sa.Column("region", sa.String(), nullable=False),
        sa.Column("employer", sa.String(), nullable=False),
        sa.Column("workplace", sa.String(), nullable=False),
        sa.Column("category", sa.String(length=40), nullable=False),
        sa.Column("joined_on", sa.Date(), nullable=False),
        sa.Column("left_on", sa.Date(), nullable=True),
        sa.Column("in_arrears", sa.Boolean(), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("postcode", sa.String(), nullable=False),
        sa.CheckConstraint("language IN ('en', 'cy')", name=op.f("ck_member_known_language")),
        sa.CheckConstraint("membership_number <> ''", name=op.f("ck_member_has_a_number")),
        sa.CheckConstraint(
            "left_on IS NULL OR left_on >= joined_on", name=op.f("ck_member_left_after_joining")
        ),
        sa.ForeignKeyConstraint(["branch"], ["branch.code"], name=op.f("fk_member_branch_branch")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_member")),
        sa.UniqueConstraint("membership_number", name=op.f("uq_member_membership_number")),
    )
    op.create_index(op.f("ix_member_branch"), "member", ["branch"], unique=False)
    op.create_index(op.f("ix_member_joined_on"), "member", ["joined_on"], unique=False)
    op.create_table(
        "question",
        sa.Column("ballot_id", BIG_KEY, nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("supported_answer", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["ballot_id"], ["ballot.id"], name=op.f("fk_question_ballot_id_ballot")
        ),
        sa.PrimaryKeyConstraint("ballot_id", "key", name=op.f("pk_question")),
    )
    op.create_table(
        "roll_cell",
        sa.Column("id", BIG_KEY, nullable=False),
        sa.Column("ballot_id", BIG_KEY, nullable=False),
        sa.Column("branch", sa.String(), nullable=False),
        sa.Column("region", sa.String(), nullable=False),
        sa.Column("employer", sa.String(), nullable=False),
        sa.Column("workplace", sa.String(), nullable=False),
        sa.Column("entitled", sa.Integer(), nullable=False),
        sa.CheckConstraint("entitled >= 0", name=op.f("ck_roll_cell_entitled_is_a_count")),
        sa.ForeignKeyConstraint(
            ["ballot_id"], ["ballot.id"], name=op.f("fk_roll_cell_ballot_id_ballot")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roll_cell")),
        sa.UniqueConstraint(
            "ballot_id",
            "branch",
            "region",
            "employer",
            "workplace",
            name=op.f("uq_roll_cell_ballot_id_branch_region_employer_workplace"),
        ),
    )
    op.create_table(
        "staff_session",
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("staff_id", BIG_KEY, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("revoked_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff_account.id"], name=op.f("fk_staff_session_staff_id_staff_account")
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_staff_session")),
    )
    op.create_index(op.f("ix_staff_session_staff_id"), "staff_session", ["staff_id"], unique=False)
    op.create_table(
        "answer",
        sa.Column("ballot_id", BIG_KEY, nullable=False),
        sa.Column("question_key", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["ballot_id", "question_key"],
            ["question.ballot_id", "question.key"],
            name=op.f("fk_answer_ballot_id_question_key_question"),
        ),
        sa.PrimaryKeyConstraint("ballot_id", "question_key", "key", name=op.f("pk_answer")),
    )
    op.create_table(
        "roll_entry",
        sa.Column("id", BIG_KEY, nullable=False),
        sa.Column("ballot_id", BIG_KEY, nullable=False),
        sa.Column("member_id", BIG_KEY, nullable=False),
        sa.Column("cell_id", BIG_KEY, nullable=False),
        sa.Column("membership_number", sa.String(length=40), nullable=False),
        sa.Column("category", sa.String(length=40), nullable=False),
        sa.Column("joined_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["ballot_id"], ["ballot.id"], name=op.f("fk_roll_entry_ballot_id_ballot")
        ),
        sa.ForeignKeyConstraint(
            ["cell_id"], ["roll_cell.id"], name=op.f("fk_roll_entry_cell_id_roll_cell")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_roll_entry_member_id_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roll_entry")),
        sa.UniqueConstraint("ballot_id", "id", name=op.f("uq_roll_entry_ballot_id_id")),
        sa.UniqueConstraint(
            "ballot_id", "member_id", name=op.f("uq_roll_entry_ballot_id_member_id")
        ),
    )
    op.create_index(op.f("ix_roll_entry_cell_id"), "roll_entry", ["cell_id"], unique=False)
    op.create_table(
        "turnout_counter",
        sa.Column("ballot_id", BIG_KEY, nullable=False),
        sa.Column("cell_id", BIG_KEY, nullable=False),
        sa.Column("writer", sa.Integer(), nullable=False),
        sa.Column("votes_cast", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["ballot_id"], ["ballot.id"], name=op.f("fk_turnout_counter_ballot_id_ballot")
        ),
        sa.ForeignKeyConstraint(
            ["cell_id"], ["roll_cell.id"], name=op.f("fk_turnout_counter_cell_id_roll_cell")
        ),
        sa.PrimaryKeyConstraint("ballot_id", "cell_id", "writer", name=op.f("pk_turnout_counter")),
    )
    op.create_table(
        "credential",
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("ballot_id", BIG_KEY, nullable=False),
        sa.Column("entry_id", BIG_KEY, nullable=False),
        sa.Column("issued_at", MOMENT, nullable=False),
        sa.Column("revoked_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["ballot_id", "entry_id"],
            ["roll_entry.ballot_id", "roll_entry.id"],
            name=op.f("fk_credential_ballot_id_entry_id_roll_entry"),
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_credential")),
    )
    op.create_index(
        "uq_credential_one_live_code",
        "credential",
        ["ballot_id", "entry_id"],
        unique=True,
        sqlite_where=sa.text("revoked_at IS NULL"),
        postgresql_where=sa.text("revoked_at IS NULL"),
    )
    op.create_table(
        "roll_mark",
        sa.Column("ballot_id", BIG_KEY, nullable=False),
        sa.Column("entry_id", BIG_KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["ballot_id", "entry_id"],
            ["roll_entry.ballot_id", "roll_entry.id"],
            name=op.f("fk_roll_mark_ballot_id_entry_id_roll_entry"),
        ),
        sa.PrimaryKeyConstraint("ballot_id", "entry_id", name=op.f("pk_roll_mark")),
        sqlite_with_rowid=False,
    )
    make_audit_log_append_only()


def downgrade() -> None:
    op.drop_table("roll_mark")
    op.drop_index(
        "uq_credential_one_live_code",
        table_name="credential",
        sqlite_where=sa.text("revoked_at IS NULL"),
        postgresql_where=sa.text("revoked_at IS NULL"),
    )
    op.drop_table("credential")
    op.drop_table("turnout_counter")
    op.drop_index(op.f("ix_roll_entry_cell_id"), table_name="roll_entry")
    op.drop_table("roll_entry")
    op.drop_table("answer")
    op.drop_index(op.f("ix_staff_session_staff_id"), table_name="staff_session")
    op.drop_table("staff_session")
    op.drop_table("roll_cell")
    op.drop_table("question")
    op.drop_index(op.f("ix_member_joined_on"), table_name="member")
    op.drop_index(op.f("ix_member_branch"), table_name="member")
    op.drop_table("member")
    op.drop_table("tally")
    op.drop_table("left_out")
    op.drop_index("ix_ballot_paper_receipt", table_name="ballot_paper")
    op.drop_table("ballot_paper")
    op.drop_index(op.f("ix_api_token_staff_id"), table_name="api_token")
    op.drop_table("api_token")
    op.drop_table("staff_account")
    op.drop_table("failure_count")
    op.drop_table("branch")
    op.drop_table("ballot")
    op.drop_table("audit_event")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION audit_event_refuse()")
