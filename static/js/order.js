// Lines to put in order: by dragging, and by the same buttons that work without JavaScript, here without a round trip.
(() => {
  /** @param {HTMLElement} line */
  const say = (line) => {
    const lines = [...(line.parentElement?.children ?? [])]
    const place = lines.indexOf(line) + 1
    const said = line.closest(".ask")?.querySelector("[data-moved]")
    if (said) said.textContent = `Line ${place} of ${lines.length}`
  }

  // The first line can't go up, nor the last one down.
  /** @param {Element} list */
  const settle = (list) => {
    const lines = [...list.children]
    for (const line of lines) {
      /** @type {NodeListOf<HTMLButtonElement>} */
      const buttons = line.querySelectorAll("[data-move]")
      for (const button of buttons) button.disabled = line === (button.dataset.move === "up" ? lines[0] : lines.at(-1))
    }
  }

  /** @param {HTMLButtonElement} button */
  const move = (button) => {
    /** @type {HTMLElement | null} */
    const line = button.closest("[data-line]")
    const list = line?.parentElement
    if (!line || !list) return
    if (button.dataset.move === "up") line.previousElementSibling?.before(line)
    else line.nextElementSibling?.after(line)
    settle(list)
    // Moving an element takes its focus; a button that can go no further hands it to the other one.
    /** @type {HTMLButtonElement | null} */
    const taker = button.disabled ? line.querySelector("[data-move]:enabled") : button
    taker?.focus()
    say(line)
  }

  /** @type {(line: HTMLElement, y: number) => void} */
  const place = (line, y) => {
    const list = line.parentElement
    if (!list) return
    const others = [...list.children].filter((other) => other !== line)
    const after = others.find((other) => {
      const box = other.getBoundingClientRect()
      return y < box.top + box.height / 2
    })
    const next = after ?? null
    if (line.nextElementSibling !== next) list.insertBefore(line, next)
  }

  addEventListener("click", (event) => {
    /** @type {HTMLButtonElement | null} */
    const button = event.target instanceof Element ? event.target.closest("[data-move]") : null
    if (!button) return
    event.preventDefault()
    move(button)
  })

  addEventListener("pointerdown", (event) => {
    const { target } = event
    if (!(target instanceof Element)) return
    /** @type {HTMLElement | null} */
    const line = target.closest("[data-line]")
    const isGrip = target.closest(".line-grip")
    // A finger on the text scrolls the page; a finger on the grip, or a mouse anywhere, drags.
    if (!line || event.button || target.closest("button") || (event.pointerType !== "mouse" && !isGrip)) return
    event.preventDefault()
    line.classList.add("is-dragged")
    /** @param {PointerEvent} moved */
    const follow = (moved) => place(line, moved.clientY)
    const drop = () => {
      removeEventListener("pointermove", follow)
      removeEventListener("pointerup", drop)
      removeEventListener("pointercancel", drop)
      line.classList.remove("is-dragged")
      if (line.parentElement) settle(line.parentElement)
      say(line)
    }
    addEventListener("pointermove", follow)
    addEventListener("pointerup", drop)
    addEventListener("pointercancel", drop)
  })
})()
