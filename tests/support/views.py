"""Every page of Muster in the demonstration's data: its route, who reads it, what they did before.

Pictures (`scripts/screenshots`), the tests of accessibility and `scripts/bench pages` look at this
list, so a page that is missing here is missing in none of them unseen.
"""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import pyotp
from playwright.sync_api import Page

from app.demo.scenes import DECLARED, OPEN, PLANNED, RECEIPT, TO_COME

A_PASSWORD = "correct horse battery"
HQ, OFFICER, SCRUTINEER = "h.mensah", "b.charlton", "s.okoro"
Step = Callable[[Page], object]


@dataclass(frozen=True)
class View:
    """One page in one state.

    Args:
        name: names its picture, and starts with who it is for.
        route: the pattern of the route whose page this is.
        address: where it is; "{code}" stands for a voting code that nobody has used.
        who: the account that reads it, if any.
        steps: what is filled in and pressed once the address is open.
        in_welsh: whether it is there in both languages.
        apart: whether it needs a window of its own, because its steps sign in as somebody else.
    """

    name: str
    route: str
    address: str
    who: str | None = None
    steps: Sequence[Step] = ()
    in_welsh: bool = False
    apart: bool = False

    def address_in(self, language: str, *, code: str) -> str:
        """Return the address with its code and, where there are two, its language."""
        address = self.address.replace("{code}", code)
        if not self.in_welsh:
            return address
        return f"{address}{'&' if '?' in address else '?'}lang={language}"


def _press(page: Page) -> None:
    """Send the page's own form. The button is found by its place: its words may be Welsh."""
    page.locator("main form button.govuk-button[type=submit]").last.click()
    page.wait_for_load_state()


def _press_first(page: Page) -> None:
    page.locator("main form button.govuk-button[type=submit]").first.click()
    page.wait_for_load_state()


def _follow(page: Page) -> None:
    """Follow the first link: an example, or the lists of a page."""
    page.locator("main a").first.click()
    page.wait_for_load_state()


def _return(page: Page) -> None:
    """Open the voting link again, two steps after it."""
    page.evaluate("history.go(-2)")
    page.wait_for_url("**/vote/*-*")


def _follow_to(part: str) -> Step:
    def follow(page: Page) -> None:
        page.locator(f"main a[href*='{part}']").last.click()
        page.wait_for_load_state()

    return follow


def _make_and_open(page: Page) -> None:
    """Make a link that is shown once, and open it in the language of the page before."""
    language = "cy" if "lang=cy" in page.url else "en"
    _press_first(page)
    link = page.locator(".code-block").inner_text().split()[-1]
    page.goto(f"{link}?lang={language}")


def _fill(**fields: str) -> Step:
    def fill(page: Page) -> None:
        for field, typed in fields.items():
            page.locator(f"#{field}").fill(typed)

    return fill


def _invite(page: Page) -> None:
    """Invite somebody of a name that nobody has yet."""
    page.locator("#name").fill(f"a colleague {secrets.token_hex(4)}")
    page.locator("#role").select_option("scrutineer")
    _press(page)


def _open_link(page: Page) -> None:
    """Open the link that is shown, as whoever it was passed on to."""
    link = page.locator(".code-block").inner_text().split()[-1]
    page.context.clear_cookies()
    page.goto(link)


def _join(page: Page) -> None:
    page.locator("#password").fill(A_PASSWORD)
    _press(page)


def _set_up_app(page: Page) -> None:
    page.goto("/staff/factors/new")
    page.locator("summary").first.click()
    secret = "".join(page.locator(".code-block").inner_text().split())
    page.locator("#code").fill(pyotp.TOTP(secret).now())
    page.get_by_role("button", name="Set up the app").click()
    page.wait_for_load_state()


def _sign_in_again(page: Page) -> None:
    page.goto("/staff")
    name = page.locator(".masthead__aside a").inner_text()
    page.context.clear_cookies()
    page.goto("/sign-in")
    page.locator("#name").fill(name)
    page.locator("#password").fill(A_PASSWORD)
    _press_first(page)


def _go_to(address: str) -> Step:
    def go(page: Page) -> None:
        page.goto(address)

    return go


def _choose(page: Page) -> None:
    page.locator("label[for=q1-2]").click()


