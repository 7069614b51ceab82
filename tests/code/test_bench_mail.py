"""The benchmark of mail counts what it times: a small run of it, and what it refuses to time."""

import pytest

from scripts.benchmarks.crew import processes
from scripts.benchmarks.mail import Effort, NotSent, load_roll, measure, run_mail_benchmark
from scripts.benchmarks.post_office import post_office
from tests.support.one_database import ON_ONE_DATABASE


def test_a_small_run_queues_all_and_times_those_that_leave():
    found = run_mail_benchmark(Effort(rounds=1, messages=30, leaving=8), tell=print)
    rounds = {each.words: each.rounds for each in found.figures}
    assert len(rounds) == 6
    assert all(len(each) == 1 and each[0] > 0 for each in rounds.values())
    assert [limit.most for limit in found.limits] == [30, 30, None, None]


@ON_ONE_DATABASE
def test_a_message_that_does_not_leave_is_no_measurement(database_server, tmp_path):
    url = load_roll(database_server, members=3)
    with post_office(tmp_path) as office, processes(1) as pool:
        measure(url, office, pool, effort=Effort(1, messages=3, leaving=2))
        with pytest.raises(NotSent, match="3 messages where 4 should be"):
            measure(url, office, pool, effort=Effort(1, messages=4, leaving=2))
    database_server.drop(url)
