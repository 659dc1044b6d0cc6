// Completions at the cursor, by the JSON Schema of a lesson's file: fields that are not there yet, each with its description and an
// example, values of a closed list, and the names that the lesson itself gives. Behind `command:`, the server's commands, keys, channels.
import { startCompletion, yamlLanguage } from "../vendor/codemirror-6.43.15.min.js";
import { commandCompletion } from "./commands.js";

const ITEM = Symbol("an item of a list")
/** @typedef {{step: string | typeof ITEM, beside: string[]}} Step
 * @typedef {SyntaxNode | null | undefined} MaybeNode */
const WORD = /[A-Za-z_][\w-]*$/
const IS_VALUE = /[^\s]:\s+$/
const IS_BLOCK_KEY = /^\s*(?:-\s+)*$/
const IS_FLOW_KEY = /[{,]\s*$/
// Which of the lesson's own names are values of a field, and which are the fields of a mapping that the schema leaves open.
/** @type {Record<string, string[]>} */
const NAMES_AS_VALUES = { actor: ["actors"], save: ["variables"], read: ["variables"] }
/** @type {Record<string, string[]>} */
const NAMES_AS_FIELDS = { expect: ["watch", "variables"], assign: ["variables"] }
const PLACEHOLDER = "x__"
const CLAIMS = ["output", "reply", "error"]

// The tree

/** @param {MaybeNode} node */
const children = (node) => {
  const all = []
  for (let child = node?.firstChild; child; child = child.nextSibling) all.push(child)
  return all
}
/** @param {MaybeNode} mapping */
const pairsOf = (mapping) => children(mapping).filter((child) => child.name === "Pair")
/** @param {string} text */
const bare = (text) => text.replace(/^(["'])(.*)\1$/, "$2")
/** @type {(pair: SyntaxNode, text: string) => string} */
const keyOf = (pair, text) => {
  const key = pair.getChild("Key")
  return key ? bare(text.slice(key.from, key.to)) : ""
}
/** @type {(mapping: MaybeNode, text: string) => string[]} */
const keysOf = (mapping, text) => pairsOf(mapping).map((pair) => keyOf(pair, text))
/** @type {(mapping: MaybeNode, field: string, text: string) => MaybeNode} */
const valueOf = (mapping, field, text) => pairsOf(mapping).find((pair) => keyOf(pair, text) === field)?.lastChild

// The names in `actors: [producer, {name: worker}]`, `variables: [task]` or `watch: {queue: list}`.
/** @type {NamesIn} */
const namesIn = (field, lesson, text) => {
  const value = valueOf(lesson, field, text)
  const items = children(value).flatMap((child) => (child.name === "Item" ? (valueOf(child.firstChild, "name", text) ?? child.firstChild ?? []) : []))
  const names = items.filter((item) => /Literal$/.test(item.name)).map((item) => bare(text.slice(item.from, item.to)))
  return [...keysOf(value, text), ...names]
}

// The way from the lesson to `node`, outermost first: the fields and items, each field with those beside it.
/** @type {(node: MaybeNode, text: string) => Step[]} */
const wayTo = (node, text) => {
  /** @type {Step[]} */
  const way = []
  for (let at = node; at; at = at.parent) {
    if (at.name === "Item") way.unshift({ step: ITEM, beside: [] })
    if (at.name === "Pair") way.unshift({ step: keyOf(at, text), beside: keysOf(at.parent, text) })
  }
  return way
}

// The schema

/** @type {(schema: Schema, root: Schema) => Schema[]} */
const alternatives = (schema, root) => {
  const target = (schema.$ref && root.definitions?.[schema.$ref.split("/").at(-1) ?? ""]) || schema
  const parts = [...(target.allOf ?? []), ...(target.anyOf ?? []), ...(target.oneOf ?? [])]
  return parts.length ? parts.flatMap((part) => alternatives(part, root)) : [target]
}

// Which kinds of step or question are still possible, given the fields that are there.
/** @type {(schemas: Schema[], fields: (string | typeof ITEM)[]) => Schema[]} */
const fitting = (schemas, fields) => {
  const fit = schemas.filter(({ properties }) => properties && fields.every((field) => field in properties))
  return fit.length ? fit : schemas
}

/** @type {(schemas: Schema[], step: Step, root: Schema) => Schema[]} */
const under = (schemas, { step, beside }, root) => {
  const known = step === ITEM ? schemas : fitting(schemas, beside.filter((field) => field !== step))
  const inner = known.flatMap((schema) => (step === ITEM ? schema.items : schema.properties?.[step] ?? schema.additionalProperties) ?? [])
  return inner.filter((schema) => typeof schema === "object").flatMap((schema) => alternatives(schema, root))
}

// The options

/** @type {(value: unknown) => string} */
const printed = (value) => {
  if (typeof value === "string") return /^[\w'`][^:#\n{}[\],]*$/.test(value) && value === value.trim() ? value : JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(printed).join(", ")}]`
  if (value && typeof value === "object") return `{${Object.entries(value).map(([key, inner]) => `${key}: ${printed(inner)}`).join(", ")}}`
  return String(value)
}

/** @type {(name: string, schema: Schema) => () => HTMLElement} */
const explained = (name, { description, examples }) => () => {
  const all = document.createElement("div")
  const example = examples && `${name}: ${printed(examples[0])}`
  for (const { tag, text } of [{ tag: "p", text: description }, { tag: "pre", text: example }])
    if (text) all.appendChild(document.createElement(tag)).textContent = text
  return all
}

// How the field goes on: in the lines below if it holds fields or a list of such, else in its own.
/** @type {(schema: Schema, root: Schema, indent: string) => string} */
const opening = (schema, root, indent) => {
  const kinds = alternatives(schema, root)
  const items = kinds.flatMap((kind) => (kind.items ? alternatives(kind.items, root) : []))
  if (kinds.some((kind) => kind.properties)) return `:\n${indent}`
  return items.some((item) => item.properties) ? `:\n${indent}- ` : ": "
}

/** @type {(after: string) => Apply} */
const applied = (after) => (view, { label }, from, to) => {
  const insert = view.state.toText((label + after).replaceAll("\n", view.state.lineBreak))
  view.dispatch({ changes: { from, to, insert }, selection: { anchor: from + insert.length }, userEvent: "input.complete" })
  startCompletion(view)
}

/** @type {(schemas: Schema[], present: string[], ending: (schema: Schema) => string) => Completion[]} */
const fieldOptions = (schemas, present, ending) => {
  const kinds = fitting(schemas, present)
  const fields = new Map(kinds.flatMap((kind) => Object.entries(kind.properties ?? {})))
  return [...fields].filter(([name]) => !present.includes(name)).map(([label, schema], place) => {
    const isRequired = kinds.every((kind) => kind.required?.includes(label))
    const detail = isRequired ? "required" : undefined
    return { label, detail, boost: (isRequired ? 50 : 0) - place, info: explained(label, schema), apply: applied(ending(schema)) }
  })
}

/** @type {(schema: Schema) => unknown[]} */
const valuesOf = (schema) => schema.enum ?? ("const" in schema ? [schema.const] : schema.type === "boolean" ? [true, false] : [])
/** @type {(schemas: Schema[]) => Completion[]} */
const valueOptions = (schemas) => schemas.flatMap(valuesOf).map((value) => ({ label: String(value) }))

/** @type {(names: string[], after?: string) => Completion[]} */
const named = (names, after) => [...new Set(names)].map((label) => ({ label, apply: after ? applied(after) : undefined }))

/**
 * @typedef {{
 *   pair: SyntaxNode, text: string, from: number, isValue: boolean, hasColon: boolean, indent: string, lesson: MaybeNode,
 * }} Spot
 * @type {(spot: Spot, root: Schema) => Completion[]}
 */
const optionsAt = ({ pair, text, isValue, hasColon, indent, lesson }, root) => {
  const mapping = pair.parent
  const way = wayTo(isValue ? pair : mapping, text)
  const schemas = way.reduce((known, step) => under(known, step, root), [root])
  const last = way.at(-1)?.step
  /** @param {Record<string, string[]>} table */
  const namesOf = (table) => (typeof last === "string" ? (table[last] ?? []) : []).flatMap((field) => namesIn(field, lesson, text))
  if (isValue) return [...valueOptions(schemas), ...named(namesOf(NAMES_AS_VALUES))]
  const isFlow = mapping?.name === "FlowMapping"
  const present = keysOf(mapping, text).filter((key) => key !== PLACEHOLDER)
  /** @param {Schema} schema */
  const ending = (schema) => (hasColon ? "" : isFlow ? ": " : opening(schema, root, indent))
  const own = [...namesOf(NAMES_AS_FIELDS), ...(last === "expect" ? CLAIMS : [])].filter((name) => !present.includes(name))
  return [...fieldOptions(schemas, present, ending), ...named(own, hasColon ? "" : ": ")]
}

// The pair that a field or a value at the cursor would belong to: the text is parsed with a word in the cursor's place.
/** @type {(context: CompletionContext) => Spot | null} */
const placeAt = ({ state, pos }) => {
  const line = state.doc.lineAt(pos)
  const before = line.text.slice(0, pos - line.from)
  const head = before.replace(WORD, "")
  const rest = line.text.slice(before.length).replace(/^[\w-]+/, "")
  const isValue = IS_VALUE.test(head)
  if (!isValue && !IS_BLOCK_KEY.test(head) && !IS_FLOW_KEY.test(head)) return null
  const [from, to] = [line.from + head.length, line.to - rest.length]
  const hasColon = /^\s*:/.test(rest)
  const doc = state.doc.toString()
  const text = `${doc.slice(0, from)}${PLACEHOLDER}${isValue || hasColon ? "" : ": "}${doc.slice(to)}`
  const tree = yamlLanguage.parser.parse(text)
  const lesson = tree.topNode.getChild("Document")?.getChild("BlockMapping")
  const word = tree.resolveInner(from, 1)
  const pair = isValue ? word.parent : word.parent?.parent
  const isSound = word.name === "Literal" && pair?.name === "Pair" && (word.parent?.name === "Key") !== isValue
  return isSound ? { pair, text, from, isValue, hasColon, indent: " ".repeat(head.length + 2), lesson } : null
}

// The names in a list between brackets, as in `needs: [lists as queues, |]`.
/** @type {(context: CompletionContext, root: Schema) => {from: number, options: Completion[]} | null} */
const listed = ({ state, pos }, root) => {
  const line = state.doc.lineAt(pos)
  const [, field, word] = /^(\w+):\s+\[(?:[^\]]*,)?\s*([^,\]]*)$/.exec(line.text.slice(0, pos - line.from)) ?? []
  const items = field && root.properties?.[field]?.items
  const names = items && typeof items === "object" ? valueOptions([items]) : []
  return names.length ? { from: pos - (word ?? "").length, options: names } : null
}

/**
 * Return a source of completions; schema and commands are fetched from these addresses when they are first needed.
 * @type {(address: string, commandsAddress: string | undefined) => CompletionSource}
 */
export const completionFrom = (address, commandsAddress) => {
  /** @type {Promise<Schema | null> | null} */
  let schema = null
  const inCommand = commandsAddress ? commandCompletion(commandsAddress, applied(" "), namesIn) : () => null
  const fetched = () => fetch(address).then((answer) => (answer.ok ? answer.json() : null), () => null)
  return async (context) => {
    const line = inCommand(context)
    if (line) return line
    if (!context.explicit && !context.matchBefore(WORD) && !context.matchBefore(IS_VALUE)) return null
    const root = await (schema ??= fetched())
    if (!root) schema = null
    const inList = root && listed(context, root)
    if (inList) return inList
    const place = root && placeAt(context)
    const options = place ? optionsAt(place, root) : []
    return options.length ? { from: place.from, options, validFor: /^[\w-]*$/ } : null
  }
}
