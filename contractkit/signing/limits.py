"""How much of a request is looked at, checked before any work is done on it."""

from __future__ import annotations

from typing import Final

from contractkit.message import Request

MAX_HEADERS: Final = 256
MAX_TEXT: Final = 64 * 1024
"""Characters of the URL, and of all header names and values together."""


def excess(request: Request) -> str:
    """What is beyond a limit, in words that name the limit, or ""."""
    if len(request.url) > MAX_TEXT:
        return f"the URL is longer than {MAX_TEXT} characters; shorten the query"
    if len(request.headers) > MAX_HEADERS:
        return f"there are more than {MAX_HEADERS} headers; send fewer"
    if sum(len(name) + len(value) for name, value in request.headers) > MAX_TEXT:
        return f"the headers are longer than {MAX_TEXT} characters; send less"
    return ""


def unreadable(request: Request) -> str:
    """Which part has no UTF-8 form and so no canonical one, or ""."""
    try:
        _ = request.path, request.query
    except UnicodeEncodeError:
        return "the URL holds a lone surrogate, which has no UTF-8 form; send valid text"
    try:
        request.method.encode("utf-8", "surrogateescape")
        for name, value in request.headers:
            (name + value).encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return "the method or a header holds a lone surrogate, which has no UTF-8 form; send valid text"
    return ""
