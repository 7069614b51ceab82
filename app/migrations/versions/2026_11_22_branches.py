"""What a branch sees: cells of the frozen roll know whether their members can be reached."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

GROUP = ("ballot_id", "branch", "region", "employer", "workplace")
OLD_NAME = "uq_roll_cell_ballot_id_branch_region_employer_workplace"
NEW_NAME = "uq_roll_cell_group"

# The first cell of each group takes what the downgrade puts together.
FIRST_OF_EACH = """
CREATE TEMPORARY TABLE first_cell AS
SELECT cell.id AS cell_id, MIN(twin.id) AS first_id
FROM roll_cell cell JOIN roll_cell twin
  ON twin.ballot_id = cell.ballot_id AND twin.branch = cell.branch AND twin.region = cell.region
  AND twin.employer = cell.employer AND twin.workplace = cell.workplace
GROUP BY cell.id
"""
SUMS = """
CREATE TEMPORARY TABLE counted AS
SELECT c.ballot_id, f.first_id AS cell_id, c.writer, SUM(c.votes_cast) AS votes_cast
FROM turnout_counter c JOIN first_cell f ON f.cell_id = c.cell_id
GROUP BY c.ballot_id, f.first_id, c.writer
"""
COUNT_AGAIN = """
INSERT INTO turnout_counter (ballot_id, cell_id, writer, votes_cast)
SELECT ballot_id, cell_id, writer, votes_cast FROM counted
"""
MOVE_ENTRIES = """
UPDATE roll_entry
SET cell_id = (SELECT first_id FROM first_cell f WHERE f.cell_id = roll_entry.cell_id)
"""
TOTAL_SIZES = """
CREATE TEMPORARY TABLE total_size AS
SELECT f.first_id AS cell_id, SUM(c.entitled) AS entitled, SUM(c.added) AS added,
  SUM(c.removed) AS removed
FROM roll_cell c JOIN first_cell f ON f.cell_id = c.id GROUP BY f.first_id
"""
WRITE_SIZES = """
UPDATE roll_cell
SET entitled = (SELECT t.entitled FROM total_size t WHERE t.cell_id = roll_cell.id),
  added = (SELECT t.added FROM total_size t WHERE t.cell_id = roll_cell.id),
  removed = (SELECT t.removed FROM total_size t WHERE t.cell_id = roll_cell.id)
"""


def upgrade() -> None:
    """Leave the cells of rolls frozen before this day without an answer: nobody asked then."""
    with op.batch_alter_table("roll_cell", table_args=_checks()) as table:
        table.add_column(sa.Column("reachable", sa.Boolean(), nullable=True))
        table.drop_constraint(op.f(OLD_NAME), type_="unique")
        table.create_unique_constraint(op.f(NEW_NAME), [*GROUP, "reachable"])


def downgrade() -> None:
    """Put the two halves of each group together again: entries, counters and sizes."""
    op.execute(FIRST_OF_EACH)
    op.execute(SUMS)
    op.execute("DELETE FROM turnout_counter")
    op.execute(COUNT_AGAIN)
    op.execute(MOVE_ENTRIES)
    op.execute(TOTAL_SIZES)
    op.execute("DELETE FROM roll_cell WHERE id NOT IN (SELECT first_id FROM first_cell)")
    op.execute(WRITE_SIZES)
    for scratch in ("first_cell", "counted", "total_size"):
        op.execute(f"DROP TABLE {scratch}")
    with op.batch_alter_table("roll_cell", table_args=_checks()) as table:
        table.drop_constraint(op.f(NEW_NAME), type_="unique")
        table.drop_column("reachable")
        table.create_unique_constraint(op.f(OLD_NAME), list(GROUP))


def _checks() -> tuple[sa.CheckConstraint, ...]:
    """SQLite builds the table anew, and does not remember its own checks."""
    return (sa.CheckConstraint("entitled >= 0", name=op.f("ck_roll_cell_entitled_is_a_count")),)
