// What a page of questions does beyond HTML and htmx: lights the rows an answer refers to, and puts a list together by pressing messages.
(() => {
  const table = () => document.querySelector("#rows")

  // The rows of the newest answer, and only those.
  const light = () => {
    const newest = [...document.querySelectorAll("[data-lit]")].pop()
    if (!newest || !table()) return
    const steps = newest.dataset.lit.split(" ").filter(Boolean)
    for (const old of table().querySelectorAll(".is-lit")) old.classList.remove("is-lit")
    for (const step of steps) document.querySelector("#row-" + step)?.classList.add("is-lit")
    reveal(steps)
  }

  const reveal = (steps) => {
    const row = document.querySelector("#row-" + steps[0])
    const scroller = row?.closest(".scroller")
    if (!scroller || getComputedStyle(scroller).overflowY !== "auto") return
    const inner = row.getBoundingClientRect()
    const outer = scroller.getBoundingClientRect()
    const head = scroller.querySelector("thead")?.offsetHeight ?? 0
    scroller.scrollBy({ top: Math.min(0, inner.top - outer.top - head) || Math.max(0, inner.bottom - outer.bottom) })
  }

  // A list as it is typed, message by message: quoted or not, with brackets or without.
  const messages = (typed) =>
    typed.trim() === "empty" ? [] : (typed.replace(/^\s*\[|\]\s*$/g, "").match(/'[^']*'|"[^"]*"|[^\s,]+/g) ?? [])
  const write = (field, list) => {
    field.value = `[${list.join(", ")}]`
    field.dispatchEvent(new Event("input", { bubbles: true }))
  }

  addEventListener("DOMContentLoaded", light)
  addEventListener("htmx:before:swap", (event) => {
    if ((event.detail.ctx.response?.status ?? 200) >= 400) return
    // The answer that comes carries its own rows; those of the one before are over.
    if (event.detail.ctx.text?.includes("data-lit")) for (const old of document.querySelectorAll("[data-lit]")) old.removeAttribute("data-lit")
  })
  addEventListener("htmx:after:swap", () => {
    light()
    const fresh = document.querySelector("[data-focus]")
    fresh?.removeAttribute("data-focus")
    fresh?.focus()
  })
  addEventListener("click", (event) => {
    const button = event.target.closest("[data-append], [data-take-back], [data-empty]")
    const field = button?.closest(".ask").querySelector("input.field")
    if (!field) return
    const list = messages(field.value)
    if (button.dataset.append) write(field, [...list, button.dataset.append])
    else write(field, button.hasAttribute("data-empty") ? [] : list.slice(0, -1))
  })
})()
