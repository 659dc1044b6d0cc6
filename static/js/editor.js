// The editor of a lesson's YAML: CodeMirror in a shadow root, where its styles are adopted sheets, which the page's policy allows.
import {
  Decoration, EditorState, EditorView, ViewPlugin, acceptCompletion, autocompletion, bracketMatching, closeBrackets,
  closeBracketsKeymap, closeHoverTooltips, completionKeymap, defaultKeymap, drawSelection, dropCursor, foldGutter, foldKeymap,
  forEachDiagnostic, highlightActiveLine, highlightActiveLineGutter, highlightSelectionMatches, highlightSpecialChars, history,
  historyKeymap, indentOnInput, indentUnit, indentWithTab, keymap, lineNumbers, lintGutter, nextDiagnostic, previousDiagnostic,
  rectangularSelection, search, searchKeymap, setDiagnostics, showPanel, yaml,
} from "../vendor/codemirror-6.43.15.min.js";
import { look } from "./editor-look.js";

// Where YAML ends a line; the places of problems are counted by it, also where CodeMirror goes on with the line.
const BREAKS = /\r\n|[\n\r\x85\u2028\u2029]/g
const LINE_ENDS = /\r\n?|\n/g

// Characters that reorder text or are invisible, which CodeMirror's own list of special characters lacks.
const OBEYED = /[\u180e\u202a-\u202e\u2060-\u206f\u{e0000}-\u{e007f}]/gu

// A textarea's value has lost its carriage returns, its text in the page has them. Where they differ otherwise, the text was edited.
/** @param {HTMLTextAreaElement} area */
const writtenIn = (area) => (area.value === area.defaultValue.replace(LINE_ENDS, "\n") ? area.defaultValue : area.value)

// The text's line ends, so that they are submitted unchanged. In a mixed text the carriage returns stay as visible characters.
/** @param {string} text */
const lineEndOf = (text) => (/[\r\n]/.test(text.replaceAll("\r\n", "")) || !text.includes("\r") ? "\n" : "\r\n")

