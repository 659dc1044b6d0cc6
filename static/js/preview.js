// Keep a preview up to date: a stream or the page around this one announces a new version, and htmx morphs the page.
(() => {
  const RETRY = 1000
  /** @type {(selector: string) => HTMLElement | null} */
  const find = (selector) => document.querySelector(selector)
  const version = () => find("#preview")?.dataset.version
  let isBusy = false
  let isWanted = false
  /** @type {{scroller: Element, left: number, top: number, step: string | undefined}[]} */
  let places = []

  // The address to ask for is the one that the newest answer gave, so nothing is asked while an answer is on its way.
  const refresh = () => {
    isWanted = isBusy
    if (!isBusy) find("#refresh")?.dispatchEvent(new CustomEvent("refresh"))
  }

  /** @type {(kind: string, text: string) => void} */
  const say = (kind, text) => {
    const state = find("#follow")
    if (!state) return
    if (state.dataset.kind !== kind || state.textContent !== text) state.textContent = text
    state.dataset.kind = kind
  }
  const sayUpdated = () => say("on", `Updated ${new Date().toLocaleTimeString()}`)

  // Only while the tab is seen: a browser keeps six connections to a site, and with as many streams every page would wait.
  /** @param {string} address */
  const follow = (address) => {
    /** @type {EventSource | null} */
    let source = null
    const listen = () => {
      source?.close()
      if (document.hidden) return
      const opened = (source = new EventSource(address))
      opened.addEventListener("version", (event) => {
        if (find("#follow")?.dataset.kind !== "on") say("on", "Follows the file")
        if (JSON.parse(event.data).version !== version()) refresh()
      })
      opened.onerror = () => {
        say("away", "Not connected: is `lessons watch` running?")
        // Some browsers give up when no server answers.
        if (opened.readyState === EventSource.CLOSED) setTimeout(listen, RETRY)
      }
    }
    addEventListener("visibilitychange", listen)
    addEventListener("pagehide", () => source?.close())
    addEventListener("pageshow", (event) => event.persisted && listen())
    listen()
  }

  // A new version must not scroll the page; choosing a step may.
  const at = () => find("#controls")?.dataset.at
  const remember = () => {
    places = [...document.querySelectorAll(".scroller")].map((scroller) => ({
      scroller, left: scroller.scrollLeft, top: scroller.scrollTop, step: at(),
    }))
  }
  const restore = () => {
    // In the frame in which tutor.js brings the step into sight, and after it.
    requestAnimationFrame(() => {
      for (const { scroller, left, top, step } of places) if (step === at()) scroller.scrollTo({ left, top, behavior: "instant" })
    })
  }

  /** @type {string | undefined} */
  let before
  addEventListener("htmx:before:request", () => (isBusy = true))
  addEventListener("htmx:before:swap", () => {
    before = version()
    remember()
  })
  addEventListener("htmx:after:swap", () => {
    document.title = `Preview: ${find("#preview")?.dataset.title} · Redis Tutor`
    if (before === version()) return
    restore()
    sayUpdated()
  })
  addEventListener("htmx:finally:request", () => {
    isBusy = false
    // A click that waits for this answer goes first: it would be dropped for a request that is queued now.
    if (isWanted) setTimeout(refresh)
  })
  addEventListener("message", (event) => {
    if (event.origin === location.origin && event.data === "refresh") refresh()
  })

  const stream = find("#follow")?.dataset.stream
  if (stream) follow(stream)
})()
