// What the scripts of the Studio's editor hand to one another.

/** A place in the text; line and column count from 1, in characters. */
interface Place {
  line: number
  column: number
  length?: number
}

/** A problem of the text, as the check's answer and `data-marks` give it. */
interface Problem extends Place {
  severity: "error" | "warning"
  message: string
  expected?: string | null
  came?: string | null
  suggestion?: string | null
  see_line?: number | null
  word?: string | null
}

/** A part of the text in JavaScript's units. */
interface Span {
  from: number
  to: number
}

/** A problem as the editor marks it. */
interface Mark extends Diagnostic {
  problem: Problem
}

/** What the check answers; all of it is missing when there was no answer. */
interface Checked {
  status: number
  isOk?: boolean
  isLoggedOut?: boolean
  error?: string
  problems?: Problem[]
  fault?: string
  saved_at?: string
  is_saved?: boolean
  /** Milliseconds after which the server wants to be asked again; 0 if it did not say. */
  pause?: number
}

/** Places of keys or channels in a command: the first, the last (from the end if it is negative), and the step between them. */
type Places = [first: number, last: number, step: number]

/** A command of the server, as /commands gives it. */
interface Command {
  name: string
  syntax: string
  summary: string
  keys?: Places | null
  channels?: Places | null
  anywhere?: boolean
}

/** As much of a JSON Schema as the schema of a lesson's file uses. */
interface Schema {
  $ref?: string
  allOf?: Schema[]
  anyOf?: Schema[]
  oneOf?: Schema[]
  type?: string
  enum?: unknown[]
  const?: unknown
  description?: string
  examples?: unknown[]
  required?: string[]
  items?: Schema
  properties?: Record<string, Schema>
  additionalProperties?: Schema | boolean
  definitions?: Record<string, Schema>
}

// Types of CodeMirror by a name of their own: the scripts must not say import("…") even in a comment, because Django's static
// files take it for an import whose address they have to put right (ManifestFilesMixin.support_js_module_import_aggregation).
type Diagnostic = import("@codemirror/lint").Diagnostic
type Completion = import("@codemirror/autocomplete").Completion
type CompletionContext = import("@codemirror/autocomplete").CompletionContext
type CompletionResult = import("@codemirror/autocomplete").CompletionResult
type CompletionSource = import("@codemirror/autocomplete").CompletionSource
type Extension = import("@codemirror/state").Extension
type PanelConstructor = import("@codemirror/view").PanelConstructor
type SyntaxNode = import("@lezer/common").SyntaxNode
/** Puts a completion into the text. */
type Apply = (view: import("@codemirror/view").EditorView, completion: Completion, from: number, to: number) => void
/** The names that a field of the lesson gives. */
type NamesIn = (field: string, lesson: SyntaxNode | null | undefined, text: string) => string[]
