// A page of questions: light the rows that an answer refers to, and put a list together from messages that are pressed.
(() => {
  const table = () => document.querySelector("#rows")
  /** @returns {NodeListOf<HTMLElement>} */
  const lit = () => document.querySelectorAll("[data-lit]")

  // The rows of the newest answer, and only those.
  const light = () => {
    const newest = [...lit()].pop()?.dataset.lit
    const rows = table()
    if (newest === undefined || !rows) return
    const steps = newest.split(" ").filter(Boolean)
    for (const old of rows.querySelectorAll(".is-lit")) old.classList.remove("is-lit")
    for (const step of steps) document.querySelector("#row-" + step)?.classList.add("is-lit")
    reveal(steps)
  }

  /** @param {string[]} steps */
  const reveal = (steps) => {
    const row = document.querySelector("#row-" + steps[0])
    const scroller = row?.closest(".scroller")
    if (!row || !scroller || getComputedStyle(scroller).overflowY !== "auto") return
    const inner = row.getBoundingClientRect()
    const outer = scroller.getBoundingClientRect()
    const head = scroller.querySelector("thead")?.offsetHeight ?? 0
    scroller.scrollBy({ top: Math.min(0, inner.top - outer.top - head) || Math.max(0, inner.bottom - outer.bottom) })
  }

  // A list as it is typed, message by message: quoted or not, with brackets or without.
  /** @type {(typed: string) => string[]} */
  const messages = (typed) =>
    typed.trim() === "empty" ? [] : (typed.replace(/^\s*\[|\]\s*$/g, "").match(/'[^']*'|"[^"]*"|[^\s,]+/g) ?? [])
  /** @type {(field: HTMLInputElement, list: string[]) => void} */
  const write = (field, list) => {
    field.value = `[${list.join(", ")}]`
    field.dispatchEvent(new Event("input", { bubbles: true }))
  }

  addEventListener("DOMContentLoaded", light)
  addEventListener("htmx:before:swap", (event) => {
    if ((event.detail.ctx.response?.status ?? 200) >= 400) return
    // The answer carries rows of its own, which replace those of the answer before.
    if (event.detail.ctx.text?.includes("data-lit")) for (const old of lit()) old.removeAttribute("data-lit")
  })
  addEventListener("htmx:after:swap", () => {
    light()
    /** @type {HTMLElement | null} */
    const fresh = document.querySelector("[data-focus]")
    fresh?.removeAttribute("data-focus")
    fresh?.focus()
  })
  addEventListener("click", (event) => {
    if (!(event.target instanceof Element)) return
    /** @type {HTMLElement | null} */
    const button = event.target.closest("[data-append], [data-take-back], [data-empty]")
    /** @type {HTMLInputElement | null | undefined} */
    const field = button?.closest(".ask")?.querySelector("input.field")
    if (!button || !field) return
    const list = messages(field.value)
    if (button.dataset.append) write(field, [...list, button.dataset.append])
    else write(field, button.hasAttribute("data-empty") ? [] : list.slice(0, -1))
  })
})()
