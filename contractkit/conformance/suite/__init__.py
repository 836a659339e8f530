"""The conformance suite: what the services promise, as tests that run against any server that speaks the APIs.

Knows the fixtures of the pytest plugin and nothing of how, or against what, it is being run.
"""
