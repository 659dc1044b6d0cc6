"""Measurements in Chromium on the running site: the weight of a page, and the delay of a click."""

from collections.abc import Iterator
from dataclasses import replace

from playwright.sync_api import BrowserContext, Page

from tests.benches import site
from tests.benches.figures import Figure, median, p95
from tests.benches.runs import Walker
from tests.chromium import NoChromium, chromium

CLICKS, LOOKS, WARM_UP = 45, 15, 5

# From the click to the first change of the lesson's own part of the page, and to the last change of any kind.
CLICK = """
(button) => new Promise((resolve, reject) => {
  const stage = document.querySelector("#stage")
  let changed = 0, last = 0
  const watch = new MutationObserver((changes) => {
    last = performance.now()
    changed ||= changes.some((change) => change.type === "childList" && stage.contains(change.target)) ? last : 0
  })
  watch.observe(document, {subtree: true, childList: true, attributes: true, characterData: true})
  const start = performance.now()
  document.querySelector(button).click()
  setTimeout(() => reject(new Error("nothing changed in five seconds")), 5000)
  const wait = setInterval(() => {
    if (!changed || performance.now() - last < 120) return
    clearInterval(wait)
    watch.disconnect()
    resolve([changed - start, last - start])
  }, 5)
})
"""

NO_FIGURES = [
    Figure("page_requests", "lesson page, requests", None, most=8),
    Figure("page_kb", "lesson page, on the wire", None, "KB", most=50),
    Figure("page_js_kb", "lesson page, JavaScript on the wire", None, "KB", most=22),
    Figure("page_ready_ms", "lesson page, cold, until loaded", None, "ms", most=250),
    Figure("click_ms_p50", "click on Next step until the DOM changed, median", None, "ms", most=20),
    Figure("click_ms_p95", "click on Next step until the DOM changed, p95", None, "ms", most=30),
    Figure("settled_ms_p50", "click on Next step until nothing changes any more, median", None, "ms", most=60),
    Figure("settled_ms_p95", "click on Next step until nothing changes any more, p95", None, "ms"),
    Figure("look_back_click_ms_p50", "click on Back until the DOM changed, median", None, "ms"),
    Figure("look_back_click_ms_p95", "click on Back until the DOM changed, p95", None, "ms"),
]


def all_figures(address: str, clicking: Walker, weighing: Walker) -> list[Figure]:
    """Measure in Chromium; without one, the figures say why they are missing."""
    values: dict[str, float] = {}
    try:
        with chromium() as browser:
            # The page is weighed twice, each time with an empty cache: the first time is the server's to warm up.
            for measure, walker in ((_weight, weighing), (_weight, weighing), (_clicks, clicking)):
                with browser.new_context(viewport={"width": 1280, "height": 800}) as context:
                    _remember(context, address, walker)
                    values |= measure(context.new_page(), address)
    except NoChromium as problem:
        why = f"no Chromium that starts ({str(problem)[:60]})"
        return [replace(figure, why=why) for figure in NO_FIGURES]
    return [replace(figure, value=values[figure.name]) for figure in NO_FIGURES]


def _remember(context: BrowserContext, address: str, walker: Walker) -> None:
    context.add_cookies(
        [{"name": name, "value": value, "url": address} for name, value in walker.learner.cookies.items()]
    )


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
    ready = page.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd")
    scripts = sum(weight for name, weight in weights.items() if kinds.get(name) == "Script")
    return {
        "page_requests": len(weights),
        "page_kb": round(sum(weights.values()) / 1024, 1),
        "page_js_kb": round(scripts / 1024, 1),
        "page_ready_ms": round(ready, 1),
    }


def _clicks(page: Page, address: str) -> dict[str, float]:
    page.goto(f"{address}/lessons/{site.LONG}/", wait_until="networkidle")
    steps = list(_timed(page, "#next button", CLICKS + WARM_UP))[WARM_UP:]
    looks = list(_timed(page, "a#back", LOOKS))
    changed, settled = zip(*steps, strict=True)
    looked = [change for change, _ in looks]
    return {
        "click_ms_p50": median(changed),
        "click_ms_p95": p95(changed),
        "settled_ms_p50": median(settled),
        "settled_ms_p95": p95(settled),
        "look_back_click_ms_p50": median(looked),
        "look_back_click_ms_p95": p95(looked),
    }


def _timed(page: Page, button: str, count: int) -> Iterator[tuple[float, float]]:
    for _ in range(count):
        changed, settled = page.evaluate(CLICK, button)
        yield changed, settled
