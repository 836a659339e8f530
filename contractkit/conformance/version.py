"""Which version is running; apart from everything heavy, since the command line asks on its way up."""

from importlib.metadata import PackageNotFoundError, version

__all__ = ["find_version"]


def find_version() -> str:
    """The version of the installed distribution, "(not installed)" in a checkout that is not."""
    try:
        return version("pytest-contractkit")
    except PackageNotFoundError:
        return "(not installed)"
