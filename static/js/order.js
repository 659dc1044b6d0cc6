// Lines to put in order: by dragging, and by the same buttons that work without JavaScript, here without a round trip.
(() => {
  const say = (line) => {
    const lines = [...line.parentElement.children]
    const place = lines.indexOf(line) + 1
    line.closest(".ask").querySelector("[data-moved]").textContent = `Line ${place} of ${lines.length}`
  }

  // The first line can't go up, nor the last one down.
  const settle = (list) => {
    const lines = [...list.children]
    for (const line of lines) {
      line.querySelector("[data-move=up]").disabled = line === lines[0]
      line.querySelector("[data-move=down]").disabled = line === lines.at(-1)
    }
  }

  const move = (button) => {
    const line = button.closest("[data-line]")
    const list = line.parentElement
    if (button.dataset.move === "up") line.previousElementSibling?.before(line)
    else line.nextElementSibling?.after(line)
    settle(list)
    // Moving an element takes its focus; a button at the end of its way hands over to the other.
    ;(button.disabled ? line.querySelector("[data-move]:enabled") : button)?.focus()
    say(line)
  }

  const place = (line, y) => {
    const others = [...line.parentElement.children].filter((other) => other !== line)
    const after = others.find((other) => {
      const box = other.getBoundingClientRect()
      return y < box.top + box.height / 2
    })
    const next = after ?? null
    if (line.nextElementSibling !== next) line.parentElement.insertBefore(line, next)
  }

  addEventListener("click", (event) => {
    const button = event.target.closest("[data-move]")
    if (!button) return
    event.preventDefault()
    move(button)
  })

  addEventListener("pointerdown", (event) => {
    const line = event.target.closest("[data-line]")
    const isGrip = event.target.closest(".line-grip")
    // A finger on the text scrolls the page; a finger on the grip, or a mouse anywhere, drags.
    if (!line || event.button || event.target.closest("button") || (event.pointerType !== "mouse" && !isGrip)) return
    event.preventDefault()
    line.classList.add("is-dragged")
    const follow = (moved) => place(line, moved.clientY)
    const drop = () => {
      removeEventListener("pointermove", follow)
      removeEventListener("pointerup", drop)
      removeEventListener("pointercancel", drop)
      line.classList.remove("is-dragged")
      settle(line.parentElement)
      say(line)
    }
    addEventListener("pointermove", follow)
    addEventListener("pointerup", drop)
    addEventListener("pointercancel", drop)
  })
})()
