"""The conformance run: the packaged suite, what a run is allowed to do, and what is told about it afterwards.

Knows pytest's results, the contract and every traffic room; must never sign, sanitize or match by itself.
"""