def _upload(content: str) -> Step:
    file = {"name": "members.csv", "mimeType": "text/csv", "buffer": content.encode()}

    def upload(page: Page) -> None:
        page.locator("#file").set_input_files(file)  # type: ignore[arg-type]  # its own TypedDict
        _press(page)

    return upload


CLEAR = (
    "membership_number,given_name,family_name,branch,category,joined_on\n"
    "7001,Llŷr,Gwŷdd-Featherstonehaugh,Fenland,full,2026-03-01\n"
    "7002,Owen,Price,A new branch of the north and the islands,full,2026-03-01\n"
    "7003,Nia,Rees,Fenland,full,never\n"
)
UNCLEAR = "No,First,Last,Where,Since\n7004,Ann,Lee,Gwent,2026-01-05\n"

MEMBER = [
    View("member-code", "/vote", "/vote"),
    View("member-code-error", "/vote", "/vote", steps=[_press]),
    View("member-code-wrong", "/vote", "/vote", steps=[_fill(code="AAAA-BBBB"), _press]),
    View("member-question", "/vote/{code:path}", "/vote/{code}"),
    View("member-question-error", "/vote/{code:path}", "/vote/{code}", steps=[_press]),
    View("member-check", "/vote/{code:path}", "/vote/{code}", steps=[_choose, _press]),
    View(
        "member-receipt",
        "/vote/{code:path}",
        "/vote/{code}",
        steps=[_choose, _press, _press],
    ),
    View(
        "member-already-voted",
        "/vote/{code:path}",
        "/vote/{code}",
        steps=[_choose, _press, _press, _return],
    ),
    View("member-unknown", "/vote/{code:path}", "/vote/AAAA-BBBB-CCCC-DDDD"),
]
PUBLIC = [
    View("public-landing", "/", "/"),
    View("public-ballot-open", "/ballots/{slug}", f"/ballots/{OPEN}"),
    View("public-ballot-to-come", "/ballots/{slug}", f"/ballots/{TO_COME}"),
    View("public-ballot-declared", "/ballots/{slug}", f"/ballots/{DECLARED}"),
    View("public-timetable", "/ballots/{slug}/timetable", f"/ballots/{OPEN}/timetable"),
    View("public-board", "/ballots/{slug}/board", f"/ballots/{DECLARED}/board"),
    View("public-receipt", "/ballots/{slug}/receipt", f"/ballots/{DECLARED}/receipt"),
    View("public-receipt-open", "/ballots/{slug}/receipt", f"/ballots/{OPEN}/receipt"),
    View(
        "public-receipt-error",
        "/ballots/{slug}/receipt",
        f"/ballots/{DECLARED}/receipt",
        steps=[_fill(receipt="1234"), _press],
    ),
    View(
        "public-receipt-found",
        "/ballots/{slug}/receipt",
        f"/ballots/{DECLARED}/receipt",
        steps=[_fill(receipt=RECEIPT), _press],
    ),
    View("public-statement", "/ballots/{slug}/statement", f"/ballots/{DECLARED}/statement"),
    View("public-secrecy", "/secrecy", "/secrecy"),
    View("public-my-details", "/my-details", "/my-details"),
    View("public-my-details-error", "/my-details", "/my-details", steps=[_press]),
    View(
        "public-asked",
        "/lost-link",
        "/lost-link",
        steps=[_fill(number="1", proof="AB1 2CD"), _press],
    ),
    View("public-lost-link", "/lost-link", "/lost-link"),
    View("public-calculator", "/calculator", "/calculator"),
    View("public-calculator-answer", "/calculator", "/calculator", steps=[_follow]),
    View("public-calculator-error", "/calculator", "/calculator", steps=[_press]),
    View("public-past-results", "/past-results", "/past-results"),
    View("public-past-results-answer", "/past-results", "/past-results?example=true"),
    View("public-past-results-error", "/past-results", "/past-results", steps=[_press]),
    View("public-law", "/law", "/law"),
    View("public-checkpoints", "/audit/checkpoints", "/audit/checkpoints"),
    View("public-refusal", "/ballots/{slug}", "/ballots/nothing-here"),
]
# For programs; Welsh has nothing to add.
ENGLISH = [
    View("public-docs", "/docs", "/docs"),
    View("staff-sign-in", "/sign-in", "/sign-in"),
    View("staff-sign-in-error", "/sign-in", "/sign-in", steps=[_press]),
]


