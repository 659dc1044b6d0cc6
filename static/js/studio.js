// The Studio's editor page: the text is stored and checked after a pause, problems are listed, the preview follows.
// Without JavaScript the page is a plain form: the textarea, and Save.
import { completionFrom } from "./completion.js";
import { createEditor } from "./editor.js";

const PAUSE = 300
const PATIENCE = 15_000
const [SOON, LATE] = [2_000, 30_000]

// This script is on one page only, which has all that it looks for; #unsaved and #stored-state are looked for with care.
/** @type {<E extends HTMLElement>(selector: string) => E} */
const find = (selector) => /** @type {any} */ (document.querySelector(selector))
/** @type {HTMLFormElement} */
const form = find("#editor-form")
/** @type {HTMLTextAreaElement} */
const area = find("#source")
const host = find("#editor")
const says = find("#check-state")
/** @type {HTMLLabelElement} */
const label = find('#editor-form label[for="source"]')

/** @type {<N extends keyof HTMLElementTagNameMap>(name: N, attributes: Partial<HTMLElementTagNameMap[N]>, ...children: (Node | string)[]) => HTMLElementTagNameMap[N]} */
const make = (name, attributes, ...children) => {
  const element = Object.assign(document.createElement(name), attributes)
  element.append(...children)
  return element
}

// The state of the text

/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer
let wait = SOON
/** @type {Promise<Checked> | null} The check under way. */
let asked = null
/** @type {string | null} The text that the server has, as far as is known. */
let stored = area.defaultValue
let isLeaving = false // the form is about to be sent, or on its way
/** @type {Problem[]} */
let problems = []

const editor = createEditor({
  host,
  area,
  label: label.textContent?.trim() ?? "",
  complete: host.dataset.schemaUrl ? completionFrom(host.dataset.schemaUrl, host.dataset.commandsUrl) : null,
  onChange: () => {
    isLeaving = false
    tellStored()
    checkIn(PAUSE)
  },
})
const isStored = () => editor.text() === stored

// Telling

const storing = find("#stored-state") ?? make("p", { id: "stored-state" })
if (!storing.isConnected) says.before(storing)

/** @type {(kind: string, ...parts: (Node | string)[]) => void} */
const tell = (kind, ...parts) => {
  // A status that says the same again would be read out again.
  const text = parts.map((part) => (typeof part === "string" ? part : part.textContent)).join("")
  if (says.textContent !== text) says.replaceChildren(...parts)
  says.dataset.kind = kind
}

/** @param {string} [at] */
const tellStored = (at) => {
  const isBehind = !isStored()
  storing.dataset.kind = isBehind ? "behind" : "stored"
  if (isBehind) storing.textContent = "Not stored yet"
  else if (at) storing.textContent = `Stored at ${new Date(at).toLocaleTimeString()}`
  else if (storing.textContent) storing.textContent = "Stored"
}

/** @param {"error" | "warning"} severity */
const counted = (severity) => {
  const count = problems.filter((problem) => problem.severity === severity).length
  return count ? `${count} ${severity}${count > 1 ? "s" : ""}` : ""
}

const tellCounts = () => {
  const kind = counted("error") ? "errors" : problems.length ? "warnings" : "sound"
  tell(kind, [counted("error"), counted("warning")].filter(Boolean).join(", ") || "No problems")
}

/** @param {Problem[]} found */
const show = (found) => {
  problems = found
  editor.show(problems)
  const errorsFirst = [...problems].sort((a, b) => a.severity.localeCompare(b.severity))
  find("#problems").replaceChildren(...errorsFirst.map(listed))
}

/** @param {Problem} problem */
const listed = (problem) => {
  const { line, column, severity, message, expected, came, suggestion, see_line: other } = problem
  const place = make("span", { className: "problem-place" }, `${line}:${column}`)
  const jump = make("button", { type: "button", className: "problem-jump", title: "Go there" }, place, ` ${message}`)
  jump.prepend(make("span", { className: "visually-hidden" }, `${severity} at `))
  jump.addEventListener("click", () => editor.jump(problem))
  const item = make("li", { className: `problem is-${severity}` }, jump)
  const canFix = editor.canFix(problem)
  /** @type {[name: string, value: string | null | undefined][]} */
  const facts = [["expected", expected], ["came", came], ["did you mean", canFix ? "" : suggestion], ["see line", other?.toString()]]
  for (const [name, value] of facts)
    if (value) item.append(make("p", { className: "problem-fact" }, `${name} `, make("code", {}, value)))
  if (!canFix) return item
  const fix = make("button", { type: "button", className: "problem-fix" }, `Change to '${suggestion}'`)
  fix.addEventListener("click", () => editor.fix(problem))
  item.append(fix)
  return item
}

