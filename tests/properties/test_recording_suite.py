"""The recording suite: the package's own recorder and sanitizer pass it."""

from contractkit.properties import recording_suite

TestOurs = recording_suite()
