"""How much of a request is looked at, checked before any work is done on it."""

from __future__ import annotations

from typing import Final

from contractkit.message import Request

MAX_HEADERS: Final = 256
MAX_TEXT: Final = 64 * 1024
"""Characters of the URL, and of all header names and values together."""


def find_obstacle(request: Request) -> str:
    """What keeps a request from being looked at, in words that say what to do, or "".

    It is beyond a limit, or a part has no UTF-8 form and so no canonical one.
    """
    if len(request.url) > MAX_TEXT:
        return f"the URL is longer than {MAX_TEXT} characters; shorten the query"
    if len(request.headers) > MAX_HEADERS:
        return f"there are more than {MAX_HEADERS} headers; send fewer"
    fields = "".join([text for field in request.headers for text in field])  # looked at in one go
    if len(fields) > MAX_TEXT:
        return f"the headers are longer than {MAX_TEXT} characters; send less"
    return "" if (request.url + request.method + fields).isascii() else _find_formless(request, fields)


def _find_formless(request: Request, fields: str) -> str:
    try:
        _ = request.path, request.query
    except UnicodeEncodeError:
        return "the URL holds a lone surrogate, which has no UTF-8 form; send valid text"
    try:
        (request.method + fields).encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return "the method or a header holds a lone surrogate, which has no UTF-8 form; send valid text"
    return ""