// Columns are counted in characters from 1, as Python does; a character may be two of JavaScript's units.
/** @type {(text: string, from: number, characters: number) => number} */
const forward = (text, from, characters) => {
  let at = from
  for (let left = characters; left > 0 && at < text.length && !/[\n\r]/.test(text[at]); left--) at += (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1
  return at
}

/** @type {(text: string) => (place: Place) => Span} */
const placesIn = (text) => {
  const starts = [text.startsWith("\ufeff") ? 1 : 0, ...Array.from(text.matchAll(BREAKS), (found) => found.index + found[0].length)]
  return ({ line, column, length }) => {
    const from = forward(text, starts[line - 1] ?? text.length, column - 1)
    return { from, to: forward(text, from, Math.max(1, length || 0)) }
  }
}

// The marked text may contain more than the wrong word.
/** @type {(text: string, marked: Span, problem: Problem) => Span} */
const narrowed = (text, { from, to }, { word }) => {
  const start = word ? text.slice(from, to).indexOf(word) : -1
  return !word || start < 0 ? { from, to } : { from: from + start, to: from + start + word.length }
}

/** @type {(name: string, text: string) => HTMLElement} */
const line = (name, text) => {
  const element = document.createElement(name)
  element.textContent = text
  return element
}

/** @param {Problem} problem */
const rendered = ({ message, expected, came }) => {
  const all = document.createElement("div")
  all.append(line("p", message))
  const facts = document.createElement("dl")
  for (const { name, value } of [{ name: "expected", value: expected }, { name: "came", value: came }]) if (value) facts.append(line("dt", name), line("dd", value))
  if (facts.childElementCount) all.append(facts)
  return all
}

/** @type {(problem: Problem, text: string, marked: Span) => Mark} */
const diagnosed = (problem, text, marked) => {
  const { from, to } = narrowed(text, marked, problem)
  const { suggestion } = problem
  /** @type {(view: EditorView, from: number, to: number) => void} */
  const apply = (view, from, to) => {
    view.dispatch({ changes: { from, to, insert: suggestion ?? "" }, userEvent: "input" })
    view.focus()
  }
  // A suggestion is one word: it replaces a word, never a sentence.
  const canFix = suggestion && /^\S+$/.test(text.slice(from, to))
  const actions = canFix ? [{ name: `Change to '${suggestion}'`, apply }] : []
  return { from, to, problem, severity: problem.severity, message: problem.message, renderMessage: () => rendered(problem), actions }
}

/** @param {Mark} [mark] */
const hasFix = (mark) => Boolean(mark?.actions?.length)

/** @type {(state: EditorState, wanted: (mark: Mark, from: number, to: number) => boolean) => (Span & {mark: Mark}) | undefined} */
const found = (state, wanted) => {
  /** @type {(Span & {mark: Mark})[]} */
  const all = []
  // All diagnostics of this editor are marks, set by `show`.
  forEachDiagnostic(state, (diagnostic, from, to) => all.push({ mark: /** @type {Mark} */ (diagnostic), from, to }))
  return all.find(({ mark, from, to }) => wanted(mark, from, to))
}

// Go to another problem and read it out; its tooltip shows it to those who see.
/** @type {(move: (view: EditorView) => boolean) => (view: EditorView) => boolean} */
const tellAfter = (move) => (view) => {
  if (!move(view)) return false
  const { from } = view.state.selection.main
  const there = found(view.state, (_, start) => start === from)
  if (there) view.dispatch({ effects: EditorView.announce.of(`${there.mark.severity}: ${there.mark.message}`) })
  return true
}

/** @param {EditorView} view */
const takeSuggestion = (view) => {
  const { head } = view.state.selection.main
  const here = found(view.state, (mark, from, to) => from <= head && head <= to && hasFix(mark))
  here?.mark.actions?.[0].apply(view, here.from, here.to)
  return Boolean(here)
}

// Escape goes on to whatever else it ends.
/** @param {EditorView} view */
const closeTooltips = (view) => {
  view.dispatch({ effects: closeHoverTooltips })
  return false
}

// Tab leaves the editor after Escape, also where Escape has ended something: a selection, the list of completions.
const LEAVING = 2000
/** @type {(event: KeyboardEvent, view: EditorView) => void} */
const leaveAfterEscape = (event, view) => {
  if (event.key === "Escape") view.setTabFocusMode(LEAVING)
}

const keys = [
  ...closeBracketsKeymap,
  { key: "Shift-F8", run: tellAfter(previousDiagnostic) },
  { key: "F8", run: tellAfter(nextDiagnostic) },
  { key: "Mod-.", run: takeSuggestion },
  { key: "Escape", run: closeTooltips },
  ...defaultKeymap,
  ...searchKeymap,
  ...historyKeymap,
  ...foldKeymap,
  ...completionKeymap,
  { key: "Tab", run: acceptCompletion },
  indentWithTab,
]

// A line that is wrapped goes on below its first word, not at the edge.
const MOST_HANGING = 12
/** @param {EditorView} view */
const hangingIn = (view) => {
  const marks = []
  for (const { from, to } of view.visibleRanges)
    for (let at = from; at <= to; ) {
      const { text, from: start, to: end } = view.state.doc.lineAt(at)
      const width = Math.min((/^ *(?:- +)*/.exec(text)?.[0].length ?? 0), MOST_HANGING)
      if (width) marks.push(Decoration.line({ attributes: { style: `--hang: ${width}ch` } }).range(start))
      at = end + 1
    }
  return Decoration.set(marks)
}
const hanging = ViewPlugin.define(
  (view) => ({
    marks: hangingIn(view),
    update(change) {
      if (change.docChanged || change.viewportChanged) this.marks = hangingIn(change.view)
    },
  }),
  { decorations: (plugin) => plugin.marks },
)

// The strip below the text: the keys, first of all how the keyboard leaves the editor, and the cursor's place as problems give it.
/** @type {PanelConstructor} */
const strip = (view) => {
  const dom = line("div", "")
  dom.className = "cm-strip"
  const hint = dom.appendChild(line("p", "Tab indents; "))
  hint.id = "hint"
  hint.append(line("kbd", "Esc"), " then ", line("kbd", "Tab"), " leaves the editor")
  hint.appendChild(line("span", " · ")).append(line("kbd", "F8"), " next problem")
  const place = dom.appendChild(line("p", ""))
  /** @param {EditorState} state */
  const show = (state) => {
    const { head } = state.selection.main
    const { number, from } = state.doc.lineAt(head)
    place.textContent = `${number}:${[...state.sliceDoc(from, head)].length + 1}`
  }
  show(view.state)
  return { dom, update: ({ state, docChanged, selectionSet }) => void ((docChanged || selectionSet) && show(state)) }
}

/** @type {(text: string, label: string, onChange: () => void, complete: CompletionSource | null) => Extension} */
const extensions = (text, label, onChange, complete) => [
  text.includes("\r") ? EditorState.lineSeparator.of(lineEndOf(text)) : [],
  EditorView.clipboardInputFilter.of((pasted, state) => pasted.replace(LINE_ENDS, state.lineBreak)),
  EditorView.contentAttributes.of({ "aria-label": label, "aria-describedby": "hint", tabindex: "0" }),
  EditorView.updateListener.of((update) => void (update.docChanged && onChange())),
  EditorState.allowMultipleSelections.of(true),
  [lintGutter(), lineNumbers(), foldGutter(), highlightActiveLineGutter(), highlightActiveLine(), EditorView.lineWrapping, hanging],
  [drawSelection(), dropCursor(), rectangularSelection(), highlightSpecialChars({ addSpecialChars: OBEYED }), highlightSelectionMatches(), search({ top: true })],
  [history(), bracketMatching(), closeBrackets(), indentOnInput(), indentUnit.of("  "), yaml()],
  autocompletion({ override: complete ? [complete] : [], icons: false }),
  showPanel.of(strip),
  keymap.of(keys),
  EditorView.domEventObservers({ keydown: leaveAfterEscape }),
  look,
]

// A list of problems that appears below must not push the line that is being typed out of sight.
/** @param {EditorView} view */
const keepCursorInSight = (view) => {
  let height = view.dom.clientHeight
  new ResizeObserver(() => {
    const [before, now] = [height, view.dom.clientHeight]
    height = now
    const cursor = now < before && view.hasFocus && view.coordsAtPos(view.state.selection.main.head)
    const top = view.dom.getBoundingClientRect().top
    if (cursor && cursor.bottom > top && cursor.top < top + before)
      view.dispatch({ effects: EditorView.scrollIntoView(view.state.selection.main.head, { yMargin: 24 }) })
  }).observe(view.dom)
}

/**
 * Take over from `area`: its text is edited inside `host` from here on. Calls `onChange` after each change of the text.
 * @param {{
 *   host: HTMLElement, area: HTMLTextAreaElement, label: string, onChange: () => void, complete: CompletionSource | null,
 * }} options
 */
export const createEditor = ({ host, area, label, onChange, complete }) => {
  const root = host.shadowRoot ?? host.attachShadow({ mode: "open" })
  const written = writtenIn(area)
  const state = EditorState.create({ doc: written, extensions: extensions(written, label, onChange, complete) })
  const view = new EditorView({ state, parent: root, root })
  keepCursorInSight(view)
  /** @param {Span} span */
  const select = ({ from, to }) => {
    view.dispatch({ selection: { anchor: from, head: to }, effects: EditorView.scrollIntoView(from, { y: "center" }) })
    view.focus()
  }
  /** @param {Place} problem */
  const at = (problem) => found(view.state, (mark) => mark.problem === problem)
  return {
    focus: () => view.focus(),
    text: () => view.state.sliceDoc(),
    /** Mark `problems`, which are those of the present text.
     * @param {Problem[]} problems */
    show(problems) {
      const text = view.state.doc.toString()
      const placeOf = placesIn(text)
      view.dispatch(setDiagnostics(view.state, problems.map((problem) => diagnosed(problem, text, placeOf(problem)))))
    },
    /** Select the text at fault: where a shown problem has moved to, else at its line and column.
     * @param {Place} problem */
    jump: (problem) => select(at(problem) ?? placesIn(view.state.doc.toString())(problem)),
    /** @param {Problem} problem */
    canFix: (problem) => hasFix(at(problem)?.mark),
    /** @param {Problem} problem */
    fix(problem) {
      const there = at(problem)
      there?.mark.actions?.[0]?.apply(view, there.from, there.to)
    },
  }
}
