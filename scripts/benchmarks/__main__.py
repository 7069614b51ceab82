"""The command line behind `scripts/bench`."""

import argparse
import json
import sys

from .report import as_json, print_report
from .vote import Effort, run_vote_benchmark


def main() -> int:
    """Run the benchmark that was asked for; 1 means a limit was missed under --enforce."""
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    kinds = parser.add_subparsers(dest="kind", required=True)
    vote = kinds.add_parser("vote", help="how many votes a second, against four rivals")
    vote.add_argument("--rounds", type=int, default=3, help="how often each rival runs, in turn")
    vote.add_argument("--seconds", type=float, default=5.0, help="how long each run is measured")
    vote.add_argument("--clients", type=int, default=64, help="how many connections vote at once")
    vote.add_argument("--members", type=int, default=60_000, help="how many codes there are")
    vote.add_argument("--json", action="store_true", help="print figures for programs")
    vote.add_argument("--enforce", action="store_true", help="fail when a limit is missed")
    asked = parser.parse_args()
    effort = Effort(
        rounds=asked.rounds, seconds=asked.seconds, clients=asked.clients, members=asked.members
    )
    outcome = run_vote_benchmark(effort, tell=lambda line: print(line, file=sys.stderr))
    if asked.json:
        print(json.dumps(as_json(outcome), indent=2))
    else:
        print_report(outcome)
    return 1 if asked.enforce and not outcome.passed else 0


if __name__ == "__main__":
    sys.exit(main())
