// Completions within a command line: the server's commands with their arguments, the lesson's keys and channels, and within
// braces its variables.
import { yamlLanguage } from "../vendor/codemirror-6.43.15.min.js";

// A command line up to the cursor, and any in the lesson.
const TYPED = /(?:^\s*(?:-\s+)?|[{,]\s*)command:\s+["']?((?:[^"'{}\n]|\{+[^"'{}\n]*\}+)*(?:\{\w*)?)$/
const WRITTEN = /\bcommand:\s+["']?((?:[^"'{}\n]|\{+[^"'{}\n]*\}+)*)/g
const VARIABLE = /\{(\w*)$/
// A name under `watch` with one of these is a pattern for keys that are named later.
const IS_PATTERN = /[*?[\\]/

/** @type {(places: Places | null | undefined, at: number, count: number) => boolean} */
const fits = (places, at, count) => {
  if (!places) return false
  const [first, last, step] = places
  return at >= first && at <= (last < 0 ? count + last : last) && (at - first) % step === 0
}

// The command that these words begin: by two of them, as in XGROUP CREATE, or by one.
/** @type {(words: string[], commands: Command[]) => Command | undefined} */
const commandOf = ([name, sub], commands) => {
  /** @param {string} wanted */
  const called = (wanted) => commands.find((command) => command.name === wanted.toUpperCase())
  return called(`${name} ${sub}`) ?? called(name)
}

// The keys, or the channels, that the lesson's commands name.
/** @type {(text: string, commands: Command[], kind: "keys" | "channels") => string[]} */
const namesIn = (text, commands, kind) =>
  [...text.matchAll(WRITTEN)].flatMap(([, line]) => {
    const words = line.split(/\s+/).filter(Boolean)
    const places = words.length ? commandOf(words, commands)?.[kind] : null
    return words.filter((_, at) => fits(places, at, words.length))
  })

/** @type {(command: Command, apply: Apply, label?: string) => Completion} */
const described = ({ name, syntax, summary }, apply, label = name) => ({
  label,
  info: () => {
    const all = document.createElement("div")
    for (const [tag, text] of [["p", `${summary}.`], ["pre", `${name} ${syntax}`.trim()]])
      all.appendChild(document.createElement(tag)).textContent = text
    return all
  },
  apply: syntax ? apply : undefined,
})

// The command line that ends at the cursor, with the lesson around it; null in prose, in a comment, and outside of `command`.
/**
 * @typedef {{words: string[], text: string, lesson: SyntaxNode | null | undefined, isClosed: boolean}} Line
 * @type {(context: CompletionContext) => Line | null}
 */
const lineAt = ({ state, pos }) => {
  const { text: line, from } = state.doc.lineAt(pos)
  const found = TYPED.exec(line.slice(0, pos - from))
  if (!found) return null
  const text = state.doc.toString()
  const tree = yamlLanguage.parser.parse(text)
  const key = tree.resolveInner(pos - found[0].length + found[0].lastIndexOf("command:") + 1, 1)
  const isKey = key.name === "Literal" && key.parent?.name === "Key"
  if (!isKey || (key.parent?.parent?.parent?.name === "FlowMapping" && found[1].includes(","))) return null
  // The word that is being typed is no name of the lesson yet.
  const others = `${text.slice(0, pos - found[1].length)}${" ".repeat(found[1].length)}${text.slice(pos)}`
  const lesson = tree.topNode.getChild("Document")?.getChild("BlockMapping")
  return { words: found[1].split(/\s+/), text: others, lesson, isClosed: text[pos] === "}" }
}

/** @type {(line: Line, watched: NamesIn) => Completion[]} */
const variablesIn = ({ text, lesson, isClosed }, watched) =>
  watched("variables", lesson, text).map((label) => ({ label, apply: isClosed ? label : `${label}}` }))

/** @type {(line: Line, commands: Command[], apply: Apply, watched: NamesIn) => Completion[]} */
const optionsIn = (line, commands, apply, watched) => {
  const { words, text, lesson } = line
  const at = words.length - 1
  if (VARIABLE.test(words[at])) return variablesIn(line, watched)
  if (!at) return commands.map((command) => described(command, apply))
  const first = `${words[0].toUpperCase()} `
  const subs = at === 1 ? commands.filter(({ name }) => name.startsWith(first)) : []
  if (subs.length) return subs.map((command) => described(command, apply, command.name.slice(first.length)))
  const command = commandOf(words, commands)
  /** @param {"keys" | "channels"} kind */
  const isPlaceOf = (kind) => fits(command?.[kind], at, words.length + 1)
  const shown = watched("watch", lesson, text).filter((name) => !IS_PATTERN.test(name))
  const keys = isPlaceOf("keys") || command?.anywhere ? [...shown, ...namesIn(text, commands, "keys")] : []
  const names = [...keys, ...(isPlaceOf("channels") ? namesIn(text, commands, "channels") : [])]
  return [...new Set(names)].filter((name) => /^\S+$/.test(name)).map((label, place) => ({ label, boost: -place }))
}

/**
 * Return the source of completions in a command line, which gives null outside of one. The commands are fetched when they are
 * first needed; `apply` puts a command in, and `watched` finds the names that the lesson's own fields give.
 * @type {(address: string, apply: Apply, watched: NamesIn) => CompletionSource}
 */
export const commandCompletion = (address, apply, watched) => {
  /** @type {Promise<Command[] | null> | null} */
  let commands = null
  const fetched = () => fetch(address).then((answer) => (answer.ok ? answer.json() : null), () => null)
  /** @type {(context: CompletionContext, line: Line) => Promise<CompletionResult | null>} */
  const complete = async (context, line) => {
    const known = await (commands ??= fetched())
    if (!known) commands = null
    const last = line.words.at(-1) ?? ""
    const typed = VARIABLE.exec(last)?.[1] ?? last
    const isWanted = known && (context.explicit || typed || line.words.length > 1)
    const options = isWanted ? optionsIn(line, known, apply, watched) : []
    // A list below a word that is typed to its end would only take the Enter key.
    const isWhole = !context.explicit && options.some(({ label }) => label === typed)
    return options.length && !isWhole ? { from: context.pos - typed.length, options } : null
  }
  return (context) => {
    const line = lineAt(context)
    return line && complete(context, line)
  }
}
