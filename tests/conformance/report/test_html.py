"""The page: what it says, that nothing breaks out of it, and how it fares in a real browser."""

import itertools
import re
from html.parser import HTMLParser

import pytest
from msgspec.structs import replace

from contractkit.conformance.report import FindingEntry, Law, TestCase, build_report, write_report
from contractkit.contract import Finding, load_contract

HOSTILE = "</script></style></pre>--><img src=x onerror=alert(1)><script>document.title='owned'</script>\"' onclick=x"


LAWS = (
    Law("signer", "shows no secret", "neither key is shown.", 200, {"path: beyond ASCII": 50, "query: none": 1}),
    Law("ledger", "the window slides", HOSTILE, 3, {HOSTILE: 1}, f"{HOSTILE}\nGET /v1/" + "x" * 300),
    Law("live", "the window slides", "", 0, {}, "", "the clock of a live service cannot be turned"),
)


class Outline(HTMLParser):
    """The tags with their attributes, and the text."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.texts = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.texts.append(data)

    def find(self, name):
        return [attributes for tag, attributes in self.tags if tag == name]


def write_page(runs, path):
    write_report(build_report(runs, load_contract(), LAWS), path)
    return path.read_text("utf-8")


@pytest.fixture
def page(make_run, failing_run, tmp_path):
    return write_page([make_run(), failing_run()], tmp_path / "report.html")


def test_the_verdict_comes_first_and_in_words(page):
    text = " ".join(" ".join(Outline(page.partition("<main")[2]).texts).split())
    assert text.index("Failed") < text.index("6 of 9 tests passed in 24.5 s") < text.index("replay: 1 test failed")
    assert text.index("recorded against the reference cloud, then replayed offline") < text.index("Coverage")


def test_every_operation_finding_cassette_and_reading_is_on_the_page(page):
    contract = load_contract()
    text = "".join(Outline(page).texts)
    assert all(operation.name in text for operation in contract.operations())
    assert all(word in text for word in ("bind_eip", "body-added", "GET /v1/vpc/vpc-1", "eip/list.json"))
    assert text.count("Evidence") == 1 + len(load_readings_of(page))


def load_readings_of(page):
    return re.findall(r'id="reading-\d+"', page)


def test_a_hostile_name_or_message_stays_text(make_run, tmp_path):
    test = TestCase(HOSTILE, HOSTILE, HOSTILE, "failed", 0.1, HOSTILE)
    finding = FindingEntry.of(Finding("status", "error", HOSTILE, HOSTILE, HOSTILE))
    harmless = Outline(write_page([make_run()], tmp_path / "harmless.html"))
    outline = Outline(write_page([make_run(tests=(test,), findings=(finding,), region=HOSTILE)], tmp_path / "r.html"))
    assert len(outline.find("script")) == len(harmless.find("script")) == 1
    assert outline.find("img") == []
    assert not [name for _, attributes in outline.tags for name in attributes if name.startswith("on")]
    assert any(HOSTILE in text for text in outline.texts)


def test_tests_of_one_title_are_told_apart_by_class_and_parameters(make_run, tmp_path):
    """Each row, and each failure, shows what pytest put around the function's name; a digit of the title hides none."""
    ids = (
        "t.py::test_cidrs[1]",
        "t.py::test_cidrs[10.0.0.0/8]",
        "t.py::TestEips::test_cidrs",
        "t.py::A::B::test_cidrs[1]",
    )
    tests = tuple(TestCase(each, "Cidrs 1", "t", "failed") for each in ids)
    page = write_page([make_run(tests=tests)], tmp_path / "r.html")
    shown = re.findall(r"Cidrs 1((?: <code[^>]*>[^<]*</code>)*)\s*<", page)
    details = [tuple(re.findall(r">([^<]+)</code>", each)) for each in shown]
    assert details == 2 * [("1",), ("10.0.0.0/8",), ("TestEips",), ("A", "B", "1")]


def test_the_page_is_one_file_that_names_no_other_place(page):
    outline = Outline(page)
    places = [each.get(name) for _, each in outline.tags for name in ("src", "href", "action") if name in each]
    assert places
    assert all(place.startswith("#") for place in places)
    assert not re.search(r"url\(|@import|https?://", page.partition("</style>")[0].partition("<style>")[2])
    assert "default-src 'none'" in outline.find("meta")[1]["content"]


