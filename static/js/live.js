// The subscriber: an EventSource that shows what arrives, and says when nothing can.
(() => {
  const MOST = 200
  const find = (selector) => document.querySelector(selector)
  const state = find("#state")
  const time = (at) => new Date(at).toLocaleTimeString()
  let lostAt = 0
  let tabs = 0
  let patience = 1
  let source = null

  const say = (kind, text) => {
    if (state.dataset.kind !== kind || state.textContent !== text) state.textContent = text
    state.dataset.kind = kind
  }

  const add = (kind, fill) => {
    const item = find(kind).content.cloneNode(true).firstElementChild
    fill(item)
    const list = find("#messages")
    list.prepend(item)
    find("#empty").hidden = true
    while (list.children.length > MOST) list.lastElementChild.remove()
  }

  const heard = () => {
    patience = 1
    say("on", tabs > 1 ? `Listening in ${tabs} tabs` : "Listening")
    if (!lostAt) return
    const [from, to] = [time(lostAt), time(Date.now())]
    add("#missed", (item) => (item.textContent = `Not listening from ${from} to ${to}. What was published meanwhile is lost.`))
    lostAt = 0
  }

  const lost = (text) => {
    if (state.dataset.kind === "on") lostAt = Date.now()
    say("away", text)
  }

  // An EventSource doesn't tell why it was refused; the same address asked as a page does.
  const explain = async (address) => {
    const answer = await fetch(address, { signal: AbortSignal.timeout(5000) }).catch(() => null)
    const text = answer && answer.status >= 400 && answer.headers.get("Content-Type")?.startsWith("text/plain") ? await answer.text() : ""
    answer?.body?.cancel().catch(() => {})
    say("off", text || "Not listening. Reload the page to try again.")
  }

  // One more try in a moment: a page that is reloaded may ask for its place before the server knows that it left.
  const again = (address, giveUp) => (patience-- > 0 ? setTimeout(listen, 1000, address) : giveUp())

  const listen = (address) => {
    say("wait", "Connecting…")
    source?.close()
    source = new EventSource(address)
    const on = (name, react) => source.addEventListener(name, (event) => react(JSON.parse(event.data ?? "{}")))
    on("listening", heard)
    on("tabs", ({ count }) => {
      tabs = count
      if (state.dataset.kind === "on") heard()
    })
    on("message", ({ text, hue, at }) =>
      add("#arrived", (item) => {
        item.firstElementChild.classList.add(`token-${hue}`)
        item.firstElementChild.textContent = text
        item.lastElementChild.textContent = time(at)
      }),
    )
    on("away", () => lost("The Redis server is away, trying again…"))
    on("dropped", () => lost("This tab fell behind, connecting again…"))
    on("refused", ({ text }) => {
      source.close()
      again(address, () => say("off", text))
    })
    source.onerror = () =>
      source.readyState === EventSource.CLOSED ? again(address, () => explain(address)) : lost("Connection lost, trying again…")
  }

  const fail = () => (find("#trouble").hidden = false)
  addEventListener("htmx:response:error", (event) => event.detail.ctx.text.includes("<hx-partial") || fail())
  addEventListener("htmx:error", fail)
  addEventListener("htmx:after:swap", (event) => {
    if ((event.detail.ctx.response?.status ?? 200) >= 400) return
    find("#trouble").hidden = true
    const field = find("#text")
    field.value = ""
    field.focus()
  })

  const address = state.dataset.stream
  if (!address) return
  listen(address)
  addEventListener("pagehide", () => source.close())
  addEventListener("pageshow", (event) => event.persisted && listen(address))
})()
