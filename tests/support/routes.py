"""The application's own routes, so that a new one is covered by the tests about all of them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from fastapi import FastAPI

from app.security.access import OPEN_PATHS, SAFE_METHODS, Access, every_route, stated_access


@dataclass(frozen=True)
class Door:
    """One method of one route, with an address that names nothing that exists."""

    method: str
    path: str
    access: Access

    @property
    def address(self) -> str:
        return re.sub(r"\{[^}]+\}", "unknown", self.path)

    @property
    def is_api(self) -> bool:
        return self.path.startswith("/api/")

    @property
    def changes(self) -> bool:
        return self.method not in SAFE_METHODS


def doors_of(app: FastAPI) -> Iterator[Door]:
    for path, route in every_route(app.routes):
        for method in sorted(getattr(route, "methods", None) or ()):
            if path not in OPEN_PATHS and method != "HEAD":
                yield Door(method, path=path, access=stated_access(route))
