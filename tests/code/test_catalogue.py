"""The Welsh catalogue: no sentence is missing, and templates read in Welsh are marked."""

import importlib.util
import re
import shutil
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from jinja2 import nodes

from app.web.templating import TEMPLATES, environment

ROOT = Path(__file__).parents[2]
BILINGUAL = (
    "branch/",
    "components/form",
    "components/language",
    "components/periods",
    "components/statement",
    "components/timetable",
    "components/unit_chart",
    "components/units",
    "layouts/base",
    "layouts/member",
    "member/",
    "public/_checking",
    "public/_help",
    "public/_published",
    "public/_sharing",
    "public/ballot",
    "public/board",
    "public/calculator",
    "public/checkpoints",
    "public/_past_answer",
    "public/landing",
    "public/law",
    "public/past_results",
    "public/receipt",
    "public/refusal",
    "public/secrecy",
    "public/statement",
    "public/timetable",
    "public/turnout",
    "request/",
    "staff/_ballot_head",
    "staff/home_branch",
)
NAMES = sorted(
    name
    for path in TEMPLATES.rglob("*.html")
    if (name := path.relative_to(TEMPLATES).as_posix()).startswith(BILINGUAL)
)
# What stands on a Welsh page as it is: the name, and what the other language calls itself.
AS_THEY_ARE = {"Muster", "English", "Cymraeg"}
SAID = re.compile(r"""\b(?:aria-label|data-label|title|alt|placeholder)="([^"]*)\"""")


@pytest.fixture(scope="module")
def messages():
    spec = importlib.util.spec_from_file_location("messages", ROOT / "scripts/messages.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def house(tmp_path, messages):
    """A copy of what is collected from, to break."""
    read = (*messages.REFUSALS, *messages.OF_THE_RULES)
    for place in (messages.TEMPLATES, messages.CATALOGUE, *map(Path, read)):
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        copy = shutil.copytree if (ROOT / place).is_dir() else shutil.copyfile
        copy(ROOT / place, tmp_path / place)
    messages.write_catalogue(tmp_path)
    assert messages.problems(tmp_path) == []
    return tmp_path


def unmarked(source):
    """The words of a template that stand outside every marked sentence."""
    source = re.sub(r"{% block body_class %}.*?{% endblock", "{% block x %}{% endblock", source)
    data = environment().parse(source).find_all(nodes.TemplateData)
    text = " ".join(each.data for each in data)
    bare = re.sub(r"""<[^<>]*>|&\w+;|[\w-]+="[^"]*\"""", " ", text)
    words = re.findall(r"[^\W\d_]{2,}", " ".join([bare, *SAID.findall(text)]))
    return [word for word in words if word not in AS_THEY_ARE]


def test_every_sentence_has_its_welsh_and_no_other(messages):
    assert messages.problems() == []


def test_a_new_sentence_without_welsh_is_noticed(messages, house):
    page = house / messages.TEMPLATES / "member/closed.html"
    page.write_text(page.read_text("utf-8").replace("</h1>", '</h1>{{ _("So it is.") }}'), "utf-8")
    assert messages.problems(house) == ["not in the catalogue: So it is."]
    messages.write_catalogue(house)
    assert messages.problems(house) == ["no Welsh: So it is."]


def test_a_sentence_that_is_no_longer_said_is_noticed(messages, house):
    page = house / messages.TEMPLATES / "member/closed.html"
    page.write_text(page.read_text("utf-8").replace("No vote was counted", "None was"), "utf-8")
    assert "no longer said: No vote was counted from this link." in messages.problems(house)


def test_a_refusal_without_welsh_is_noticed(messages, house):
    module = house / "app/voting/service.py"
    module.write_text(
        module.read_text("utf-8").replace("Voting has closed, so", "Late, so"), "utf-8"
    )
    [fault, _] = messages.problems(house)
    assert fault == "not in the catalogue: Late, so this vote was not counted."


@pytest.mark.parametrize(
    ("said", "welsh", "found"),
    [
        ("%(num)s of %(all)s", "%(num)s o %(all)s", []),
        ("%(num)s of %(all)s", "%(num)s o’r cyfan", ["does not fit"]),
        ("See %(what)s", "Gweld %(beth)s", ["does not fit"]),
        ('<a href="/vote">Vote</a>', '<a href="/vote">Pleidleisio</a>', []),
        ('<a href="/vote">Vote</a>', '<a href="/law">Pleidleisio</a>', ["does not fit"]),
        ("<b>Vote</b>", "<b>Pleidleisio", ["does not fit"]),
        (("one", "%(num)s"), ("%(num)s",) * 6, []),
        (("one", "%(num)s"), ("%(num)s", "", *["%(num)s"] * 4), ["no Welsh"]),
        ("Vote", "", ["no Welsh"]),
    ],
)
def test_welsh_has_the_placeholders_and_links_of_its_english(messages, said, welsh, found):
    assert messages.faults(Message(said, welsh)) == found


@pytest.mark.parametrize("name", NAMES)
def test_every_word_of_a_template_is_marked(name):
    assert unmarked((TEMPLATES / name).read_text("utf-8")) == []


def test_a_word_that_is_not_marked_is_noticed():
    assert unmarked("<p>Vote now {{ x }}</p>") == ["Vote", "now"]
    assert unmarked('<nav aria-label="Main"></nav>') == ["Main"]
    assert unmarked('<p id="vote">{{ _("Vote") }} {% trans %}now{% endtrans %}</p>') == []
