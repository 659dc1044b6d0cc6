// Explain a word where it is pressed: an entry of the glossary in a popover. Without this, the link leads to the glossary.
// A lesson's page loads it at the first press (tutor.js).
export {}
/** @type {Promise<Document> | undefined} */
let glossary
/** @param {string} address */
const load = async (address) => {
  const answer = await fetch(address)
  if (!answer.ok) throw new Error(answer.statusText)
  return new DOMParser().parseFromString(await answer.text(), "text/html")
}

const box = document.createElement("div")
box.className = "term-box"
box.tabIndex = -1
box.popover = "auto"

/** @param {HTMLAnchorElement} link */
const explain = async (link) => {
  try {
    const entry = (await (glossary ??= load(link.pathname))).getElementById(link.hash.slice(1))
    if (!entry) throw new Error(link.hash)
    const shown = /** @type {HTMLElement} */ (document.importNode(entry, true))
    shown.removeAttribute("id")
    box.replaceChildren(shown)
    box.ariaLabel = shown.querySelector("h2")?.textContent ?? ""
    box.role = "dialog"
    document.body.append(box)
    box.showPopover()
    // Below the word where there is room, else above it; it stays there when the page is scrolled.
    const { left, bottom, top } = link.getBoundingClientRect()
    const { offsetWidth, offsetHeight } = box
    const below = bottom + offsetHeight + 16 < innerHeight || top < offsetHeight + 16
    box.style.left = `${scrollX + Math.max(8, Math.min(left, innerWidth - offsetWidth - 8))}px`
    box.style.top = `${scrollY + (below ? bottom + 8 : top - offsetHeight - 8)}px`
    box.focus({ preventScroll: true })
  } catch {
    glossary = undefined
    location.assign(link.href)
  }
}

document.addEventListener("click", (event) => {
  const link = event.target instanceof Element ? event.target.closest("a.term") : null
  if (!(link instanceof HTMLAnchorElement) || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return
  if (!box.showPopover || box.contains(link)) return
  event.preventDefault()
  explain(link)
})
