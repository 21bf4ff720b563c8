"""The built front end under /static: names with a content hash, cached for ever, compressed ahead of time.

`npm run build` (frontend/build.mjs) writes the files; templates ask `static_url("css/base.css")` for the built name.
Only files that stood in the folder at start are served, so no path in a URL ever reaches the file system.
"""

import json
import mimetypes
import re
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

BUILT = Path(__file__).parent.parent / "frontend" / "static" / "built"
FOR_EVER = "public, max-age=31536000, immutable"
FOR_AN_HOUR = "public, max-age=3600"
# A worker that lets a page open without a connection may serve these addresses and no others
WORKERS = {"js/request-worker.": "/requests/"}
ENCODINGS = (("br", ".br"), ("gzip", ".gz"))
HASHED = re.compile(r"\.[0-9A-Z]{8}\.\w+$")
TYPES = {".woff2": "font/woff2", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}


class FrontEndNotBuilt(RuntimeError):
    """frontend/static/built is missing or older than the name asked for: `npm run build` in frontend/ makes it."""


@cache
def manifest() -> dict[str, str]:
    try:
        names: dict[str, str] = json.loads((BUILT / "manifest.json").read_text())
    except FileNotFoundError:
        raise FrontEndNotBuilt("The front end is not built. Run: ./portal up, or npm run build in frontend/.") from None
    return names


def static_url(name: str) -> str:
    """The path under which a file of the front end is served: `css/base.css` → `/static/css/base.4GDUPRSV.css`."""
    try:
        return f"/static/{manifest()[name]}"
    except KeyError:
        raise FrontEndNotBuilt(f"The built front end has no {name}. Run npm run build in frontend/.") from None


@dataclass(frozen=True)
class Variant:
    """One file in one encoding, ready to be sent."""

    body: bytes
    headers: dict[str, str]


class StaticFiles:
    """The ASGI application for `Mount("/static", StaticFiles())`."""

    def __init__(self, folder: Path = BUILT) -> None:
        self.folder = folder
        self.names = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
        self.variants: dict[tuple[str, str], Variant] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.answer(Request(scope))(scope, receive, send)

    def answer(self, request: Request) -> Response:
        name = request.scope["path"].removeprefix(request.scope.get("root_path", "")).lstrip("/")
        if name not in self.names or name == "manifest.json" or name.endswith((".br", ".gz")):
            raise HTTPException(404)
        if request.method not in ("GET", "HEAD"):
            raise HTTPException(405, headers={"Allow": "GET, HEAD"})
        variant = self.variant(name, self.encoding(name, request.headers.get("accept-encoding", "")))
        # app/delivery/cache.py answers HEAD, and 304 where the tag is known
        return Response(variant.body, headers=variant.headers)

    def encoding(self, name: str, accept_encoding: str) -> str:
        accepted = accepted_encodings(accept_encoding)
        return next((code for code, end in ENCODINGS if code in accepted and name + end in self.names), "")

    def variant(self, name: str, encoding: str) -> Variant:
        """Read once and kept: the whole front end is a few megabytes."""
        if (name, encoding) not in self.variants:
            self.variants[name, encoding] = self.read(name, encoding)
        return self.variants[name, encoding]

    def read(self, name: str, encoding: str) -> Variant:
        body = (self.folder / (name + dict(ENCODINGS).get(encoding, ""))).read_bytes()
        headers = {
            "Content-Type": content_type(name),
            "Cache-Control": FOR_EVER if HASHED.search(name) else FOR_AN_HOUR,
            "ETag": f'"{sha256(body).hexdigest()[:16]}"',
            "Vary": "Accept-Encoding",
        }
        for start, scope in WORKERS.items():
            if name.startswith(start):
                headers["Service-Worker-Allowed"] = scope
        return Variant(body, headers | ({"Content-Encoding": encoding} if encoding else {}))


def content_type(name: str) -> str:
    guess = TYPES.get(Path(name).suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
    return f"{guess}; charset=utf-8" if guess == "text/plain" else guess


def accepted_encodings(header: str) -> set[str]:
    """The codings a client takes; `br;q=0` is a refusal."""
    codings = (part.replace(" ", "").lower().partition(";q=") for part in header.split(","))
    return {code for code, _, weight in codings if code and weight not in ("0", "0.0", "0.00", "0.000")}
