"""Whether a subject can be called as the laws will call it, asked before any law is examined."""

from __future__ import annotations

import inspect
from typing import Any

from contractkit.errors import ConfigurationError

__all__ = ["require_shape"]


def require_shape(subject: Any, shape: str) -> None:
    """Raise ConfigurationError unless the subject takes what stands in `shape`, such as `sign(request, *, at)`.

    What tells no signature, a function of C perhaps, is taken on trust.
    """
    listed = shape.partition("(")[2].rstrip(")").split(", ")
    border = listed.index("*") if "*" in listed else len(listed)
    try:
        inspect.signature(subject).bind(*listed[:border], **dict.fromkeys(listed[border + 1 :]))
    except TypeError as error:
        raise ConfigurationError(
            f"it has to be callable as {shape} ({error}); wrap yours in a function that is"
        ) from None
    except ValueError:
        return
