"""The command line behind `scripts/bench`."""

import argparse
import json
import sys
from collections.abc import Callable

from . import findings
from .largest import Union
from .report import as_json, print_report

Tell = Callable[[str], None]


def _vote(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rounds", type=int, default=3, help="how often each rival runs, in turn")
    parser.add_argument("--seconds", type=float, default=5.0, help="how long each run is measured")
    parser.add_argument("--clients", type=int, default=64, help="how many connections vote at once")
    parser.add_argument("--members", type=int, default=60_000, help="how many codes there are")


def _run_vote(asked: argparse.Namespace, tell: Tell) -> bool:
    from .vote import Effort, run_vote_benchmark

    effort = Effort(
        rounds=asked.rounds, seconds=asked.seconds, clients=asked.clients, members=asked.members
    )
    outcome = run_vote_benchmark(effort, tell=tell)
    if asked.json:
        print(json.dumps(as_json(outcome), indent=2))
    else:
        print_report(outcome)
    return outcome.passed


def _turnout(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rounds", type=int, default=3, help="how often each is measured")
    parser.add_argument("--seconds", type=float, default=3.0, help="how long each slice takes")
    parser.add_argument("--entitled", type=int, default=1_300_000, help="how large the union is")
    parser.add_argument("--entries", type=int, default=130_000, help="of them with an entry")
    parser.add_argument("--votes", type=int, default=700_000, help="how many have voted")
    parser.add_argument("--branches", type=int, default=500, help="how many branches there are")
    parser.add_argument("--workplaces", type=int, default=4, help="of each branch")


def _run_turnout(asked: argparse.Namespace, tell: Tell) -> bool:
    from .turnout import Effort, run_turnout_benchmark

    union = Union(
        entitled=asked.entries,
        entitled_in_cells=asked.entitled,
        codes=asked.entries,
        branches=asked.branches,
        workplaces=asked.workplaces,
        earlier_votes=asked.votes,
    )
    effort = Effort(asked.rounds, seconds=asked.seconds, union=union)
    return _show(run_turnout_benchmark(effort, tell=tell), asked)


def _streams(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rounds", type=int, default=3, help="how often each is measured")
    parser.add_argument("--seconds", type=float, default=20.0, help="how long each run takes")
    parser.add_argument("--dashboards", type=int, default=2000, help="how many watch")
    parser.add_argument("--pace", type=float, default=500, help="how many votes a second arrive")


def _run_streams(asked: argparse.Namespace, tell: Tell) -> bool:
    from .streams import Effort, run_streams_benchmark

    effort = Effort(asked.rounds, asked.seconds, asked.pace, dashboards=asked.dashboards)
    return _show(run_streams_benchmark(effort, tell=tell), asked)


def _rush(parser: argparse.ArgumentParser) -> None:
    # Each takes five minutes; from three on the figures are medians of something.
    parser.add_argument("--rounds", type=int, default=1, help="how often it happens")
    parser.add_argument("--minutes", type=float, default=5.0, help="how long, at the same pace")
    parser.add_argument("--dashboards", type=int, default=500, help="how many watch")


def _run_rush(asked: argparse.Namespace, tell: Tell) -> bool:
    from .rush import Effort, run_rush_benchmark

    effort = Effort(asked.rounds, minutes=asked.minutes, dashboards=asked.dashboards)
    return _show(run_rush_benchmark(effort, tell=tell), asked)


def _growth(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rounds", type=int, default=3, help="how often each size is measured")
    parser.add_argument("--votes", type=int, default=12_000, help="how many are cast in a run")
    parser.add_argument(
        "--sizes", type=int, nargs="+", default=[1000, 100_000, 1_300_000], help="entitled"
    )


def _run_growth(asked: argparse.Namespace, tell: Tell) -> bool:
    from .growth import Effort, run_growth_benchmark

    effort = Effort(asked.rounds, votes=asked.votes, sizes=tuple(asked.sizes))
    return _show(run_growth_benchmark(effort, tell=tell), asked)


def _import(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rounds", type=int, default=3, help="how often the file is imported")
    parser.add_argument("--rows", type=int, default=200_000, help="how many members are in it")


def _run_import(asked: argparse.Namespace, tell: Tell) -> bool:
    from .imports import Effort, run_import_benchmark

    effort = Effort(asked.rounds, rows=asked.rows)
    return _show(run_import_benchmark(effort, tell=tell), asked)


def _past(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rounds", type=int, default=9, help="how often the file is sent")
    parser.add_argument("--units", type=int, default=1000, help="how many units are in it")


def _run_past(asked: argparse.Namespace, tell: Tell) -> bool:
    from .past import Effort, run_past_benchmark

    effort = Effort(asked.rounds, units=asked.units)
    return _show(run_past_benchmark(effort, tell=tell), asked)


def _mail(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rounds", type=int, default=3, help="how often each is measured")
    parser.add_argument("--messages", type=int, default=100_000, help="how many are queued")
    parser.add_argument("--leaving", type=int, default=20_000, help="how many of them leave")
    parser.add_argument("--connections", type=int, default=4, help="to the mail server at once")


def _run_mail(asked: argparse.Namespace, tell: Tell) -> bool:
    from .mail import Effort, run_mail_benchmark

    effort = Effort(
        asked.rounds,
        messages=asked.messages,
        leaving=asked.leaving,
        connections=asked.connections,
    )
    return _show(run_mail_benchmark(effort, tell=tell), asked)


def _pages(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rounds", type=int, default=3, help="how often each page is opened")


def _run_pages(asked: argparse.Namespace, tell: Tell) -> bool:
    from .pages import Effort, run_pages_benchmark

    return _show(run_pages_benchmark(Effort(asked.rounds), tell=tell), asked)


def _show(found: findings.Findings, asked: argparse.Namespace) -> bool:
    if asked.json:
        print(json.dumps(findings.as_json(found), indent=2))
    else:
        findings.print_findings(found)
    return found.passed


KINDS = {
    "vote": ("how many votes a second, against four rivals", _vote, _run_vote),
    "turnout": ("how long the turnout page takes, and what it costs votes", _turnout, _run_turnout),
    "streams": ("what thousands of dashboards cost", _streams, _run_streams),
    "growth": ("whether votes are as fast in the largest union", _growth, _run_growth),
    "rush": ("60,000 votes in five minutes, each looked for", _rush, _run_rush),
    "past": ("how long the rules of every period take over 1,000 units", _past, _run_past),
    "mail": ("how long 100,000 messages are queued, and how fast they leave", _mail, _run_mail),
    "pages": ("what pages weigh, and when a slow phone shows them", _pages, _run_pages),
    "import": ("rows a second beside a raw COPY of the same file", _import, _run_import),
}


def main() -> int:
    """Run the benchmark that was asked for; 1 means a limit was missed under --enforce."""
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    kinds = parser.add_subparsers(dest="kind", required=True)
    for kind, (words, add_options, run) in KINDS.items():
        options = kinds.add_parser(kind, help=words)
        add_options(options)
        options.add_argument("--json", action="store_true", help="print figures for programs")
        options.add_argument("--enforce", action="store_true", help="fail when a limit is missed")
        options.set_defaults(run=run)
    asked = parser.parse_args()
    passed = asked.run(asked, lambda line: print(line, file=sys.stderr))
    return 1 if asked.enforce and not passed else 0


if __name__ == "__main__":
    sys.exit(main())
