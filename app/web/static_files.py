"""The built assets on their way out: packed once at build time, kept by browsers for ever."""

import mimetypes

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from app.web.large_pages import takes_packed

mimetypes.add_type("font/woff2", ".woff2")  # unknown to Python 3.11

KEEP = "public, max-age=31536000, immutable"


class BuiltFiles(StaticFiles):
    """Serves hashed files, the packed twin where there is one and the browser takes it."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Answer with the file, packed if possible, and leave to keep it."""
        packed = f"{path}.gz"
        if takes_packed(Headers(scope=scope)) and self.lookup_path(packed)[1]:
            response = await super().get_response(packed, scope)
            response.headers["Content-Encoding"] = "gzip"
        else:
            response = await super().get_response(path, scope)
        response.headers["Vary"] = "Accept-Encoding"
        response.headers["Cache-Control"] = KEEP
        return response
