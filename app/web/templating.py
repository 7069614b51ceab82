"""Pages: one Jinja environment that refuses unknown names, and where the built assets are."""

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from jinja2.ext import Extension
from starlette.responses import HTMLResponse

from app.core.language import plain_gettext, plain_ngettext, spoken
from app.web.filters import FILTERS
from app.web.language import carry_choice, headers_of_a_page, other_code, other_language

HERE = Path(__file__).parent
TEMPLATES = HERE / "templates"
STATIC = HERE / "static"
INDENTS = re.compile(r"^[ \t]+", re.MULTILINE)


class AssetsNotBuilt(RuntimeError):
    """The style sheet and scripts are missing, so no page can be shown."""


class _WithoutIndents(Extension):
    """Drops the indents of templates when they are read: a tenth of what a page would weigh.

    What people typed is put in later and keeps its spaces.
    """

    def preprocess(
        self,
        source: str,
        name: str | None,  # noqa: ARG002 - as Jinja calls it
        filename: str | None = None,  # noqa: ARG002 - as Jinja calls it
    ) -> str:
        """Return the source without spaces where its lines begin."""
        return INDENTS.sub("", source)


@lru_cache(maxsize=1)
def environment() -> Environment:
    """Return the one template environment: escaping on, every unknown name an error."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n", _WithoutIndents],
    )
    made.policies["ext.i18n.trimmed"] = True
    made.install_gettext_callables(  # type: ignore[attr-defined]  # the extension adds it
        plain_gettext, plain_ngettext, newstyle=True
    )
    made.filters.update(FILTERS)
    made.globals |= {
        "asset": asset,
        "spoken": spoken,
        "other_language": other_language,
        "other_code": other_code,
    }
    return made


def page(
    template: str,
    *,
    status_code: int = 200,
    headers: Mapping[str, str] | None = None,
    **context: object,
) -> HTMLResponse:
    """Render a whole page, in the language that is spoken.

    Raises:
        jinja2.UndefinedError: the template asks for something that the context does not hold.
    """
    told = headers_of_a_page() | dict(headers or {})
    return HTMLResponse(fragment(template, **context), status_code=status_code, headers=told)


def fragment(template: str, **context: object) -> str:
    """Render a part of a page, by the same template that the whole page includes."""
    return carry_choice(environment().get_template(template).render(context))


def asset(name: str) -> str:
    """Return the address of a built asset, such as "/static/muster-1A2B3C4D.css".

    The name changes whenever the content does, so browsers may keep the file for ever.

    Raises:
        AssetsNotBuilt: there is no manifest.
        KeyError: the manifest names no such asset.
    """
    return f"/static/{_manifest()[name]}"


@lru_cache(maxsize=1)
def _manifest() -> dict[str, str]:
    try:
        manifest = json.loads((STATIC / "manifest.json").read_text("utf-8"))
    except FileNotFoundError as missing:
        raise AssetsNotBuilt(
            "The style sheet and scripts are not built. Run `python scripts/build_assets.py`."
        ) from missing
    files: dict[str, str] = manifest["files"]
    return files
