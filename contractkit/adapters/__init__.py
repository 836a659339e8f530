"""Knows one foreign HTTP library per file and translates its messages to and from ours.

Must never know operations, cassettes or the reference cloud; it imports no library until that file is asked for.
"""