// Asking the server

/** @param {string} source */
const post = (source) => {
  const fields = new FormData(form)
  const [csrfmiddlewaretoken, base] = ["csrfmiddlewaretoken", "base"].map((name) => String(fields.get(name)))
  return get(host.dataset.checkUrl ?? "", { method: "POST", body: new URLSearchParams({ csrfmiddlewaretoken, base, source }) })
}

// A redirect means the login page: it is not followed.
/** @type {(address: string, options?: RequestInit) => Promise<Response>} */
const get = (address, options) =>
  fetch(address, { ...options, headers: { Accept: "application/json" }, redirect: "manual", signal: AbortSignal.timeout(PATIENCE) })

// Logging in anew, in another tab, makes the page's token worthless; the page itself, asked again, carries a fresh one.
const renewToken = async () => {
  const answer = await get(location.href)
  if (!answer.ok) return
  const page = new DOMParser().parseFromString(await answer.text(), "text/html")
  const named = '[name="csrfmiddlewaretoken"]'
  /** @type {HTMLInputElement | null} */
  const fresh = page.querySelector(`#editor-form ${named}`)
  /** @type {NodeListOf<HTMLInputElement>} */
  const fields = document.querySelectorAll(named)
  for (const field of fields) if (fresh) field.value = fresh.value
  return Boolean(fresh)
}

/** @type {(answer: Response) => Promise<Checked>} */
const answered = async (answer) => {
  const isJson = Boolean(answer.headers.get("Content-Type")?.startsWith("application/json"))
  const said = isJson ? await answer.json() : {}
  const isLoggedOut = answer.type === "opaqueredirect" || answer.status === 401 || answer.status === 403
  const pause = 1000 * Number(answer.headers.get("Retry-After") ?? 0)
  return { ...said, isOk: answer.ok && isJson, isLoggedOut, status: answer.status, pause }
}

/**
 * Return the server's answer to `source`; never fails, the worst is {status: 0}.
 * @type {(source: string) => Promise<Checked>}
 */
const ask = async (source) => {
  try {
    const first = await post(source)
    return await answered(first.status === 403 && (await renewToken()) ? await post(source) : first)
  } catch {
    return { status: 0 }
  }
}

/** @param {Checked} answer */
const tellTrouble = ({ error, isLoggedOut, status }) => {
  if (error && !isLoggedOut) return tell("trouble", error)
  if (!isLoggedOut) return tell("trouble", status ? `Not checked: the server answers with an error (${status}).` : "Not checked: the server does not answer. Trying again…")
  const link = make("a", { href: location.href, target: "_blank" }, "Log in in a new tab")
  tell("trouble", "Not stored: you are logged out. ", link, " and come back here. Nothing that you typed is lost.")
}

// A server that says when to come back is taken at its word.
/** @param {number} [pause] Milliseconds. */
const tryAgain = (pause) => checkIn(pause || (wait = Math.min(2 * wait, LATE)))

/** @type {(source: string, answer: Checked) => void} */
const refused = (source, answer) => {
  const isPassing = !answer.isLoggedOut && (answer.status === 0 || answer.status === 429 || answer.status >= 500)
  // A text that the server refuses is not stored, even if it came from there; the next change may mend it.
  if (!isPassing && !answer.isLoggedOut && source === stored) stored = null
  tellTrouble(answer)
  tellStored()
  if (isPassing) tryAgain(answer.pause)
}

/** @type {(source: string, answer: Checked) => void} */
const heard = (source, answer) => {
  clearTimeout(slow)
  if (!answer.isOk) return refused(source, answer)
  stored = source
  tellStored(answer.saved_at)
  const unsaved = find("#unsaved")
  if (unsaved) unsaved.hidden = Boolean(answer.is_saved)
  /** @type {HTMLIFrameElement} */
  const preview = find("#preview")
  preview?.contentWindow?.postMessage("refresh", location.origin)
  if (editor.text() !== source) return
  show(answer.problems ?? [])
  if (answer.fault) {
    tell("trouble", `Not checked: ${answer.fault}`)
    return tryAgain()
  }
  wait = SOON
  tellCounts()
}

