"""The page about the REST interface, made of its own OpenAPI document: no script, no other host."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from fastapi import APIRouter, Depends, FastAPI, Request
from starlette.responses import Response

from app.security import access
from app.web.api_examples import Schema
from app.web.templating import page

router = APIRouter(include_in_schema=False, dependencies=[Depends(access.PUBLIC)])

WHO = {
    "public": "Everybody",
    "voter": "A member, with their voting code",
    "hq": "Headquarters",
    "branch": "Branches",
    "hq or branch": "Headquarters and branches",
    "hq or scrutineer": "Headquarters and scrutineers",
    "any staff": "Headquarters, branches and scrutineers",
}
# Calls that take one take a file in it, and nothing else that must be there.
FORM = "multipart/form-data"


@dataclass(frozen=True)
class Parameter:
    """One part of the address."""

    name: str
    kind: str
    where: str
    required: bool
    text: str


@dataclass(frozen=True)
class Answer:
    """One answer of a call: what it means, and an example where it has a body."""

    status: str
    text: str
    example: str | None


@dataclass(frozen=True)
class Call:
    """One call as the page shows it."""

    anchor: str
    method: str
    path: str
    title: str
    text: str
    who: str
    parameters: list[Parameter]
    body: str | None
    body_kind: str | None
    answers: list[Answer]


@router.get("/docs")
def show_docs(request: Request) -> Response:
    """Show every call of the interface, grouped by what it is about."""
    return page("public/docs.html", groups=groups_of(request.app))


def groups_of(app: FastAPI) -> list[tuple[str, list[Call]]]:
    """Return every documented call under its subject, in the order of the application's routes."""
    who = dict(_who_may(app))
    groups: dict[str, list[Call]] = {}
    for path, operations in app.openapi()["paths"].items():
        for method, operation in operations.items():
            call = _call(method.upper(), path, operation, who=who)
            groups.setdefault(operation.get("tags", ["Other"])[0], []).append(call)
    return list(groups.items())


def _who_may(app: FastAPI) -> Iterator[tuple[tuple[str, str], str]]:
    for path, route in access.every_route(app.routes):
        if path in access.OPEN_PATHS:
            continue
        described = re.sub(r":\w+}", "}", path)  # {number:path} is {number} to a reader
        name = access.stated_access(route).name.removesuffix(access.STEPPED_UP)
        # Pages ask for more than calls do, and none of them is described here.
        for method in (getattr(route, "methods", None) or ()) if name in WHO else ():
            yield (method, described), WHO[name]


def _call(
    method: str,
    path: str,
    operation: Schema,
    *,
    who: Mapping[tuple[str, str], str],
) -> Call:
    said = operation.get("description", "").replace("`", "").replace("\n", " ")
    summary, _, rest = said.partition(". ")
    content = operation.get("requestBody", {}).get("content", {})
    kind = next(iter(content), None)
    return Call(
        anchor=re.sub(r"[^a-z0-9]+", "-", f"{method} {path}".lower()).strip("-"),
        method=method,
        path=path,
        title=(summary or operation["summary"]).rstrip("."),
        text=rest,
        who=who[method, path],
        parameters=list(_parameters(operation.get("parameters", []))),
        body=None if kind is None else _pretty(content[kind]),
        body_kind=_kind_in_words(kind),
        answers=list(_answers(operation["responses"])),
    )


def _parameters(described: Iterable[Schema]) -> Iterator[Parameter]:
    for each in described:
        schema = each["schema"]
        kinds = [option.get("type", "") for option in schema.get("anyOf", [schema])]
        kind = schema.get("format") or next((kind for kind in kinds if kind != "null"), "")
        allowed = ", ".join(str(value) for value in schema.get("enum", ()))
        text = each.get("description", "") or allowed
        yield Parameter(each["name"], kind, each["in"], each.get("required", False), text)


def _answers(responses: Mapping[str, Schema]) -> Iterator[Answer]:
    for status, response in sorted(responses.items()):
        contents = [each for each in response.get("content", {}).values() if "example" in each]
        example = _pretty(contents[0]) if contents else None
        yield Answer(status, _meaning(response["description"]), example)


def _meaning(description: str) -> str:
    return "Done." if description == "Successful Response" else description


def _kind_in_words(kind: str | None) -> str | None:
    return f"{kind}, with this as the field “file”" if kind == FORM else kind


def _pretty(content: Schema) -> str:
    """Return an example as it is read: of a form that holds a file, the file."""
    example = content["example"]
    if isinstance(example, dict) and example.keys() == {"file"}:
        example = example["file"]
    return (
        example if isinstance(example, str) else json.dumps(example, indent=2, ensure_ascii=False)
    )
