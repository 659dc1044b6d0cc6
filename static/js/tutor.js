// What HTML and htmx alone cannot do: keys, playing by itself, and keeping the newest row in view. Nothing here is needed to learn.
(() => {
  const page = document.documentElement
  const find = (selector) => document.querySelector(selector)
  const next = () => find("#next button")
  const forward = () => find("a#forward")
  let timer = 0
  let focused = ""

  page.classList.add("js")

  // Playing by itself: press what a learner would press, and stop at the first sign of a hand or of trouble.
  const isPlaying = () => find("#play")?.ariaPressed === "true"
  const play = (on) => {
    clearTimeout(timer)
    const button = find("#play")
    if (!button) return
    button.ariaPressed = on
    button.ariaLabel = button.title = on ? "Pause" : "Play by itself"
  }
  const press = () => {
    const target = forward() ?? next()
    target ? target.click() : play(false)
  }
  const pressLater = () => {
    clearTimeout(timer)
    timer = setTimeout(press, find("#speed").value)
  }

  // Scroll inside the element's own scroller only; the page itself never moves.
  const reveal = (element) => {
    const scroller = element?.closest(".scroller")
    if (!scroller) return
    const inner = element.getBoundingClientRect()
    const outer = scroller.getBoundingClientRect()
    const side = scroller.querySelector("tbody > tr > th, .lane-names")?.offsetWidth ?? 0
    const head = scroller.querySelector("thead")?.offsetHeight ?? 0
    // What is larger than its scroller shows its beginning.
    const moved = (start, end) => Math.min(0, start) || Math.max(0, Math.min(start, end))
    scroller.scrollBy({
      left: moved(inner.left - outer.left - side, inner.right - outer.left - scroller.clientWidth),
      top: moved(inner.top - outer.top - head, inner.bottom - outer.top - scroller.clientHeight),
      behavior: "instant",
    })
  }

  // Show a row that a link named: the whole stage where it fits on a screen, and a flash, also the second time.
  const show = (row) => {
    if (!row) return
    if (matchMedia("(min-width: 1000px)").matches) {
      scrollTo({ top: 0 })
      reveal(row)
    }
    for (const part of row.children) for (const motion of part.getAnimations()) motion.play()
  }

  // The slider stands at the step that is shown or asked for, unless a hand holds it.
  const place = (at) => {
    const slider = find("#slider")
    if (!slider.matches(":active")) slider.value = at
  }

  // Bring everything that a swap leaves alone in line with the step that is shown.
  const settle = () => {
    const at = find("#controls")?.dataset.at
    if (at === undefined) return
    const row = find("#row-" + at)
    for (const old of document.querySelectorAll("#rows [aria-current]")) if (old !== row) old.removeAttribute("aria-current")
    row?.setAttribute("aria-current", "step")
    const column = find("#lane-" + at)
    for (const old of document.querySelectorAll("#lanes li[aria-current]")) if (old !== column) old.removeAttribute("aria-current")
    column?.setAttribute("aria-current", "step")
    if (column?.offsetParent) reveal(column)
    for (const cell of document.querySelectorAll("#tracker .is-changed")) cell.classList.toggle("is-changed", cell.dataset.step === at)
    place(at)
    reveal(find("#done") && find("#closing").firstElementChild || row)
    // A key that came to be brings one cell for all columns before it.
    const count = find("#tracker-head")?.children.length
    for (const cell of document.querySelectorAll("#tracker .is-before")) {
      const others = [...cell.parentElement.children].filter((each) => each !== cell)
      cell.colSpan = Math.max(1, count - others.length)
      cell.setAttribute("aria-colspan", cell.colSpan)
    }
    const columns = [...document.querySelectorAll("#tracker-head [data-step]")]
    const now = columns.findLast((column) => Number(column.dataset.step) <= at)
    for (const each of columns) each.classList.toggle("is-now", each === now)
    reveal(now)
    reveal(find("#tracker .is-changed"))
    reveal(find("#picture .key:has(.is-new, .is-entering-left, .is-entering-right)"))
    reveal(find("#code > .is-lit"))
    reveal(find("#flow > .is-lit"))
    const button = find("#play")
    button.disabled = !forward() && !next()
    if (button.disabled) play(false)
    else if (isPlaying()) pressLater()
  }

  // Put a message at the right end of the list that is being predicted; a single value takes the place of another.
  const put = (text) => {
    const field = find("#guess")
    const inner = field.value.trim().replace(/^\[|\]$/g, "").trim()
    const isList = field.hasAttribute("data-list") && text !== "[]"
    field.value = isList ? `[${inner ? inner + ", " : ""}${text}]` : text
  }

  const fail = () => {
    play(false)
    find("#trouble").hidden = false
  }

  const KEYS = {
    // A step that waits for a prediction: its question first, then the field for the answer.
    ArrowRight: () => forward() ?? next() ?? find("a#ask-next") ?? find('label[for="guess"]'),
    ArrowLeft: () => find("a#back"),
    Home: () => find("a#first"),
    End: () => find("a#last"),
  }

  addEventListener("DOMContentLoaded", settle)
  addEventListener("keydown", (event) => {
    const target = KEYS[event.key]?.()
    if (!target || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || event.defaultPrevented) return
    if (event.target.closest("input, textarea, select, [contenteditable]") || event.target.matches(".scroller:focus-visible")) return
    event.preventDefault()
    play(false)
    target.click()
  })
  addEventListener("click", (event) => {
    if (event.target.closest("#play")) {
      play(!isPlaying())
      if (isPlaying()) press()
    } else if (event.isTrusted && !event.target.closest("#autoplay")) play(false)
    const chip = event.target.closest("[data-put]")
    if (chip) put(chip.dataset.put)
    const link = event.target.closest('a[href^="#row-"]')
    if (link) requestAnimationFrame(() => show(find(link.hash)))
  })
  addEventListener("input", (event) => event.target.id === "slider" && play(false))
  // A look that waited for the answer before it, which has moved the slider back.
  addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
    if (ctx.sourceElement.id === "slider-form") place(new URL(ctx.request.action, document.baseURI).searchParams.get("at"))
  })
  addEventListener("htmx:before:swap", () => {
    focused = document.activeElement.closest(".dock") && document.activeElement.id
  })
  addEventListener("htmx:after:swap", (event) => {
    const status = event.detail.ctx.response?.status
    if (status >= 400) return play(false)
    const trouble = find("#trouble")
    if (trouble) trouble.hidden = true
    settle()
    // A button may have become a link, or a dead end: the focus goes to what took its place, else to the field or the main button.
    if (focused && document.activeElement === document.body) {
      const heir = find("#" + focused)
      const main = find("#guess") ?? find(".main-slot a, .main-slot button")
      ;(heir?.matches("a, button, input") ? heir : main)?.focus({ preventScroll: true })
    }
  })
  addEventListener("htmx:response:error", (event) => event.detail.ctx.text.includes("<hx-partial") || fail())
  addEventListener("htmx:error", fail)
})()
