import { choose } from "./draft";

/** The page by keyboard. Letters are looked at by place on the keyboard too, so that a Cyrillic layout works. */

export function keys(): void {
  document.addEventListener("keydown", event => {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (isTyping(event.target as Element)) {
      leave(event);
      return;
    }
    if (press(event)) event.preventDefault();
  });
}

/** Escape leaves a field as it is (a browser would clear the search); the arrow goes on into the list. */
function leave(event: KeyboardEvent): void {
  const field = event.target as HTMLElement;
  if (event.key === "Escape") { event.preventDefault(); field.blur() }
  if (event.key === "ArrowDown" && (field.id === "q" || field.id === "find") && move(1)) event.preventDefault();
}

function press(event: KeyboardEvent): boolean {
  if (event.key === "/" || (event.code === "Slash" && !event.shiftKey)) return focus("#find");
  if (event.key === "?") return help();
  if (event.shiftKey) return false;
  switch (event.code) {
    case "KeyF": return focus("#q");
    case "KeyJ": return move(1);
    case "KeyK": return move(-1);
    case "KeyN": return write("note");
    case "KeyR": return write("reply");
    case "KeyA": return write("answer");
    case "KeyT": return click("#acts [data-key=t]");
    case "KeyF": return click("#acts [data-key=f]");
    case "KeyW": return click("#acts [data-key=w]");
    case "KeyP": return click(".player.is-current .player-button") || click(".player-button");
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
