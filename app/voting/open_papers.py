"""The one migration that brought the seal: papers that lay open before it are sealed.

From then on an open paper in a box that was not counted did not come through the box, and stops the
count: whoever writes to the database needs no key for one (docs/decisions/0047).
"""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import col

from app.core.database import Database
from app.core.settings import Settings
from app.voting.models import BallotPaper
from app.voting.paper import paper_of
from app.voting.seal import clear_traces, hold_box, put_back, take_papers
from app.voting.sealing import seal_of
from app.voting.stirring import running_boxes


def is_from_before_the_seal(database: Database) -> bool:
    """Say whether a database has papers of the schema that knew no seal."""
    found = sa.inspect(database.engine)
    table = BallotPaper.__tablename__
    return found.has_table(table) and "sealed" not in {
        column["name"] for column in found.get_columns(table)
    }


def seal_open_papers(database: Database, *, settings: Settings, now: datetime) -> None:
    """Seal the open papers of running ballots, while no process runs.

    Args:
        database: one that was from before the seal, and was migrated this moment.
        settings: the keys.
        now: this moment.
    """
    with database.writing() as session:
        for ballot_id, slug in running_boxes(session, now=now):
            seal, width = seal_of(settings, slug), paper_of(session, slug).width
            hold_box(session, ballot_id)
            here = col(BallotPaper.ballot_id) == ballot_id
            papers = list(take_papers(session, here & col(BallotPaper.sealed).is_(None)))
            for paper in papers:
                digest = paper["receipt_digest"]
                paper["sealed"] = seal.seal(paper["answers"], receipt_digest=digest, width=width)
                paper |= {"answers": None, "receipt_digest": seal.lookup(digest)}
            put_back(session, papers)
    clear_traces(database)