def test_the_page_has_language_title_landmarks_and_headings_in_order(page):
    outline = Outline(page)
    assert outline.find("html")[0]["lang"] == "en"
    assert "".join(outline.texts).strip().startswith("Failed: 6 of 9 tests")
    for landmark in ("header", "nav", "main", "footer"):
        assert outline.find(landmark)
    levels = [int(tag[1]) for tag, _ in outline.tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(later <= earlier + 1 for earlier, later in itertools.pairwise(levels))


def test_every_link_and_label_leads_somewhere(page):
    outline = Outline(page)
    ids = [attributes["id"] for _, attributes in outline.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    wanted = {each["href"][1:] for each in outline.find("a")}
    wanted |= {
        word for _, each in outline.tags for name in ("aria-labelledby", "for") for word in each.get(name, "").split()
    }
    assert wanted <= set(ids)


def test_a_coverage_page_without_tests_claims_no_verdict(make_run, tmp_path):
    run = replace(make_run(tests=(), seed=None), mode="cassettes", target="", started="")
    text = " ".join(" ".join(Outline(write_page([run], tmp_path / "c.html")).texts).split())
    assert f"3 of {len(load_contract().operations())} described operations are exercised by 2 cassettes" in text
    assert "Passed" not in text
    assert "Tests" not in text


CONTRAST = """(() => {
  const parse = (c) => c.match(/[\\d.]+/g).map(Number);
  const luminance = ([r, g, b]) => [r, g, b].map((v) => { v /= 255; return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; })
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (node) => { for (let e = node; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor);
    if (c.length < 4 || c[3] > 0) return c; } return [255, 255, 255]; };
  const worst = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !element.getClientRects().length) continue;
    const a = luminance(parse(getComputedStyle(element).color)), b = luminance(ground(element));
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) worst.push(element.className + " " + element.tagName + " " + ratio.toFixed(2));
  }
  return worst;
})()"""


UNFOLD = "for (const each of document.querySelectorAll('details')) each.open = true"


@pytest.fixture
def address(make_run, failing_run, tmp_path):
    write_page([make_run(), failing_run()], tmp_path / "report.html")
    return (tmp_path / "report.html").as_uri()


@pytest.fixture
def coverage_address(make_run, tmp_path):
    """A page of cassettes alone, whose requests were looked into."""
    held = ("vpc.create_vpc member /name", "eip.apply_eip value /billing/paymentTiming=Postpaid")
    run = replace(make_run(tests=(), seed=None, places=held), mode="cassettes", target="", started="")
    write_page([run], tmp_path / "coverage.html")
    return (tmp_path / "coverage.html").as_uri()


@pytest.fixture(params=["address", "coverage_address"])
def any_address(request):
    return request.getfixturevalue(request.param)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_in_a_browser_the_page_complains_of_nothing_and_loads_nothing(browser, address, scheme):
    browser.open(address, scheme=scheme)
    said, sent = browser.complaints()
    assert said == []
    assert sent == [address]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_has_a_contrast_of_at_least_four_and_a_half(browser, any_address, scheme):
    browser.open(any_address, scheme=scheme)
    browser.evaluate(UNFOLD)
    assert browser.evaluate(CONTRAST) == []
    dark = browser.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(18, 21, 23)"
    assert dark == (scheme == "dark")


@pytest.mark.parametrize("width", [320, 400, 1280])
def test_the_page_never_scrolls_sideways(browser, any_address, width):
    browser.open(any_address, width=width)
    browser.evaluate(UNFOLD)
    assert browser.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_without_scripts_everything_is_there_but_the_filter(browser, address):
    browser.open(address, scripts=False)
    assert browser.complaints()[0] == []
    tree = browser.call("Accessibility.getFullAXTree")["nodes"]
    roles = {node["role"]["value"] for node in tree}
    assert {"main", "banner", "navigation", "contentinfo", "heading", "table"} <= roles
    assert "searchbox" not in roles


def test_a_group_is_folded_unless_only_a_part_of_it_was_exercised(browser, coverage_address):
    browser.open(coverage_address)
    folds = "[...document.querySelectorAll('details.group')].filter(e => e.open && !e.hidden).map(e => e.querySelector('h4').textContent)"
    assert browser.evaluate(folds) == ["VPC networks", "Elastic public addresses"]
    browser.evaluate("words.value = 'create_snat_rule'; words.dispatchEvent(new Event('input'))")
    assert browser.evaluate(folds) == ["NAT gateways"]


def test_the_page_tells_which_values_of_an_operation_were_never_used(browser, coverage_address):
    browser.open(coverage_address)
    table = "document.querySelector('[aria-label=\"What requests of eip.apply_eip held\"]')"
    row = f"[...{table}.rows].find(e => e.cells[0].textContent === 'values of /billing/paymentTiming')"
    cells = browser.evaluate(f"[...({row}).cells].slice(1).map(e => e.lastChild.textContent)")
    assert cells == ["Postpaid", "Prepaid"]


def test_the_filter_leaves_what_was_asked_for_and_says_how_much(browser, address):
    browser.open(address)
    total = browser.evaluate("document.querySelectorAll('[data-item]').length")
    browser.evaluate("words.value = 'create_vpc'; words.dispatchEvent(new Event('input'))")
    names = browser.evaluate(
        "[...document.querySelectorAll('[data-item]:not([hidden]) .name code')].map(e => e.textContent)"
    )
    assert names == ["create_vpc"]
    assert browser.evaluate("shown.textContent") == f"1 of {total} entries shown"
    browser.evaluate("words.value = ''; attention.click()")
    assert browser.evaluate(
        "[...document.querySelectorAll('[data-item]:not([hidden])')].every(e => e.dataset.calm === 'no')"
    )
    browser.evaluate("attention.click()")
    assert browser.evaluate("document.querySelectorAll('[data-item][hidden]').length") == 0


def test_an_injected_script_would_not_run(browser, make_run, tmp_path):
    write_page([make_run()], tmp_path / "r.html")
    path = tmp_path / "r.html"
    path.write_text(
        path.read_text("utf-8").replace("<footer>", "<footer><script>document.title='owned'</script>"), "utf-8"
    )
    browser.open(path.as_uri())
    assert browser.evaluate("document.title") != "owned"
