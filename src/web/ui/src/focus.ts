/**
 * Where the focus is survives what changes by itself: parts of the page are replaced when news come or a form was handled, a button is
 * switched off while its form is on its way, and a browser then forgets where the reader was. Whoever works by keyboard or hears the
 * page would begin at its top again.
 */

let last: HTMLElement | undefined;

export function keepFocus(): void {
  document.addEventListener("focusin", event => { last = event.target as HTMLElement });
  // Whoever points somewhere else wants to be there.
  document.addEventListener("pointerdown", () => { last = undefined }, true);
  // What htmx puts in the place of something else, a list under another tab for one.
  let before: HTMLElement | undefined;
  let way: string[] = [];
  document.addEventListener("htmx:beforeSwap", () => { before = last; way = before ? wayTo(before) : [] });
  document.addEventListener("htmx:afterSettle", () => { if (before) giveBack(before, way) });
  problems();
}

/** Who left a place on purpose is not put back into it: a letter pressed next would be typed there. */
export function leave(field: HTMLElement): void {
  field.blur();
  last = undefined;
}

/** Changes the page, and gives the focus back if the change took it. */
export function changing(change: () => void): void {
  const before = last;
  const way = before ? wayTo(before) : [];
  change();
  if (before) giveBack(before, way);
}

function giveBack(before: HTMLElement, way: string[]): void {
  if (!lost()) return;
  const places = way.map(selector => document.querySelector<HTMLElement>(selector));
  const found = [before, ...places].find(isThere);
  if (found?.matches("h1")) found.tabIndex = -1;
  found?.focus({ preventScroll: true });
}

function lost(): boolean {
  const now = document.activeElement;
  return !now || now === document.body || !now.isConnected;
}

function isThere(element: HTMLElement | null): boolean {
  return !!element?.isConnected && !element.matches(":disabled") && element.getClientRects().length > 0;
}

/** From the same thing to what stands nearest to it. */
function wayTo(element: HTMLElement): string[] {
  const way: string[] = [];
  const tag = element.tagName.toLowerCase();
  const form = element.closest("form")?.getAttribute("action");
  if (element.id) way.push(`#${CSS.escape(element.id)}`);
  for (const mark of ["data-open", "data-key", "data-draft"]) {
    const value = element.getAttribute(mark);
    if (value) way.push(`[${mark}="${CSS.escape(value)}"]`);
  }
  const dialog = element.closest("dialog");
  if (dialog) way.push(`[data-open="${dialog.id}"]`);
  const name = element.getAttribute("name");
  if (form && name) way.push(`form[action="${CSS.escape(form)}"] ${tag}[name="${CSS.escape(name)}"]`);
  else if (form && !dialog) way.push(`form[action="${CSS.escape(form)}"] ${tag}:not([type=hidden])`);
  const address = element.getAttribute("href");
  if (address) way.push(`main ${tag}[href="${CSS.escape(address)}"]`);
  for (let around = element.parentElement?.closest("[id]"); around && !["main", "case"].includes(around.id); around = around.parentElement?.closest("[id]")) {
    const place = `#${CSS.escape(around.id)}`;
    if (tag === "summary") way.push(`${place} summary`);
    way.push(`${place} :is(button, a[href], select, textarea, summary)`);
  }
  way.push("#case h1", "main h1");
  return way;
}

/** A page that came back because something is wrong begins at what is wrong. */
function problems(): void {
  const wrong = document.querySelector<HTMLElement>("main [aria-invalid=true]")
    ?? document.querySelector<HTMLElement>("main [role=alert]");
  if (!wrong || document.querySelector("main [autofocus]")) return;
  if (!wrong.matches("input, select, textarea, button, a")) wrong.tabIndex = -1;
  wrong.focus();
}
