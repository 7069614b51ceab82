"""What membership systems call the columns of a roll file, to suggest which is which.

Only our own names are taken without asking. These are suggestions: a person, or a `mapping`, says.
"""

import re
from collections.abc import Mapping

from app.roll.columns import COLUMN_NAMES

_SEPARATORS = re.compile(r"[\s_\-]+")
_SIGNS = re.compile(r"[^\w]+|_")

# Invented from the exports of several kinds of membership system. A word that could mean two
# columns, such as "date" or "status", stands under none.
SPELLINGS: Mapping[str, tuple[str, ...]] = {
    "membership_number": (
        "member number",
        "membership no",
        "member no",
        "mem no",
        "member id",
        "membership id",
        "member ref",
        "member reference",
        "membership ref",
        "number",
        "union number",
        "rhif aelodaeth",
    ),
    "given_name": (
        "first name",
        "forename",
        "forenames",
        "given names",
        "christian name",
        "known as",
        "enw cyntaf",
    ),
    "family_name": ("surname", "last name", "second name", "cyfenw"),
    "email": (
        "email address",
        "mail",
        "home email",
        "personal email",
        "primary email",
        "ebost",
    ),
    "mobile": (
        "mobile number",
        "mobile no",
        "mobile phone",
        "mobile telephone",
        "mob no",
        "cell",
        "cell phone",
        "ffon symudol",
    ),
    "branch": ("branch name", "branch code", "branch no", "branch number", "branch id", "cangen"),
    "region": ("region name", "region code", "area", "nation or region", "rhanbarth"),
    "employer": ("employer name", "company", "organisation", "employing authority", "cyflogwr"),
    "workplace": (
        "work place",
        "workplace name",
        "place of work",
        "work location",
        "site",
        "depot",
        "school",
        "gweithle",
    ),
    "category": (
        "membership category",
        "member category",
        "membership type",
        "member type",
        "membership class",
        "membership grade",
        "categori",
    ),
    "joined_on": (
        "joined",
        "date joined",
        "join date",
        "joining date",
        "date of joining",
        "member since",
        "membership start date",
        "dyddiad ymuno",
    ),
    "left_on": (
        "left",
        "date left",
        "leave date",
        "leaving date",
        "lapsed on",
        "lapse date",
        "membership end date",
        "resigned on",
        "dyddiad gadael",
    ),
    "in_arrears": ("arrears", "in arrears yn", "subs in arrears", "arrears flag", "ol ddyledion"),
    "language": ("preferred language", "language preference", "language code", "iaith"),
    "address": ("home address", "postal address", "full address", "mailing address", "cyfeiriad"),
    "postcode": ("post code", "postal code", "home postcode", "zip", "cod post"),
}


def folded_name(name: str) -> str:
    """Return a column's name without case, spaces, underscores and hyphens."""
    return _SEPARATORS.sub("", name).casefold()


def words_of(name: str) -> str:
    """Return a column's name as lower-case words: “Mem. No:” is “mem no”."""
    return " ".join(_SIGNS.sub(" ", name).casefold().split())


OUR_NAMES = {folded_name(name): name for name in COLUMN_NAMES}
_KNOWN = OUR_NAMES | {
    folded_name(spelling): name for name in COLUMN_NAMES for spelling in SPELLINGS[name]
}


def column_called(name: str) -> str | None:
    """Return our name of a column that goes by this name in some system; None if none does."""
    return _KNOWN.get(folded_name(name)) or _KNOWN.get(folded_name(words_of(name)))