def _hq(name: str, route: str, slug: str = OPEN, *, steps: Sequence[Step] = ()) -> View:
    return View(f"hq-{name}", route, route.replace("{slug}", slug), who=HQ, steps=steps)


HEADQUARTERS = [
    _hq("home", "/staff"),
    _hq("roll", "/hq/roll"),
    View("hq-roll-import", "/hq/roll/imports/{import_id}", "/hq/roll", HQ, [_upload(CLEAR)]),
    View(
        "hq-roll-columns",
        "/hq/roll/imports/{import_id}/columns",
        "/hq/roll",
        who=HQ,
        steps=[_upload(UNCLEAR)],
    ),
    _hq("ballot-new", "/hq/ballots/new"),
    _hq("ballot-new-error", "/hq/ballots/new", steps=[_press]),
    _hq("ballot-open", "/hq/ballots/{slug}"),
    _hq("ballot-to-come", "/hq/ballots/{slug}", TO_COME),
    _hq("ballot-draft", "/hq/ballots/{slug}", PLANNED),
    _hq("ballot-declared", "/hq/ballots/{slug}", DECLARED),
    _hq("turnout", "/hq/ballots/{slug}/turnout"),
    _hq("turnout-to-come", "/hq/ballots/{slug}/turnout", TO_COME),
    _hq("turnout-closed", "/hq/ballots/{slug}/turnout", DECLARED),
    _hq("turnout-wall", "/hq/ballots/{slug}/turnout/wall"),
    _hq("invitations", "/hq/ballots/{slug}/invitations"),
    _hq("words", "/hq/ballots/{slug}/words", TO_COME),
    View(
        "hq-words-of-one",
        "/hq/ballots/{slug}/words/{message}",
        f"/hq/ballots/{TO_COME}/words",
        who=HQ,
        steps=[_follow_to("/words/")],
    ),
    _hq("delivery", "/hq/ballots/{slug}/delivery"),
    _hq("letters", "/staff/ballots/{slug}/letters"),
    _hq("texts", "/hq/ballots/{slug}/texts"),
    _hq("new-link", "/hq/ballots/{slug}/new-link"),
    _hq("changes-of-law", "/hq/changes-of-law"),
    _hq("entitlement", "/hq/ballots/{slug}/entitlement"),
    _hq("roll-changes", "/hq/ballots/{slug}/roll"),
    View(
        "hq-exclusion",
        "/hq/ballots/{slug}/roll/exclusions/{number}",
        f"/hq/ballots/{TO_COME}/roll",
        who=HQ,
        steps=[
            _fill(number="000100", why="Left before voting opened"),
            _press,
            _follow_to("/exclusions/"),
        ],
    ),
    _hq("close", "/hq/ballots/{slug}/close"),
    _hq("reminders", "/hq/ballots/{slug}/reminders"),
    _hq("codes", "/staff/ballots/{slug}/codes"),
    _hq("cancel", "/staff/ballots/{slug}/cancel"),
    _hq("cancel-error", "/staff/ballots/{slug}/cancel", steps=[_press]),
    _hq("cancel-declared", "/staff/ballots/{slug}/cancel", DECLARED),
    _hq("contact", "/hq/ballots/{slug}/contact", PLANNED),
    _hq("cut-off", "/hq/ballots/{slug}/cut-off", PLANNED),
    _hq("webhooks", "/hq/webhooks"),
    _hq("evidence", "/staff/ballots/{slug}/evidence", DECLARED),
    _hq("evidence-to-come", "/staff/ballots/{slug}/evidence"),
    _hq("audit", "/staff/audit"),
    _hq("assessment", "/staff/assessment"),
    View("hq-audit-error", "/staff/audit", "/staff/audit?day=soon", who=HQ),
    _hq(
        "webhook-key",
        "/hq/webhooks",
        steps=[_fill(url="https://example.org/muster"), _press],
    ),
    replace(_hq("branch-choice", "/branch/{slug}"), in_welsh=True),
]


_JOINED = (_invite, _open_link, _join, _set_up_app)


