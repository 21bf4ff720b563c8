"""What happens to every request and answer before and after the rooms: pure ASGI, few layers, in this order from outside.

`guard` (request id, log line, host, encoding of the URL, rate limit, security headers) › `cache` (HEAD, ETag, 304,
answers kept in memory) › compression (starlette-compress) › the language of the request › the rooms.
"""

from starlette_compress import CompressMiddleware, remove_compress_type

from app.delivery.cache import Cache
from app.delivery.guard import Guard
from app.delivery.language import Language

remove_compress_type("text/event-stream")  # short lines, and a compressor's memory for each page that stands open

__all__ = ["Cache", "CompressMiddleware", "Guard", "Language"]
