"""Measurements in Chromium on the running site: the weight of a page, and the delay of a click."""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from playwright.sync_api import Browser, BrowserContext, Page

from tests.benches import site
from tests.benches.figures import Figure, median, p95, ratio
from tests.benches.runs import Walker
from tests.chromium import NoChromium, chromium

CLICKS, LOOKS, WARM_UP = 36, 20, 3
LOADS = 6

# Real clicks are timed from the event: to the first change of the lesson's own part, to the frame that shows it, and to
# the last change of any kind. A static fragment is fetched and put in on the same page, in turns.
WATCH = """
() => {
  const stage = document.querySelector("#stage")
  const shelf = document.createElement("div")
  const button = Object.assign(document.createElement("button"), {id: "fetch-static", textContent: "Fetch"})
  button.addEventListener("click", async () => {
    shelf.innerHTML = await (await fetch("/static/bench/fragment.html", {cache: "no-store"})).text()
  })
  stage.before(button)
  stage.append(shelf)
  const times = (window.times = {})
  const begin = () => Object.assign(times, {start: performance.now(), changed: 0, painted: 0, last: 0})
  addEventListener("click", begin, true)
  new MutationObserver((changes) => {
    times.last = performance.now()
    if (times.changed || !changes.some((change) => change.type === "childList" && stage.contains(change.target))) return
    times.changed = times.last
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel()
      port1.onmessage = () => (times.painted = performance.now())
      port2.postMessage(0)
    })
  }).observe(document, {subtree: true, childList: true, attributes: true, characterData: true})
}
"""
SETTLED = "() => times.painted && performance.now() - times.last > 120"
TIMES = "[times.changed, times.painted, times.last].map((time) => time - times.start)"

PAGE_TIMES = """
() => new Promise((resolve) => {
  let moved = 0
  const look = (shifts) => shifts.forEach((shift) => (moved += shift.value))
  const observer = new PerformanceObserver((found) => look(found.getEntries()))
  observer.observe({type: "layout-shift", buffered: true})
  setTimeout(() => {
    look(observer.takeRecords())
    const [page] = performance.getEntriesByType("navigation")
    const [paint] = performance.getEntriesByName("first-contentful-paint")
    const firstByte = page.responseStart - page.requestStart
    resolve([firstByte, paint.startTime, page.domContentLoadedEventEnd, page.loadEventEnd, moved])
  }, 100)
})
"""

NO_FIGURES = [
    Figure("page_requests", "lesson page, requests", None, most=4),
    Figure("page_kb", "lesson page, on the wire", None, "KB", most=25),
    Figure("page_js_kb", "lesson page, JavaScript on the wire", None, "KB", most=12),
    Figure("page_first_byte_ms", "lesson page, cold, until the first byte", None, "ms", most=4),
    Figure("page_paint_ms", "lesson page, cold, until the first paint with content", None, "ms", most=80),
    Figure("page_usable_ms", "lesson page, cold, until scripts ran", None, "ms", most=50),
    Figure("page_ready_ms", "lesson page, cold, until loaded", None, "ms"),
    Figure("page_shift", "lesson page, layout shift", None, most=0),
    Figure("step_raw_bytes", "step, before compression, median", None, "bytes", most=2048),
    Figure("click_ms_p50", "click on Next step until the DOM changed, median", None, "ms", most=9),
    Figure("click_ms_p95", "click on Next step until the DOM changed, p95", None, "ms", most=12),
    Figure("painted_ms_p50", "click on Next step until painted, median", None, "ms", most=18),
    Figure("painted_ms_p95", "click on Next step until painted, p95", None, "ms", most=23),
    Figure("fetch_ms_p50", "a static fragment of that size fetched and put in, median", None, "ms"),
    Figure("fetch_ms_p95", "the same, p95", None, "ms"),
    Figure("click_to_fetch", "click / static fragment", None, most=1.5),
    Figure("first_click_ms", "the first click of a page, median", None, "ms"),
    Figure("first_to_later", "first click / later ones", None, most=1.2),
    Figure("settled_ms_p50", "click on Next step until nothing changes any more, median", None, "ms"),
    Figure("settled_ms_p95", "click on Next step until nothing changes any more, p95", None, "ms"),
    Figure("look_back_click_ms_p50", "click on Back until the DOM changed, median", None, "ms", most=9),
    Figure("look_back_click_ms_p95", "click on Back until the DOM changed, p95", None, "ms", most=12),
    Figure("look_back_painted_ms_p50", "click on Back until painted, median", None, "ms", most=18),
    Figure("look_back_painted_ms_p95", "click on Back until painted, p95", None, "ms", most=23),
]