def _own(name: str, route: str, *steps: Step, address: str = "/hq/staff") -> View:
    """A page of an officer's own account; with steps it is a new colleague's."""
    return View(f"staff-{name}", route, address, who=HQ, steps=steps, apart=bool(steps))


ACCOUNTS = [
    _hq("staff", "/hq/staff"),
    _hq("staff-error", "/hq/staff", steps=[_press]),
    _hq("staff-invited", "/hq/staff", steps=[_invite]),
    _own("invitation", "/sign-in/invitation/{secret}", _invite, _open_link),
    _own("invitation-error", "/sign-in/invitation/{secret}", _invite, _open_link, _press),
    _own("account", "/staff/account", address="/staff/account"),
    _own("account-with-app", "/staff/account", *_JOINED, _go_to("/staff/account")),
    _own("new-factor", "/staff/factors/new", address="/staff/factors/new"),
    _own("new-factor-error", "/staff/factors/new", _press_first, address="/staff/factors/new"),
    _own("recovery-codes", "/staff/factors/new", *_JOINED),
    _own("factor", "/sign-in/factor", *_JOINED, _sign_in_again),
    _own("factor-error", "/sign-in/factor", *_JOINED, _sign_in_again, _press_first),
    _own("confirm", "/staff/confirm", address="/staff/confirm"),
    _own("confirm-error", "/staff/confirm", _press, address="/staff/confirm"),
]


def _officer(name: str, route: str, slug: str = OPEN) -> View:
    return View(f"branch-{name}", route, route.replace("{slug}", slug), who=OFFICER)


BRANCH_OFFICER = [
    _officer("home", "/staff"),
    _officer("ballot-open", "/branch/{slug}"),
    _officer("ballot-to-come", "/branch/{slug}", TO_COME),
    _officer("ballot-draft", "/branch/{slug}", PLANNED),
    _officer("ballot-declared", "/branch/{slug}", DECLARED),
    _officer("delivery", "/branch/{slug}/delivery"),
    _officer("ask", "/branch/{slug}/ask"),
    _officer("not-voted", "/branch/{slug}/not-voted"),
    _officer("notice", "/branch/{slug}/notice", PLANNED),
    _officer("links", "/branch/{slug}/links"),
    replace(_officer("link-made", "/branch/{slug}/links"), steps=[_press_first]),
    View(
        "branch-link-opened",
        "/turnout/{secret}",
        f"/branch/{OPEN}/links",
        who=OFFICER,
        steps=[_make_and_open],
    ),
]
COUNT = [
    View("scrutineer-home", "/staff", "/staff", who=SCRUTINEER),
    View("scrutineer-audit", "/staff/audit", "/staff/audit", who=SCRUTINEER),
    View("scrutineer-assessment", "/staff/assessment", "/staff/assessment", who=SCRUTINEER),
    View(
        "scrutineer-codes",
        "/staff/ballots/{slug}/codes",
        f"/staff/ballots/{TO_COME}/codes",
        who=SCRUTINEER,
    ),
    View(
        "scrutineer-count",
        "/staff/ballots/{slug}/count",
        f"/staff/ballots/{DECLARED}/count",
        who=SCRUTINEER,
    ),
    View(
        "scrutineer-declare",
        "/staff/ballots/{slug}/declare",
        f"/staff/ballots/{DECLARED}/declare",
        who=SCRUTINEER,
    ),
    View(
        "scrutineer-statement",
        "/staff/ballots/{slug}/statement",
        f"/staff/ballots/{DECLARED}/statement",
        who=SCRUTINEER,
    ),
    View(
        "scrutineer-evidence",
        "/staff/ballots/{slug}/evidence",
        f"/staff/ballots/{DECLARED}/evidence",
        who=SCRUTINEER,
    ),
    View(
        "scrutineer-evidence-key",
        "/staff/ballots/{slug}/evidence",
        f"/staff/ballots/{DECLARED}/evidence",
        who=SCRUTINEER,
        steps=[_press],
    ),
]


def _in_both(views: Sequence[View]) -> list[View]:
    return [replace(view, in_welsh=True) for view in views]


VIEWS = (
    *_in_both(MEMBER),
    *_in_both(PUBLIC),
    *ENGLISH,
    *HEADQUARTERS,
    *ACCOUNTS,
    *_in_both(BRANCH_OFFICER),
    *COUNT,
)
