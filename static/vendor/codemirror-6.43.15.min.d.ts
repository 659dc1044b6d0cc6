// The names that static/vendor/VENDORED.md puts into the bundle, with the types of the packages they come from.
export { acceptCompletion, autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap, startCompletion } from "@codemirror/autocomplete"
export { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands"
export { yaml, yamlLanguage } from "@codemirror/lang-yaml"
export { HighlightStyle, bracketMatching, foldGutter, foldKeymap, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language"
export { forEachDiagnostic, lintGutter, nextDiagnostic, previousDiagnostic, setDiagnostics } from "@codemirror/lint"
export { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search"
export { EditorState } from "@codemirror/state"
export {
  Decoration, EditorView, ViewPlugin, closeHoverTooltips, drawSelection, dropCursor, highlightActiveLine, highlightActiveLineGutter,
  highlightSpecialChars, keymap, lineNumbers, rectangularSelection, showPanel,
} from "@codemirror/view"
export { tags } from "@lezer/highlight"
