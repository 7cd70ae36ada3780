import { autocompletion, type CompletionContext, type CompletionResult } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { bracketMatching, HighlightStyle, StreamLanguage, syntaxHighlighting } from "@codemirror/language";
import { toml } from "@codemirror/legacy-modes/mode/toml";
import { type Diagnostic, lintGutter, lintKeymap, setDiagnostics } from "@codemirror/lint";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { EditorState } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLine, highlightActiveLineGutter, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";

/** The text of a plan in CodeMirror. It lives in a shadow tree: there its styles need no inline style sheet, which our policy forbids. */

export interface Problem { plan: string; line: number; column: number; width: number; message: string; help: string; notes: string[] }

export interface Editor {
  words(): string;
  /** Back into the form. */
  store(): void;
  show(problems: Problem[]): void;
  goTo(line: number, column: number): void;
  goToNode(node: string): void;
  place(): number;
  restore(place: number): void;
}

export interface Listener {
  changed(): void;
  /** The cursor is in the table of this node, or of none. */
  moved(node: string | undefined): void;
}

const TABLE = /^\s*\[\[?\s*([^\]]+?)\s*\]/;
const NODE = /^node\s*\.\s*("?)([\w-]+)\1/;

export function editor(area: HTMLTextAreaElement, listener: Listener): Editor {
  const host = document.createElement("div");
  host.className = "editor";
  area.before(host);
  area.hidden = true;
  const root = host.attachShadow({ mode: "open" });
  const view: EditorView = new EditorView({
    root,
    parent: root,
    state: EditorState.create({ doc: area.value, extensions: extensions(area.getAttribute("aria-label") ?? "", listener) }),
  });
  return {
    words: () => view.state.doc.toString(),
    store: () => { area.value = view.state.doc.toString() },
    show: problems => view.dispatch(setDiagnostics(view.state, problems.map(problem => diagnostic(view, problem)))),
    goTo: (line, column) => goTo(view, line, column),
    goToNode: node => {
      for (let number = 1; number <= view.state.doc.lines; number += 1) {
        const table = TABLE.exec(view.state.doc.line(number).text);
        if (table && NODE.exec(table[1] ?? "")?.[2] === node) { goTo(view, number, 1); return }
      }
    },
    place: () => view.state.selection.main.head,
    restore: place => goToPosition(view, Math.min(place, view.state.doc.length)),
  };
}

function extensions(label: string, listener: Listener) {
  let node: string | undefined;
  return [
    lineNumbers(), highlightActiveLineGutter(), highlightActiveLine(), history(), drawSelection(), bracketMatching(), lintGutter(),
    search({ top: true }), highlightSelectionMatches(),
    StreamLanguage.define(toml), syntaxHighlighting(colours),
    autocompletion({ override: [names], icons: false }),
    keymap.of([...defaultKeymap, ...historyKeymap, ...searchKeymap, ...lintKeymap, indentWithTab]),
    EditorView.lineWrapping, theme, EditorState.tabSize.of(2),
    EditorView.contentAttributes.of({ "aria-label": label, spellcheck: "false", tabindex: "0" }),
    EditorView.updateListener.of(update => {
      if (update.docChanged) listener.changed();
      if (!update.selectionSet && !update.docChanged) return;
      const here = nodeAt(update.state);
      if (here !== node) { node = here; listener.moved(here) }
    }),
  ];
}

function nodeAt(state: EditorState): string | undefined {
  for (let number = state.doc.lineAt(state.selection.main.head).number; number > 0; number -= 1) {
    const table = TABLE.exec(state.doc.line(number).text);
    if (table) return NODE.exec(table[1] ?? "")?.[2];
  }
  return undefined;
}

/** In a quoted word: the names of the plan's nodes. */
function names(context: CompletionContext): CompletionResult | null {
  const before = context.matchBefore(/"[\w-]*/);
  if (!before) return null;
  const known = new Set<string>();
  for (const line of context.state.doc.iterLines()) {
    const found = NODE.exec(TABLE.exec(line)?.[1] ?? "")?.[2];
    if (found) known.add(found);
  }
  return { from: before.from + 1, options: [...known].map(label => ({ label })), validFor: /^[\w-]*$/ };
}

function diagnostic(view: EditorView, problem: Problem): Diagnostic {
  const from = position(view, problem.line, problem.column);
  const to = Math.min(position(view, problem.line, problem.column + problem.width), view.state.doc.length);
  const message = [problem.message, problem.help, ...problem.notes].filter(Boolean).join("\n");
  return { from, to: Math.max(to, from), severity: "error", message };
}

/** Columns count characters, positions UTF-16 units. */
function position(view: EditorView, line: number, column: number): number {
  const found = view.state.doc.line(Math.min(Math.max(line, 1), view.state.doc.lines));
  return found.from + Math.min([...found.text].slice(0, column - 1).join("").length, found.length);
}

function goTo(view: EditorView, line: number, column: number): void {
  goToPosition(view, position(view, line, column));
}

function goToPosition(view: EditorView, at: number): void {
  view.dispatch({ selection: { anchor: at }, effects: EditorView.scrollIntoView(at, { y: "center" }) });
  view.focus();
}

const colours = HighlightStyle.define([
  { tag: tags.comment, color: "var(--quiet)", fontStyle: "italic" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--answered)" },
  { tag: [tags.number, tags.bool, tags.atom], color: "var(--forwarded)" },
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: "var(--link)" },
  { tag: [tags.bracket, tags.atom, tags.heading, tags.keyword], color: "var(--accent)" },
]);

const theme = EditorView.theme({
  "&": { color: "var(--ink)", backgroundColor: "var(--sheet)", fontSize: ".93rem", height: "100%" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "ui-monospace, 'DejaVu Sans Mono', 'Liberation Mono', Consolas, monospace", lineHeight: "1.55", overflow: "auto" },
  ".cm-content": { caretColor: "var(--ink)", padding: ".6rem 0" },
  ".cm-cursor": { borderLeftColor: "var(--ink)", borderLeftWidth: "2px" },
  ".cm-gutters": { backgroundColor: "var(--sunk)", color: "var(--quiet)", border: "0" },
  ".cm-activeLineGutter": { backgroundColor: "var(--hover)", color: "var(--ink)" },
  ".cm-activeLine": { backgroundColor: "color-mix(in srgb, var(--hover) 60%, transparent)" },
  "&.cm-focused .cm-selectionBackground, .cm-selectionBackground": { backgroundColor: "color-mix(in srgb, var(--link) 26%, transparent) !important" },
  ".cm-selectionMatch": { backgroundColor: "color-mix(in srgb, var(--accent) 18%, transparent)" },
  ".cm-matchingBracket, &.cm-focused .cm-matchingBracket": { backgroundColor: "color-mix(in srgb, var(--focus) 30%, transparent)", outline: "none" },
  ".cm-lintRange-error": { backgroundImage: "none", textDecoration: "underline wavy var(--bad) 1.5px", textUnderlineOffset: "3px" },
  ".cm-lint-marker-error": { content: "''", width: ".62rem", height: ".62rem", borderRadius: "50%", backgroundColor: "var(--bad)", margin: ".28rem .1rem" },
  ".cm-tooltip": { backgroundColor: "var(--sheet)", color: "var(--ink)", border: "1px solid var(--line)", borderRadius: "8px", boxShadow: "var(--shadow)", fontFamily: "var(--font)", maxWidth: "34rem" },
  ".cm-diagnostic": { whiteSpace: "pre-line", borderLeft: "4px solid var(--bad)", padding: ".45rem .7rem" },
  ".cm-tooltip-autocomplete ul li[aria-selected]": { backgroundColor: "var(--act)", color: "var(--on-deep)" },
  ".cm-panels": { backgroundColor: "var(--sunk)", color: "var(--ink)", borderColor: "var(--line)", fontFamily: "var(--font)" },
  ".cm-panels input, .cm-panels button": { font: "inherit", color: "var(--ink)", background: "var(--sheet)", border: "1px solid var(--line)", borderRadius: "6px", backgroundImage: "none" },
});
