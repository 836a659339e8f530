"""What a run found, as plain values: collected, merged, set against the contract, and written for a person.

Knows results and the contract; must never run a test, open a cassette or reach a network.
"""

from contractkit.conformance.report.build import build_report, merge
from contractkit.conformance.report.covering import PlaceRow, list_place_rows
from contractkit.conformance.report.model import (
    CassetteFile,
    CassetteSummary,
    CodeCoverage,
    Coverage,
    Exchange,
    FindingEntry,
    GroupCoverage,
    Law,
    OperationCoverage,
    PlaceCoverage,
    Report,
    Run,
    ServiceCoverage,
    Tally,
    TestCase,
    Totals,
)
from contractkit.conformance.report.places import find_places
from contractkit.conformance.report.terminal import Line, summarize_coverage, summarize_laws, summarize_run
from contractkit.conformance.report.writer import check_report_path, read_report, write_json, write_laws, write_report

__all__ = [
    "CassetteFile",
    "CassetteSummary",
    "CodeCoverage",
    "Coverage",
    "Exchange",
    "FindingEntry",
    "GroupCoverage",
    "Law",
    "Line",
    "OperationCoverage",
    "PlaceCoverage",
    "PlaceRow",
    "Report",
    "Run",
    "ServiceCoverage",
    "Tally",
    "TestCase",
    "Totals",
    "build_report",
    "check_report_path",
    "find_places",
    "list_place_rows",
    "merge",
    "read_report",
    "summarize_coverage",
    "summarize_laws",
    "summarize_run",
    "write_json",
    "write_laws",
    "write_report",
]
