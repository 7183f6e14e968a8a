"""The report in a browser: what it shows, and that it asks for nothing."""

import pytest

from matopt.studies import report

from .chromium import NAMES, Chromium, find

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        find() is None, reason=f"needs a browser: one of {', '.join(NAMES)} on the PATH"
    ),
]


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    opened = Chromium(tmp_path_factory.mktemp("profile"))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def path(tmp_path_factory, outcomes):
    return report.write(outcomes, tmp_path_factory.mktemp("page") / "study.html")


def column(browser, table, k):
    rows = f"[...document.querySelector({table!r}).tBodies[0].rows]"
    return browser.evaluate(f"{rows}.map(row => row.cells[{k}].textContent.trim())")


def visible(browser, selector):
    return browser.evaluate(
        f"[...document.querySelectorAll({selector!r})]"
        ".filter(e => e.checkVisibility()).length"
    )


def test_nothing_is_asked_for_and_nothing_complains(browser, path):
    browser.open(path)
    assert [*browser.requests.values()] == [path.as_uri()] and browser.complaints == []


def test_what_does_not_belong_to_the_page_is_not_run(browser, path, tmp_path):
    """The policy, tried: an injected script, style and image are refused."""
    text = path.read_text("utf-8")
    extra = "<script>document.title = 'ran'</script><img src='x.png' onerror='a()'>"
    (tmp_path / "injected.html").write_text(text.replace("<main>", "<main>" + extra))
    browser.open(tmp_path / "injected.html")
    assert browser.evaluate("document.title") == "Study"
    assert any(c.startswith("refused") and "x.png" in c for c in browser.complaints)
    assert len(browser.requests) == 1


def test_tables_are_sorted_by_a_press_and_back_by_another(browser, path):
    browser.open(path)
    table = ".by-cost.of-evaluations table.summary"
    press = f"document.querySelectorAll('{table} thead button')[{{}}].click()"
    assert column(browser, table, 0)[0] == "NewtonCG"
    browser.evaluate(press.format(1))
    solved = list(map(int, column(browser, table, 1)))
    assert solved == sorted(solved) and solved[0] < solved[-1]
    state = f"document.querySelectorAll('{table} th')[1].getAttribute('aria-sort')"
    assert browser.evaluate(state) == "ascending"
    browser.evaluate(press.format(1))
    assert list(map(int, column(browser, table, 1))) == sorted(solved, reverse=True)
    assert browser.evaluate(state) == "descending"
    browser.evaluate(press.format(0))
    names = column(browser, table, 0)
    assert names == sorted(names, key=str.lower)


def test_costs_and_methods_are_chosen(browser, path):
    browser.open(path)
    assert visible(browser, ".of-evaluations table") == 3
    assert visible(browser, ".of-seconds table") == 0
    browser.evaluate("document.getElementById('cost-seconds').click()")
    assert visible(browser, ".of-evaluations table") == 0
    assert visible(browser, ".of-seconds table") == 3
    before = visible(browser, "#verdict tbody tr")
    browser.evaluate("document.getElementById('m0').click()")
    assert visible(browser, "#verdict tbody tr") == before - 1
    assert visible(browser, "#profiles .plot .s0") == 0
    assert visible(browser, "#profiles .plot .s1") > 0


def test_cases_are_filtered(browser, path):
    browser.open(path)
    rows = ".of-evaluations table.cases tbody tr"
    assert visible(browser, rows) == 5
    browser.evaluate(
        "filter.value = 'PROBLEM-1'; filter.dispatchEvent(new Event('input'))"
    )
    assert visible(browser, rows) == visible(browser, "#runs > details") == 2
    assert browser.evaluate("shown.textContent") == "2 of 5"
    browser.evaluate("filter.value = ''; filter.dispatchEvent(new Event('input'))")
    browser.evaluate("which.value = 'good'; which.dispatchEvent(new Event('change'))")
    good = visible(browser, rows)
    browser.evaluate("which.value = 'bad'; which.dispatchEvent(new Event('change'))")
    assert good + visible(browser, rows) == 5 and 0 < good < 5


def test_a_case_opens_by_its_link_and_shows_a_trace(browser, path):
    browser.open(path)
    assert visible(browser, "#case-1 table") == 0
    browser.evaluate("document.querySelector('a[href=\"#case-1\"]').click()")
    browser.evaluate("new Promise(done => setTimeout(done, 50))")
    assert visible(browser, "#case-1 table") == 1
    press = "document.querySelector('#case-1 td button').click()"
    browser.evaluate(press)
    assert visible(browser, "#case-1 .trace .plot .l") == 2
    browser.evaluate(press)
    assert visible(browser, "#case-1 .trace .plot .l") == 0
    assert browser.complaints == []


def test_every_trace_can_be_drawn(browser, path, outcomes):
    browser.open(path)
    browser.evaluate("document.querySelectorAll('td button').forEach(b => b.click())")
    drawn = browser.evaluate("document.querySelectorAll('.trace').length")
    assert drawn == sum(bool(o.trace) for o in outcomes)
    assert browser.complaints == []
    bad = "[...document.querySelectorAll('.trace path')].filter(p => /NaN|Inf/.test("
    assert browser.evaluate(bad + "p.getAttribute('d'))).length") == 0


def test_it_reads_without_its_script(browser, path):
    browser.open(path, script=False)
    assert visible(browser, "#verdict tbody tr") == 6
    assert visible(browser, ".of-evaluations table.cases tbody tr") == 5
    assert visible(browser, ".of-seconds table") == 0  # chosen by style alone
    assert visible(browser, "button") == visible(browser, ".filters") == 0
    assert visible(browser, "#profiles .plot") == 6
    assert browser.complaints == []


@pytest.mark.parametrize("width", [320, 360, 768])
def test_the_page_is_as_wide_as_the_phone(browser, path, width):
    browser.open(path, width=width, height=700)
    browser.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    browser.evaluate("document.querySelectorAll('td button').forEach(b => b.click())")
    assert browser.evaluate("document.documentElement.scrollWidth") <= width


def test_light_and_dark(browser, path):
    colours = {}
    for scheme in ("light", "dark"):
        browser.open(path, scheme=scheme)
        rule = "getComputedStyle(document.body)"
        colours[scheme] = [
            sum(eval_colour(browser.evaluate(f"{rule}.{name}")))
            for name in ("backgroundColor", "color")
        ]
    assert colours["light"][0] > 700 > 200 > colours["light"][1]
    assert colours["dark"][0] < 120 < 600 < colours["dark"][1]


def eval_colour(text):
    """Red, green and blue of rgb(r, g, b)."""
    return [
        int(part) for part in text.removeprefix("rgb(").removesuffix(")").split(",")
    ]


@pytest.mark.slow
def test_a_picture_of_it_is_not_blank(browser, path, tmp_path):
    browser.open(path)
    picture = browser.screenshot(tmp_path / "page.png").read_bytes()
    assert len(picture) > 30_000
