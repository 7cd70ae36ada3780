import { choose } from "./draft";
import { leave } from "./focus";
import { asksByKeys } from "./interview";
import { toggleMenu } from "./menu";
import { focusTemplates, openMacros } from "./template";

/** Where somebody has said that letters shall not be shortcuts (WCAG 2.1.4): speech input types letters. */
const OFF = "odziv-keys-off";

/** The page by keyboard. Letters are looked at by place on the keyboard too, so that a Cyrillic layout works. */

export function keys(): void {
  const box = document.querySelector<HTMLInputElement>("#keys-on");
  if (box) {
    box.checked = !localStorage.getItem(OFF);
    box.addEventListener("change", () => { if (box.checked) localStorage.removeItem(OFF); else localStorage.setItem(OFF, "1") });
  }
  document.addEventListener("keydown", event => {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (!localStorage.getItem(OFF) && asksByKeys(event)) return;
    if (isTyping(event.target as Element)) {
      goOn(event);
      return;
    }
    if (!localStorage.getItem(OFF) && press(event)) event.preventDefault();
  });
}

/** Escape leaves a field as it is (a browser would clear the search); the arrow goes on into the list. */
function goOn(event: KeyboardEvent): void {
  const field = event.target as HTMLElement;
  if (event.key === "Escape") { event.preventDefault(); leave(field) }
  if (event.key === "ArrowDown" && (field.id === "q" || field.id === "find") && move(1)) event.preventDefault();
}

function press(event: KeyboardEvent): boolean {
  if (event.key === "?") return help();
  if (event.key === "/" || (event.code === "Slash" && !event.shiftKey)) return focus("#find");
  if (event.shiftKey) return false;
  switch (event.code) {
    case "KeyM": return toggleMenu();
    // In a list it narrows the list, on a case it forwards the case.
    case "KeyF": return focus("#q") || click("#acts [data-key=f]");
    case "KeyJ": return move(1);
    case "KeyK": return move(-1);
    case "KeyN": return write("note");
    case "KeyR": return write("reply");
    case "KeyA": return write("answer");
    case "KeyT": return click("#acts [data-key=t]");
    case "KeyI": return click("#together [data-key=i]");
    case "KeyW": return click("#acts [data-key=w]");
    case "KeyP": return click(".player.is-current .player-button") || click(".player-button");
    case "KeyS": return focusTemplates();
    case "KeyD": return openMacros();
    case "KeyC": return focus("[data-line] .line-case, [data-line] a");
    case "KeyU": return click("[data-back]");
    default: return false;
  }
}

function write(mode: string): boolean {
  return choose(mode) && focus(`#composer textarea[data-draft="${mode}"]`);
}

function isTyping(element: Element): boolean {
  return element.matches("input:not([type=radio]), textarea, select, [contenteditable]");
}

function focus(selector: string): boolean {
  const found = document.querySelector<HTMLElement>(selector);
  found?.focus();
  if (found instanceof HTMLInputElement) found.select();
  return !!found;
}

function click(selector: string): boolean {
  const found = document.querySelector<HTMLElement>(selector);
  found?.click();
  return !!found;
}

function help(): boolean {
  document.querySelector<HTMLDialogElement>("#help")?.showModal();
  return true;
}

/** Focus goes from row to row; Enter then follows the link, as everywhere. */
function move(step: number): boolean {
  const links = [...document.querySelectorAll<HTMLElement>("#rows .row-link")];
  if (links.length === 0) return false;
  const at = links.findIndex(link => link === document.activeElement);
  const next = links[at < 0 ? 0 : Math.min(Math.max(at + step, 0), links.length - 1)];
  next?.focus({ preventScroll: true });
  next?.closest(".row")?.scrollIntoView({ block: "nearest" });
  return true;
}
