// Features beyond HTML and htmx: keys, automatic playing, and keeping the newest row in view. Lessons work without it.
(() => {
  /** @type {<E extends HTMLElement>(selector: string) => E | null} */
  const find = (selector) => document.querySelector(selector)
  const next = () => find("#next button")
  const forward = () => find("a#forward")
  let timer = 0
  /** The script that explains words, once it was asked for. @type {Promise<void> | undefined} */
  let explains
  let focused = ""
  /** The link that shares a step. @type {HTMLAnchorElement | null} */
  let share = null

  /** @param {Event} event */
  const targetOf = ({ target }) => (target instanceof Element ? target : document.documentElement)

  // Automatic playing: press the learner's button, and stop as soon as the learner acts or something fails.
  const isPlaying = () => find("#play")?.ariaPressed === "true"
  /** @param {boolean} on */
  const play = (on) => {
    clearTimeout(timer)
    const button = find("#play")
    if (!button) return
    button.ariaPressed = String(on)
    button.ariaLabel = button.dataset.tip = on ? "Pause" : "Play by itself"
  }
  const press = () => {
    const target = forward() ?? next()
    target ? target.click() : play(false)
  }
  const pressLater = () => {
    clearTimeout(timer)
    /** @type {HTMLSelectElement | null} */
    const speed = find("#speed")
    timer = setTimeout(press, Number(speed?.value))
  }

  // Scroll inside the element's own scroller only; the page itself never moves.
  /** @param {Element | null} [element] */
  const reveal = (element) => {
    const scroller = element?.closest(".scroller")
    if (!element || !scroller) return
    const inner = element.getBoundingClientRect()
    const outer = scroller.getBoundingClientRect()
    /** @type {HTMLElement | null} */
    const side = scroller.querySelector("tbody > tr > th, .lane-names")
    const head = scroller.querySelector("thead")
    // An element that is larger than its scroller shows its beginning.
    /** @type {(start: number, end: number) => number} */
    const moved = (start, end) => Math.min(0, start) || Math.max(0, Math.min(start, end))
    scroller.scrollBy({
      left: moved(inner.left - outer.left - (side?.offsetWidth ?? 0), inner.right - outer.left - scroller.clientWidth),
      top: moved(inner.top - outer.top - (head?.offsetHeight ?? 0), inner.bottom - outer.top - scroller.clientHeight),
      behavior: "instant",
    })
  }

  // Show the row that a link named: the whole stage where it fits on a screen, and a flash, also the second time.
  /** @param {Element | null} row */
  const show = (row) => {
    if (!row) return
    if (matchMedia("(min-width: 1000px)").matches) {
      scrollTo({ top: 0 })
      reveal(row)
    }
    for (const part of row.children) for (const motion of part.getAnimations()) motion.play()
  }

  // Put the slider at the step that is shown or asked for, unless it is being dragged.
  /** @param {string | null} at */
  const place = (at) => {
    /** @type {HTMLInputElement | null} */
    const slider = find("#slider")
    if (slider && at !== null && !slider.matches(":active")) slider.value = at
  }

  /** Mark the one of these elements that belongs to the step which is shown.
   * @param {string} marked
   * @param {Element | null} current
   * @param {string} kind */
  const markCurrent = (marked, current, kind = "step") => {
    for (const old of document.querySelectorAll(marked)) if (old !== current) old.removeAttribute("aria-current")
    current?.setAttribute("aria-current", kind)
  }

  /** Have an element's links lead to another step.
   * @param {Element} element
   * @param {string} address
   * @param {(address: string) => string} changed */
  const redirect = (element, address, changed) => {
    for (const name of [address, "hx-get", "hx-post"]) {
      const old = element.getAttribute(name)
      if (old !== null) element.setAttribute(name, changed(old))
    }
  }

  /** Move the controls one step on: an answer that changes no more of them leaves that to us.
   * @param {HTMLElement} controls
   * @param {number} at */
  const advance = (controls, at) => {
    // Predictions were switched on or off in another tab: the server knows, and this page does not.
    if (find('#predict-switch[aria-pressed="true"]')) return location.reload()
    controls.dataset.at = String(at)
    const back = find("a#back")
    if (back) redirect(back, "href", (old) => old.replace(/at=\d+/, `at=${at - 1}`))
    const form = find("#next")
    if (form) redirect(form, "action", (old) => old.replace(/\d+\/$/, `${at + 1}/`))
    const slider = find("#slider")
    for (const name of ["max", "value"]) slider?.setAttribute(name, String(at))
    const bar = find("#header-progress progress")
    const step = find("#header-progress strong")
    if (step) step.textContent = String(at)
    bar?.setAttribute("value", String(at))
    if (bar) bar.textContent = `${at} of ${bar.getAttribute("max")}`
  }

  /** Light the part of the code or the flow that belongs to the step; "" for none.
   * @param {Element | null} list
   * @param {string | undefined} number */
  const light = (list, number) => {
    const part = list?.children[Number(number) - 1]
    const old = list?.querySelector(":scope > .is-lit")
    if (!list || part === old) return
    old?.classList.remove("is-lit")
    old?.removeAttribute("aria-current")
    part?.classList.add("is-lit")
    part?.setAttribute("aria-current", "true")
    // What the light means, for those who don't see it.
    const { meaning } = /** @type {HTMLElement} */ (list).dataset
    if (!meaning) return
    old?.querySelector(".visually-hidden")?.remove()
    const words = document.createElement("span")
    words.className = "visually-hidden"
    words.textContent = meaning
    part?.prepend(words)
  }

  /** Give rows of the tracker that the step left alone their cells in its column: copies of their last ones. */
  const fillColumn = () => {
    const step = find("#tracker-head > :last-child")?.dataset.step
    if (step === undefined) return
    /** @type {NodeListOf<HTMLElement>} */
    const last = document.querySelectorAll("#tracker tbody td:last-child")
    for (const old of last) {
      if (old.dataset.step === step) continue
      const cell = /** @type {HTMLElement} */ (old.cloneNode(true))
      cell.dataset.step = step
      cell.removeAttribute("class")
      cell.removeAttribute("data-changed")
      cell.querySelector(".was")?.remove()
      const wire = cell.querySelector(".wire")
      wire?.replaceWith(/** @type {Element} */ (wire.querySelector("summary > *")))
      old.after(cell)
    }
  }

  /** Make links of the texts that name a step which is reached now.
   * @param {string} at */
  const linkTo = (at) => {
    /** @type {NodeListOf<HTMLElement>} */
    const ahead = document.querySelectorAll(`.is-ahead:is([data-href$="#row-${at}"], [data-href*="at=${at}&"])`)
    for (const each of ahead) {
      const link = document.createElement("a")
      link.className = "step-link"
      link.setAttribute("href", each.dataset.href ?? "")
      each.querySelector("small")?.remove()
      link.append(...each.childNodes)
      each.replaceWith(link)
    }
  }

  /** Put the link that shares a step back, if the answer left it out.
   * @param {Element | null} row */
  const keepShare = (row) => {
    const action = find(".hero-action")
    const id = row?.querySelector("th")?.id
    if (!share || !action || !id || find(".hero-share")) return
    share.setAttribute("href", share.pathname.replace(/[^/]+\/$/, `${id.slice(5)}/`))
    delete share.dataset.copied
    ;(share.querySelector("span") ?? share).textContent = share.title
    action.append(share)
  }

  /** The code of each tab that was shown, by its number: the answer to a step need not bring it again.
   * @type {Map<string, HTMLElement>} */
  const codes = new Map()
  let shownTab = ""

  /** Show the code of the step's tab, and remember it.
   * @param {string} tab */
  const keepCode = (tab) => {
    const code = find("#code")
    const known = codes.get(tab)
    if (code && known && tab !== shownTab && code === codes.get(shownTab)) {
      // htmx notes on an element that it is about to be replaced.
      known.classList.remove("htmx-swapping")
      code.replaceWith(known)
    } else if (code) codes.set(tab, code)
    shownTab = tab
  }

  /** Show in the code pane and the flow which tab, line and box belong to the step.
   * @param {HTMLElement} say */
  const showCode = ({ dataset: { at, tab, line, box } }) => {
    keepCode(tab ?? "")
    const tabs = document.querySelectorAll("#code-tabs a")
    for (const each of tabs) redirect(each, "href", (old) => old.replace(/at=\d+/, `at=${at}`))
    markCurrent("#code-tabs [aria-current]", tabs[Number(tab) - 1] ?? null, "true")
    light(find("#code"), line)
    light(find("#flow"), box)
  }

  // Bring everything that a swap leaves alone in line with the step that is shown. Nothing here asks where things are:
  // the browser would have to lay the page out at once, and again for the frame.
  const settle = () => {
    const controls = find("#controls")
    const say = find("#say[data-at]")
    const at = say?.dataset.at ?? controls?.dataset.at
    if (!controls || at === undefined) return
    if (controls.dataset.at !== at) advance(controls, Number(at))
    if (say) showCode(say)
    const row = find("#row-" + at)
    fillColumn()
    linkTo(at)
    keepShare(row)
    markCurrent("#rows [aria-current]", row)
    markCurrent("#lanes li[aria-current]", find("#lane-" + at))
    /** @type {NodeListOf<HTMLTableCellElement>} */
    const changed = document.querySelectorAll("#tracker .is-changed")
    for (const cell of changed) {
      if (cell.dataset.step === at) continue
      cell.removeAttribute("class")
      cell.removeAttribute("data-changed")
    }
    /** @type {NodeListOf<HTMLElement>} */
    const changes = document.querySelectorAll("#rows [data-change]")
    for (const each of changes) {
      if (row?.contains(each)) each.dataset.changed = each.dataset.change
      else each.removeAttribute("data-changed")
    }
    place(at)
    // A key that comes to be brings one cell for all columns before it.
    const count = find("#tracker-head")?.children.length ?? 0
    /** @type {NodeListOf<HTMLTableCellElement>} */
    const before = document.querySelectorAll("#tracker .is-before")
    for (const cell of before) {
      const others = [...(cell.parentElement?.children ?? [])].filter((each) => each !== cell)
      cell.colSpan = Math.max(1, count - others.length)
      cell.setAttribute("aria-colspan", String(cell.colSpan))
    }
    const now = columnAt(at)
    for (const each of document.querySelectorAll("#tracker-head [data-step]")) each.classList.toggle("is-now", each === now)
    cancelAnimationFrame(frame)
    frame = requestAnimationFrame(() => bringIntoSight(at))
    /** @type {HTMLButtonElement | null} */
    const button = find("#play")
    if (!button) return
    button.disabled = !forward() && !next()
    if (button.disabled) play(false)
    else if (isPlaying()) pressLater()
  }

  /** @param {string} at */
  const columnAt = (at) => {
    /** @type {NodeListOf<HTMLElement>} */
    const columns = document.querySelectorAll("#tracker-head [data-step]")
    return [...columns].findLast((column) => Number(column.dataset.step) <= Number(at))
  }

  let frame = 0
  let rules = ""
  // A sheet, because a style attribute would break the page's Content Security Policy when htmx copies it.
  const places = new CSSStyleSheet()
  document.adoptedStyleSheets = [places]

  /** Give changed rows of the tracker their places at its edges, below the head and one below the other.
   * @param {NodeListOf<HTMLElement>} rows */
  const pin = (rows) => {
    let over = find("#tracker thead")?.offsetHeight ?? 0
    const heights = [...rows].map((row) => row.offsetHeight)
    let under = heights.reduce((sum, height) => sum + height, 0)
    let wanted = ""
    rows.forEach((row, number) => {
      under -= heights[number]
      wanted += `@layer page { #tracker #${row.id} { --over: ${over}px; --under: ${under}px } }`
      over += heights[number]
    })
    if (wanted !== rules) places.replaceSync((rules = wanted))
  }

  /** Scroll each pane to what the step changed, in the frame that shows it.
   * @param {string} at */
  const bringIntoSight = (at) => {
    pin(document.querySelectorAll("#tracker tr:has(> .is-changed)"))
    const column = find("#lane-" + at)
    if (column?.offsetParent) reveal(column)
    reveal(find("#closing")?.firstElementChild)
    reveal(find("#row-" + at))
    reveal(columnAt(at))
    reveal(find("#tracker .is-changed"))
    reveal(find("#picture .key:has(.is-new, .is-entering-left, .is-entering-right)"))
    reveal(find("#code-tabs [aria-current]"))
    reveal(find("#code > .is-lit"))
    reveal(find("#flow > .is-lit"))
  }

  const fail = () => {
    play(false)
    place(find("#controls")?.dataset.at ?? null)
    const trouble = find("#trouble")
    if (trouble) trouble.hidden = false
  }

  /** @type {Record<string, () => HTMLElement | null>} */
  const KEYS = {
    // A step that waits for a prediction: its question first, then the field for the answer.
    ArrowRight: () => forward() ?? next() ?? find("a#ask-next") ?? find('label[for="guess"]'),
    ArrowLeft: () => find("a#back"),
    Home: () => find("a#first"),
    End: () => find("a#last"),
  }

  /** Move the slider back, so that a press counts whose answer is still on its way; it asks for the last step pressed.
   * Returns whether it did, because an earlier press has moved it already. */
  const isGoingBack = () => {
    /** @type {HTMLInputElement | null} */
    const slider = find("#slider")
    if (!slider || slider.disabled) return false
    const isWaiting = Number(slider.value) < Number(find("#controls")?.dataset.at)
    slider.value = String(Number(slider.value) - 1)
    if (isWaiting) slider.dispatchEvent(new Event("input", { bubbles: true }))
    return isWaiting
  }

  settle()
  // The first press finds the code of htmx and of this script compiled: it swaps a hidden element for itself.
  const warm = () => {
    const hidden = find("#trouble[hidden]")
    if (hidden && window.htmx) {
      const text = `<hx-partial id="trouble" hx-swap="outerMorph">${hidden.outerHTML}</hx-partial>`
      window.htmx.swap({ sourceElement: document.body, text })
    }
  }
  ;(window.requestIdleCallback ?? setTimeout)(warm)
  addEventListener("keydown", (event) => {
    const target = KEYS[event.key]?.()
    if (!target || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || event.defaultPrevented) return
    const from = targetOf(event)
    if (from.closest("input, textarea, select, [contenteditable]") || from.matches(".scroller:focus-visible")) return
    event.preventDefault()
    play(false)
    if (event.key !== "ArrowLeft" || !isGoingBack()) target.click()
  })
  addEventListener("click", (event) => {
    const pressed = targetOf(event)
    if (pressed.closest("#play")) {
      play(!isPlaying())
      if (isPlaying()) press()
    } else if (event.isTrusted && !pressed.closest("#autoplay")) play(false)
    /** @type {HTMLAnchorElement | null} */
    const term = pressed.closest("a.term")
    if (term && !explains && !(event.ctrlKey || event.metaKey || event.shiftKey || event.button)) {
      event.preventDefault()
      explains = import("../js/terms.js").then(() => term.click(), () => location.assign(term.href))
    }
    /** @type {HTMLAnchorElement | null} */
    const link = pressed.closest('a[href^="#row-"]')
    if (link) requestAnimationFrame(() => show(find(link.hash)))
  })
  // A link that can be copied: without a clipboard it is followed, and the address bar has it.
  addEventListener("click", (event) => {
    /** @type {HTMLAnchorElement | null} */
    const link = targetOf(event).closest("a[data-copy]")
    if (!link || !navigator.clipboard) return
    event.preventDefault()
    const label = link.querySelector("span") ?? link
    const said = label.textContent
    navigator.clipboard.writeText(link.href).then(() => {
      label.textContent = "Copied"
      link.dataset.copied = ""
      setTimeout(() => {
        label.textContent = said
        delete link.dataset.copied
      }, 2000)
    }, () => location.assign(link.href))
  })
  addEventListener("input", (event) => targetOf(event).id === "slider" && play(false))
  // A request of the slider may have waited for another's answer, which moved the slider back.
  addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
    if (ctx.sourceElement.id === "slider-form") place(new URL(ctx.request.action, document.baseURI).searchParams.get("at"))
  })
  // A step waits for an answer that is on its way, such as another file's. It is not sent if that answer took its button
  // away, or gave it the step after: that was a double click.
  addEventListener("htmx:before:request", (event) => {
    const { sourceElement: form, request } = event.detail.ctx
    if (!form.matches("#next, .predict-form, .predict-skip")) return
    if (!form.isConnected || form.getAttribute("hx-post") !== request.action) event.preventDefault()
    request.body?.append("codes", [...codes.keys()].join())
  })
  addEventListener("htmx:before:swap", () => {
    share = find(".hero-share")
    focused = document.activeElement?.closest(".dock") ? document.activeElement.id : ""
  })
  addEventListener("htmx:after:swap", (event) => {
    if ((event.detail.ctx.response?.status ?? 0) >= 400) return play(false)
    // Predictions were switched on in another tab: this page has no style sheet for their panel.
    if (find(".predict") && !find('link[href*="/predictions."]')) return location.reload()
    const trouble = find("#trouble")
    if (trouble) trouble.hidden = true
    // A step or a look back: notices were about what was before, and so was a question of predictions that are off now.
    const say = find("#say")
    if (event.detail.ctx.text?.includes('id="say"')) find("#notice")?.replaceChildren()
    else if (say) {
      // A tab that was picked: the step's sentence, and with it what it says of the code pane, stayed.
      const [tab, line] = ["#code-tabs a", "#code > li"].map((parts) => {
        const number = [...document.querySelectorAll(parts)].findIndex((part) => part.ariaCurrent === "true")
        return number < 0 ? "" : String(number + 1)
      })
      Object.assign(say.dataset, { tab, line })
    }
    settle()
    // A button may have become a link, or a dead end: the focus goes to its replacement, else to the field or the main button.
    if (focused && document.activeElement === document.body) {
      const heir = find("#" + focused)
      // On a phone the field opens over what the step changed, so it waits to be asked for.
      const canAsk = focused === "ask-next" || !matchMedia("(max-width: 699px)").matches
      const main = (canAsk && find("#guess")) || find(".main-slot a, .main-slot button")
      const taker = heir?.matches("a, button, input") ? heir : main
      taker?.focus({ preventScroll: true })
    }
  })
  addEventListener("htmx:response:error", (event) => event.detail.ctx.text?.includes("<hx-partial") || fail())
  addEventListener("htmx:error", fail)
})()
