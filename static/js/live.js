// The subscriber: an EventSource that shows each message, and says when none can arrive.
(() => {
  const MOST = 200
  // This script is on one page only, which has all that it looks for.
  /** @type {<E extends HTMLElement>(selector: string) => E} */
  const find = (selector) => /** @type {any} */ (document.querySelector(selector))
  const state = find("#state")
  /** @param {number} at */
  const time = (at) => new Date(at).toLocaleTimeString()
  let lostAt = 0
  let tabs = 0
  let patience = 1
  /** @type {EventSource | null} */
  let source = null

  /** @type {(kind: string, text: string) => void} */
  const say = (kind, text) => {
    if (state.dataset.kind !== kind || state.textContent !== text) state.textContent = text
    state.dataset.kind = kind
  }

  /** @type {(kind: string, fill: (item: Element) => void) => void} */
  const add = (kind, fill) => {
    /** @type {HTMLTemplateElement} */
    const template = find(kind)
    const item = document.importNode(template.content, true).firstElementChild
    if (!item) return
    fill(item)
    const list = find("#messages")
    list.prepend(item)
    find("#empty").hidden = true
    while (list.children.length > MOST) list.lastElementChild?.remove()
  }

  const heard = () => {
    patience = 1
    say("on", tabs > 1 ? `Listening in ${tabs} tabs` : "Listening")
    if (!lostAt) return
    const [from, to] = [time(lostAt), time(Date.now())]
    add("#missed", (item) => (item.textContent = `Not listening from ${from} to ${to}. What was published meanwhile is lost.`))
    lostAt = 0
  }

  /** @param {string} text */
  const lost = (text) => {
    if (state.dataset.kind === "on") lostAt = Date.now()
    say("away", text)
  }

  // An EventSource doesn't tell why it was refused; the same address asked as a page does.
  /** @param {string} address */
  const explain = async (address) => {
    const answer = await fetch(address, { signal: AbortSignal.timeout(5000) }).catch(() => null)
    const text = answer && answer.status >= 400 && answer.headers.get("Content-Type")?.startsWith("text/plain") ? await answer.text() : ""
    answer?.body?.cancel().catch(() => {})
    say("off", text || "Not listening. Reload the page to try again.")
  }

  // One more try in a moment: a page that is reloaded may ask for its place before the server knows that it left.
  /** @type {(address: string, giveUp: () => void) => void} */
  const again = (address, giveUp) => void (patience-- > 0 ? setTimeout(listen, 1000, address) : giveUp())

  /** @param {string} address */
  const listen = (address) => {
    say("wait", "Connecting…")
    source?.close()
    const opened = (source = new EventSource(address))
    /** @type {(name: string, react: (said: {count: number, text: string, hue: number, shape: number, at: number}) => void) => void} */
    const on = (name, react) => opened.addEventListener(name, (event) => react(JSON.parse(event.data ?? "{}")))
    on("listening", heard)
    on("tabs", ({ count }) => {
      tabs = count
      if (state.dataset.kind === "on") heard()
    })
    on("message", ({ text, hue, shape, at }) =>
      add("#arrived", (item) => {
        const [token, when] = item.children
        token.classList.add(`token-${hue}`, `shape-${shape}`)
        token.textContent = text
        when.textContent = time(at)
      }),
    )
    on("away", () => lost("The Redis server is away, trying again…"))
    on("dropped", () => lost("This tab fell behind, connecting again…"))
    on("refused", ({ text }) => {
      opened.close()
      again(address, () => say("off", text))
    })
    opened.onerror = () =>
      opened.readyState === EventSource.CLOSED ? again(address, () => explain(address)) : lost("Connection lost, trying again…")
  }

  const fail = () => (find("#trouble").hidden = false)
  addEventListener("htmx:response:error", (event) => event.detail.ctx.text?.includes("<hx-partial") || fail())
  addEventListener("htmx:error", fail)
  // The field is empty as soon as its message is on the way: the next one can be typed, and a second press sends nothing.
  addEventListener("htmx:config:request", () => {
    /** @type {HTMLInputElement} */
    const field = find("#text")
    field.value = ""
    field.focus()
  })
  addEventListener("htmx:finally:request", ({ detail: { ctx } }) => {
    if ((ctx.response?.status ?? 500) < 400) return (find("#trouble").hidden = true)
    /** @type {HTMLInputElement} */
    const field = find("#text")
    field.value ||= ctx.request.body?.get("text") ?? ""
  })

  const address = state.dataset.stream
  if (!address) return
  listen(address)
  addEventListener("pagehide", () => source?.close())
  addEventListener("pageshow", (event) => event.persisted && listen(address))
})()
