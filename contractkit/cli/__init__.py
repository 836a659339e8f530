"""The command `contractkit`: reads arguments and the environment, calls the rooms below, prints for a person.

Knows the command line and nothing else; must never decide what is signed, recorded, replayed or conforming.
"""

from contractkit.cli.app import app, main

__all__ = ["app", "main"]
