// Keeps a preview up to date: a stream tells of new versions, or the page around this one does; htmx morphs what is new.
(() => {
  const RETRY = 1000
  const find = (selector) => document.querySelector(selector)
  const version = () => find("#preview").dataset.version
  let isBusy = false
  let isWanted = false
  let places = []

  // The address to ask for is the one that the newest answer gave, so nothing is asked while an answer is on its way.
  const refresh = () => {
    isWanted = isBusy
    if (!isBusy) find("#refresh").dispatchEvent(new CustomEvent("refresh"))
  }

  const say = (kind, text) => {
    const state = find("#follow")
    if (!state) return
    if (state.dataset.kind !== kind || state.textContent !== text) state.textContent = text
    state.dataset.kind = kind
  }
  const sayUpdated = () => say("on", `Updated ${new Date().toLocaleTimeString()}`)

  // Only while the tab is seen: a browser keeps six connections to a site, and with as many streams every page would wait.
  const follow = (address) => {
    let source = null
    const listen = () => {
      source?.close()
      if (document.hidden) return
      source = new EventSource(address)
      source.addEventListener("version", (event) => {
        if (find("#follow").dataset.kind !== "on") say("on", "Follows the file")
        if (JSON.parse(event.data).version !== version()) refresh()
      })
      source.onerror = () => {
        say("away", "Not connected: is `lessons watch` running?")
        // Some browsers give up where nobody answers.
        if (source.readyState === EventSource.CLOSED) setTimeout(listen, RETRY)
      }
    }
    addEventListener("visibilitychange", listen)
    addEventListener("pagehide", () => source?.close())
    addEventListener("pageshow", (event) => event.persisted && listen())
    listen()
  }

  // A new version must not move what one is looking at; a step that was chosen may.
  const at = () => find("#controls")?.dataset.at
  const remember = () => {
    places = [...document.querySelectorAll(".scroller")].map((scroller) => [scroller, scroller.scrollLeft, scroller.scrollTop, at()])
  }
  const restore = () => {
    for (const [scroller, left, top, step] of places) if (step === at()) scroller.scrollTo({ left, top, behavior: "instant" })
  }

  let before = ""
  addEventListener("htmx:before:request", () => (isBusy = true))
  addEventListener("htmx:before:swap", () => {
    before = version()
    remember()
  })
  addEventListener("htmx:after:swap", () => {
    document.title = `Preview: ${find("#preview").dataset.title} · Redis Tutor`
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
