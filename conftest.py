"""Tests of the plugin run whole inner sessions with pytester."""

pytest_plugins = ["pytester"]