def all_figures(address: str, clicking: Walker, weighing: Walker) -> list[Figure]:
    """Measure in Chromium; without one, the figures say why they are missing."""
    values: dict[str, float] = {}
    try:
        with chromium() as browser:
            # The first load is the server's to warm up, each of the others has an empty cache.
            loads = [_in_context(browser, address, weighing, _weight) for _ in range(LOADS + 1)][1:]
            values |= {name: median([load[name] for load in loads]) for name in loads[0]}
            values |= _in_context(browser, address, clicking, _clicks)
            firsts = [_in_context(browser, address, clicking, _first_click) for _ in range(LOADS)]
            values["first_click_ms"] = median(firsts)
            values["first_to_later"] = round(values["first_click_ms"] / values["click_ms_p50"], 2)
    except NoChromium as problem:
        why = f"no Chromium that starts ({str(problem)[:60]})"
        return [replace(figure, why=why) for figure in NO_FIGURES]
    return [replace(figure, value=values[figure.name]) for figure in NO_FIGURES]


def _remember(context: BrowserContext, address: str, walker: Walker) -> None:
    context.add_cookies(
        [{"name": name, "value": value, "url": address} for name, value in walker.learner.cookies.items()]
    )


T = TypeVar("T")


def _in_context(browser: Browser, address: str, walker: Walker, measure: Callable[[Page, str], T]) -> T:
    with browser.new_context(viewport={"width": 1280, "height": 800}) as context:
        _remember(context, address, walker)
        return measure(context.new_page(), address)


def _weight(page: Page, address: str) -> dict[str, float]:
    """Load the page of the first lesson without a cache, and count the bytes on the wire, headers included."""
    kinds: dict[str, str] = {}
    weights: dict[str, float] = {}
    network = page.context.new_cdp_session(page)
    network.on("Network.responseReceived", lambda event: kinds.update({event["requestId"]: event["type"]}))
    network.on(
        "Network.loadingFinished", lambda event: weights.update({event["requestId"]: event["encodedDataLength"]})
    )
    network.send("Network.enable")
    page.goto(f"{address}/lessons/{site.SLUG}/", wait_until="networkidle")
    first_byte, paint, usable, ready, shift = page.evaluate(PAGE_TIMES)
    scripts = sum(weight for name, weight in weights.items() if kinds.get(name) == "Script")
    return {
        "page_requests": len(weights),
        "page_kb": round(sum(weights.values()) / 1024, 1),
        "page_js_kb": round(scripts / 1024, 1),
        "page_first_byte_ms": first_byte,
        "page_paint_ms": paint,
        "page_usable_ms": usable,
        "page_ready_ms": ready,
        "page_shift": shift,
    }


def _clicks(page: Page, address: str) -> dict[str, float]:
    sizes: list[int] = []
    _open(page, address)
    page.on("response", lambda answer: sizes.append(len(answer.body())) if "/steps/" in answer.url else None)
    both = [(_timed(page, "#next button"), _timed(page, "#fetch-static")) for _ in range(CLICKS + WARM_UP)][WARM_UP:]
    steps, fetches = zip(*both, strict=True)
    page.wait_for_timeout(500)
    looks = [_timed(page, "a#back") for _ in range(LOOKS + WARM_UP)][WARM_UP:]
    changed, painted, settled = zip(*steps, strict=True)
    fetched = [each[0] for each in fetches]
    looked, look_painted, _ = zip(*looks, strict=True)
    values = {"step_raw_bytes": median(sizes), "click_to_fetch": ratio(changed, fetched)}
    for name, samples in {
        "click": changed,
        "painted": painted,
        "settled": settled,
        "fetch": fetched,
        "look_back_click": looked,
        "look_back_painted": look_painted,
    }.items():
        values |= {f"{name}_ms_p50": median(samples), f"{name}_ms_p95": p95(samples)}
    return values


def _first_click(page: Page, address: str) -> float:
    _open(page, address)
    return _timed(page, "#next button")[0]


def _open(page: Page, address: str) -> None:
    page.goto(f"{address}/lessons/{site.LONG}/", wait_until="networkidle")
    page.evaluate(WATCH)


def _timed(page: Page, button: str) -> tuple[float, float, float]:
    """Click, and return the milliseconds until the DOM changed, until that was painted, and until nothing changed."""
    page.locator(button).click()
    page.wait_for_function(SETTLED)
    changed, painted, settled = page.evaluate(TIMES)
    return changed, painted, settled
