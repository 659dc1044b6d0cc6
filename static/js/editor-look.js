// How the editor looks: the names of base.css, which reach into its shadow root, for every part that CodeMirror draws.
// Nothing is left to CodeMirror's own marks of problems: they are data: images, which the page's policy refuses.
import { EditorView, HighlightStyle, syntaxHighlighting, tags } from "../vendor/codemirror-6.43.15.min.js";

const dot = { content: "normal", width: "12px", height: "12px", margin: "6px 0 0 2px", borderRadius: "50%", background: "var(--bad)" }
const triangle = { ...dot, borderRadius: "0", clipPath: "polygon(50% 4%, 100% 96%, 0 96%)", background: "var(--warn)" }
/** @param {string} colour */
const wave = (colour) => ({ backgroundImage: "none", textDecoration: `underline wavy 1.5px ${colour}`, textUnderlineOffset: "4px", textDecorationSkipInk: "none" })
const chosen = { background: "var(--accent-tint)", color: "var(--ink)" }
const selected = { background: "light-dark(oklch(88% 0.055 272), oklch(38% 0.09 272))" }
const small = { font: "14px/20px var(--sans)" }

const theme = EditorView.theme({
  "&": { height: "100%", background: "var(--surface)", color: "var(--ink)", fontSize: "15px" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "24px", overflow: "auto", scrollbarWidth: "thin", scrollbarColor: "var(--line-strong) transparent" },
  ".cm-content": { padding: "12px 0 40vh", caretColor: "var(--accent)" },
  ".cm-line": { padding: "0 16px 0 calc(8px + var(--hang, 0ch))", textIndent: "calc(-1 * var(--hang, 0ch))" },
  ".cm-gutters": { background: "var(--surface)", color: "var(--ink-2)", border: "0", fontSize: "14px" },
  ".cm-gutters.cm-gutters-before": { borderRightWidth: "0" },
  ".cm-lineNumbers .cm-gutterElement": { minWidth: "32px", padding: "0 4px" },
  ".cm-gutter-lint": { width: "18px" },
  ".cm-gutter-lint .cm-gutterElement": { padding: "0" },
  ".cm-foldGutter .cm-gutterElement": { minWidth: "16px", padding: "0 2px", cursor: "pointer" },
  ".cm-activeLine, .cm-activeLineGutter": { background: "light-dark(oklch(96.4% 0.005 270 / 0.7), oklch(24.5% 0.018 270 / 0.7))" },
  ".cm-activeLineGutter": { color: "var(--ink)" },
  ".cm-cursor, .cm-dropCursor": { borderLeft: "2px solid var(--accent)", marginLeft: "-1px" },
  ".cm-selectionBackground": { background: "var(--sunken)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground": selected,
  ".cm-selectionMatch": { background: "var(--accent-tint)" },
  ".cm-searchMatch": { background: "var(--warn-tint)", outline: "1px solid var(--warn-line)" },
  ".cm-searchMatch-selected": { background: "light-dark(oklch(90% 0.1 85), oklch(38% 0.08 80))" },
  "&.cm-focused .cm-matchingBracket": { background: "none", outline: "1px solid var(--accent-line)", borderRadius: "2px" },
  "&.cm-focused .cm-nonmatchingBracket": { background: "none", outline: "1px solid var(--bad)", borderRadius: "2px" },
  ".cm-specialChar": { color: "var(--bad)" },
  ".cm-foldPlaceholder": { padding: "0 6px", border: "0", background: "var(--sunken)", color: "var(--ink-2)" },

  ".cm-lintRange": { paddingBottom: "0" },
  ".cm-lintRange-error": wave("var(--bad)"),
  ".cm-lintRange-warning": wave("var(--warn)"),
  ".cm-lintPoint:after": { bottom: "-2px", borderBottomColor: "var(--bad)" },
  ".cm-lintPoint-warning:after": { borderBottomColor: "var(--warn)" },
  ".cm-lint-marker-error": dot,
  ".cm-lint-marker-warning": triangle,

  ".cm-tooltip": { maxWidth: "min(520px, 92vw)", border: "1px solid var(--line)", borderRadius: "8px", background: "var(--surface)", color: "var(--ink)", boxShadow: "var(--shadow)" },
  ".cm-tooltip-hover, .cm-tooltip-lint, .cm-tooltip-autocomplete > ul": { borderRadius: "7px", overflow: "hidden" },
  ".cm-tooltip .cm-tooltip-section:not(:first-child)": { borderTop: "1px solid var(--line)" },
  ".cm-diagnostic": { ...small, margin: "0", padding: "10px 14px", whiteSpace: "pre-wrap" },
  ".cm-diagnostic-error": { borderLeft: "4px solid var(--bad)" },
  ".cm-diagnostic-warning": { borderLeft: "4px solid var(--warn)" },
  ".cm-diagnostic-info": { borderLeft: "4px solid var(--line-strong)" },
  ".cm-diagnostic p": { margin: "0" },
  ".cm-diagnostic dl": { display: "grid", gridTemplateColumns: "max-content 1fr", gap: "2px 12px", margin: "6px 0 0" },
  ".cm-diagnostic dt": { color: "var(--ink-2)" },
  ".cm-diagnostic dd": { margin: "0", fontFamily: "var(--mono)", overflowWrap: "anywhere" },
  ".cm-diagnosticAction": { ...small, display: "inline-block", margin: "8px 0 0", padding: "3px 10px", borderRadius: "6px", background: "var(--accent)", color: "var(--on-accent)", fontWeight: "600" },
  ".cm-diagnosticAction:hover": { background: "var(--accent-strong)" },

  ".cm-tooltip.cm-tooltip-autocomplete > ul": { fontFamily: "var(--mono)", fontSize: "14px", minWidth: "220px", maxHeight: "272px" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li": { padding: "4px 12px", lineHeight: "22px" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]": chosen,
  ".cm-completionMatchedText": { textDecoration: "none", fontWeight: "700", color: "var(--accent)" },
  ".cm-completionDetail": { marginLeft: "12px", fontStyle: "normal", fontFamily: "var(--sans)", color: "var(--ink-2)" },
  ".cm-tooltip.cm-completionInfo": { ...small, width: "min(340px, 80vw)", maxWidth: "none", margin: "0 6px", padding: "10px 14px" },
  ".cm-completionInfo p": { margin: "0" },
  ".cm-completionInfo pre": { margin: "8px 0 0", font: "14px/20px var(--mono)", color: "var(--ink-2)", whiteSpace: "pre-wrap", overflowWrap: "anywhere" },

  ".cm-panels": { background: "var(--surface)", color: "var(--ink)", zIndex: "300" },
  ".cm-panels.cm-panels-top": { borderBottom: "1px solid var(--line)" },
  ".cm-panels.cm-panels-bottom": { display: "flex", flexDirection: "column", borderTop: "1px solid var(--line)" },
  ".cm-panel.cm-search": { ...small, padding: "8px 40px 8px 12px" },
  ".cm-panel.cm-search label": { fontSize: "14px" },
  ".cm-panel.cm-search [name=close]": { top: "8px", right: "8px", width: "32px", height: "32px", borderRadius: "6px", color: "var(--ink-2)", fontSize: "20px", cursor: "pointer" },
  ".cm-textfield": { ...small, height: "32px", padding: "0 10px", border: "1px solid var(--line-strong)", borderRadius: "6px", background: "var(--surface)", color: "var(--ink)" },
  ".cm-button": { ...small, height: "32px", padding: "0 12px", border: "1px solid var(--line-strong)", borderRadius: "6px", background: "var(--surface)", backgroundImage: "none", color: "var(--ink)", cursor: "pointer" },
  ".cm-button:hover": { background: "var(--sunken)" },
  "button:focus-visible, input:focus-visible, ul:focus-visible": { outline: "3px solid var(--accent)", outlineOffset: "-1px" },

  ".cm-strip": { ...small, order: "1", display: "flex", justifyContent: "space-between", gap: "16px", padding: "6px 16px", color: "var(--ink-2)" },
  ".cm-strip p": { margin: "0" },
  ".cm-strip p:first-child": { overflow: "hidden", textOverflow: "ellipsis", whiteSpace: "nowrap" },
  ".cm-strip p:last-child": { whiteSpace: "nowrap", fontVariantNumeric: "tabular-nums" },
  ".cm-strip kbd": { font: "inherit", fontWeight: "600", color: "var(--ink)" },

  "@media (max-width: 700px)": {
    ".cm-foldGutter, .cm-strip span": { display: "none !important" },
    ".cm-line": { paddingRight: "8px" },
    ".cm-strip p:first-child": { whiteSpace: "normal" },
  },
  // A phone zooms in on smaller text when it is touched.
  "@media (pointer: coarse)": { "&": { fontSize: "16px" }, ".cm-textfield": { fontSize: "16px" } },
  "@media (prefers-reduced-motion: reduce)": { "&.cm-focused > .cm-scroller > .cm-cursorLayer": { animation: "none !important" } },
  "@media (forced-colors: active)": {
    ".cm-selectionBackground": { forcedColorAdjust: "none", background: "Highlight !important" },
    ".cm-lint-marker": { forcedColorAdjust: "none" },
  },
})

const highlighting = HighlightStyle.define([
  { tag: tags.definition(tags.propertyName), color: "light-dark(oklch(43% 0.17 271), oklch(80% 0.1 273))" },
  { tag: tags.string, color: "light-dark(oklch(43% 0.105 152), oklch(82% 0.12 155))" },
  { tag: tags.special(tags.string), color: "light-dark(oklch(45% 0.16 335), oklch(80% 0.12 335))" },
  { tag: [tags.labelName, tags.typeName, tags.keyword], color: "light-dark(oklch(46% 0.11 60), oklch(84% 0.11 82))" },
  { tag: [tags.separator, tags.punctuation, tags.squareBracket, tags.brace, tags.meta], color: "var(--ink-2)" },
  { tag: tags.lineComment, color: "var(--ink-2)", fontStyle: "italic" },
])

export const look = [theme, syntaxHighlighting(highlighting)]