/** @type {ReturnType<typeof setTimeout> | undefined} */
let slow
const check = async () => {
  clearTimeout(timer)
  // One check at a time; text typed meanwhile is checked afterwards.
  while (asked) await asked
  clearTimeout(timer)
  const source = editor.text()
  slow = setTimeout(() => tell("checking", "Checking…"), says.textContent ? 600 : 0)
  const answer = await (asked = ask(source))
  asked = null
  heard(source, answer)
  return answer
}

/** @param {number} milliseconds */
const checkIn = (milliseconds) => {
  clearTimeout(timer)
  timer = setTimeout(check, milliseconds)
}

// The page

// What is typed while the page of the answer is on its way would be lost with this page: nothing is taken until it is there.
/** @type {ReturnType<typeof setTimeout> | undefined} */
let overdue
/** @param {boolean} isHeld */
const hold = (isHeld) => {
  isLeaving = isHeld
  for (const part of [host, find("#note"), find("#save"), find("#problems")]) part.inert = isHeld
  // A part that has the focus gets keys until the next frame, inert or not.
  const focused = host.shadowRoot?.activeElement ?? document.activeElement
  if (isHeld && focused instanceof HTMLElement) focused.blur()
  clearTimeout(overdue)
}

const giveUp = () => {
  stop() // an answer that is late must not take away what is typed from here on
  hold(false)
  editor.focus()
  tell("trouble", "The server does not answer, so this may not be saved. Nothing that you typed is lost: save again.")
}

/** @param {HTMLElement | null} submitter */
const save = async (submitter) => {
  const answer = await check()
  // Without an answer, sending the form would leave the page and lose the text. After a conflict, saving may still be wanted.
  if (!answer.isOk && answer.status !== 409) return
  clearTimeout(timer)
  area.value = editor.text()
  isLeaving = true
  form.requestSubmit(submitter)
  hold(true)
  tell("checking", "Saving…")
  overdue = setTimeout(giveUp, PATIENCE)
}

let isSaving = false
form.addEventListener("submit", (event) => {
  if (isLeaving && !host.inert) return
  event.preventDefault()
  if (isSaving || host.inert) return
  isSaving = true
  save(event.submitter).finally(() => (isSaving = false))
})
addEventListener("keydown", (event) => {
  // The browser's own undo reaches into a part that has no focus.
  if (host.inert && (event.ctrlKey || event.metaKey) && /^[yz]$/i.test(event.key)) return event.preventDefault()
  if (event.key.toLowerCase() !== "s" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return
  event.preventDefault()
  form.requestSubmit(find("#save"))
})
addEventListener("beforeunload", (event) => !isLeaving && !isStored() && event.preventDefault())
addEventListener("pageshow", (event) => event.persisted && hold(false))
for (const sign of ["focus", "online"]) addEventListener(sign, () => says.dataset.kind === "trouble" && check())
label.addEventListener("click", () => editor.focus())
// Problems as the server listed them, before the first answer.
find("#problems").addEventListener("click", (event) => {
  /** @type {HTMLElement | null} */
  const item = event.target instanceof Element ? event.target.closest("[data-line]") : null
  const { line, column, length } = item?.dataset ?? {}
  if (!line) return
  event.preventDefault()
  editor.jump({ line: Number(line), column: Number(column), length: Number(length) })
})

// A link from another page to a line, as in #line-57-9.
const goToLine = () => {
  const [, line, column] = /^#line-(\d{1,6})-(\d{1,6})$/.exec(location.hash) ?? []
  if (line) editor.jump({ line: Number(line), column: Number(column), length: 1 })
}
addEventListener("hashchange", goToLine)

// A notice about a finished action is shown once, not again on reload.
if (new URLSearchParams(location.search).has("done")) history.replaceState(null, "", location.pathname)
area.hidden = true
host.classList.add("is-mounted")
// The server sent its findings with the text: ask again only if the browser has restored what was typed before.
const { marks } = find("#problems").dataset
if (marks && editor.text() === area.defaultValue) show(JSON.parse(marks))
else check()
goToLine()
