"""An officer sets up a second factor, signs in with it, and is asked again before it matters."""

from contextlib import contextmanager

import pyotp
import pytest
from playwright.sync_api import expect

from app.core.database import Database
from app.core.settings import Settings
from app.security.models import Role
from tests.conftest import SECRET
from tests.support.browser import a_page, fits
from tests.support.servers import RealServer, running_server
from tests.support.staff import PASSWORD, events_of, given_account

# A phone that opens its keys by a finger, which is always on it.
PHONE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
# A proof lasts so long, in seconds, that nobody has to wait ten minutes for it to be over.
SHORT = 3


class NamedServer(RealServer):
    """Known by a name and not by a number: browsers bind passkeys to names."""

    def __init__(self, environment, **how):
        super().__init__(environment, **how)
        self.base_url = f"http://localhost:{self.port}"
        self._environment = dict(environment) | {"MUSTER_BASE_URL": self.base_url}


@contextmanager
def a_service(sqlite):
    url = sqlite.create_migrated()
    settings = Settings(database_url=url, secret_key=SECRET)
    database = Database(url)
    strict = {"MUSTER_SECOND_FACTOR": "required", "MUSTER_PROOF_LASTS": str(SHORT)}
    with running_server(settings, kind=NamedServer, **strict) as server:
        yield database, server.base_url
    database.dispose()
    sqlite.drop(url)


@pytest.fixture(scope="module")
def service(sqlite):
    with a_service(sqlite) as service:
        yield service


def hold_phone(page, **instead):
    """Let the browser have a device that keeps passkeys; returns the line to it and its id."""
    line = page.context.new_cdp_session(page)
    line.send("WebAuthn.enable")
    made = line.send("WebAuthn.addVirtualAuthenticator", {"options": PHONE | instead})
    return line, made["authenticatorId"]


def type_password(page, name):
    page.goto("/sign-in")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def sign_out(page):
    page.get_by_role("button", name="Sign out", exact=True).click()
    page.wait_for_url("**/sign-in")


def heading(page, words):
    expect(page.get_by_role("heading", level=1, name=words)).to_be_visible()


def fill_invitation(page, name):
    page.goto("/hq/staff")
    page.locator("#name").fill(name)
    page.locator("#role").select_option("scrutineer")
    page.wait_for_timeout(1000 * SHORT)
    page.get_by_role("button", name="Make the link").click()


def test_a_passkey_from_its_making_to_an_act_that_needs_it(browser, service):
    database, base_url = service
    given_account(database, "anna")
    with a_page(browser, base_url=base_url) as page:
        line, phone = hold_phone(page)
        type_password(page, "anna")
        heading(page, "Set up your second factor")
        page.get_by_label("Name of the device").fill("Anna’s phone")
        page.get_by_role("button", name="Set up a passkey").click()
        heading(page, "Your recovery codes")
        assert page.locator(".recovery-codes li").count() == 10
        assert fits(page)
        page.get_by_role("link", name="I have kept them").click()
        page.wait_for_url("**/staff")
        [key] = line.send("WebAuthn.getCredentials", {"authenticatorId": phone})["credentials"]
        assert key["rpId"] == "localhost"

        sign_out(page)
        type_password(page, "anna")
        heading(page, "Your second factor")
        page.goto("/staff")
        heading(page, "Your second factor")
        page.get_by_role("button", name="Use a passkey").click()
        page.wait_for_url("**/staff")

        fill_invitation(page, "sam")
        heading(page, "Confirm that it is you")
        page.get_by_role("button", name="Use a passkey").click()
        heading(page, "The link for sam")
        page.goto("/staff/account")
        expect(page.get_by_text("Passkey: Anna’s phone")).to_be_visible()
    by = [event.details.get("by") for event in events_of(database) if event.actor == "anna"]
    assert by.count("passkey") == 3


def test_a_device_that_does_not_check_its_holder_is_no_factor(browser, service):
    database, base_url = service
    given_account(database, "bea")
    with a_page(browser, base_url=base_url) as page:
        hold_phone(page, isUserVerified=False)
        type_password(page, "bea")
        heading(page, "Set up your second factor")
        page.get_by_role("button", name="Set up a passkey").click()
        expect(page.get_by_text("The passkey could not be used")).to_be_visible()
        page.goto("/staff")
        heading(page, "Set up your second factor")


def test_an_app_and_recovery_codes_without_script(browser, service):
    database, base_url = service
    given_account(database, "cat")
    with a_page(browser, base_url=base_url, script=False) as page:
        type_password(page, "cat")
        heading(page, "Set up your second factor")
        expect(page.get_by_role("button", name="Set up a passkey")).to_have_count(0)
        page.get_by_text("I read this on that phone, or cannot scan it").click()
        secret = "".join(page.locator(".code-block").inner_text().split())
        page.get_by_label("Code that the app shows").fill(pyotp.TOTP(secret).now())
        page.get_by_role("button", name="Set up the app").click()
        heading(page, "Your recovery codes")
        codes = page.locator(".recovery-codes li").all_inner_texts()
        page.get_by_role("link", name="I have kept them").click()
        sign_out(page)

        type_password(page, "cat")
        page.get_by_label("Code from your app").fill("000000")
        page.get_by_role("button", name="Go on").click()
        expect(page.get_by_role("link", name="That was not right")).to_be_visible()
        page.get_by_label("Code from your app").fill(codes[0])
        page.get_by_role("button", name="Go on").click()
        page.wait_for_url("**/staff")

        fill_invitation(page, "tom")
        heading(page, "Confirm that it is you")
        page.get_by_label("Code from your app").fill(codes[1])
        page.get_by_role("button", name="Confirm and go on").click()
        heading(page, "The link for tom")
        link = page.locator(".code-block").inner_text().split()[-1]

    with a_page(browser, base_url=base_url) as page:
        page.goto(link.removeprefix(base_url))
        heading(page, "Make your account")
        page.get_by_label("Choose a password").fill(PASSWORD)
        page.get_by_role("button", name="Make the account").click()
        heading(page, "Set up your second factor")
        page.goto(link.removeprefix(base_url))
        expect(page.get_by_text("This invitation does not work")).to_be_visible()


def test_a_branch_officer_is_let_in_by_the_password(browser, service):
    database, base_url = service
    given_account(database, "bo", role=Role.BRANCH, branch="Leeds")
    with a_page(browser, base_url=base_url) as page:
        type_password(page, "bo")
        page.wait_for_url("**/staff")
