/** Choosing cases of the list, and carrying a change out in pieces. */

/** Each piece is one request: the bar moves, and a lost connection loses no more than this. */
const PIECE = 20;

const chosen = new Set<string>();
let last: HTMLInputElement | undefined;

export function bulk(): void {
  // Without a script the bar is there all the time, and sends the boxes that are ticked.
  form()?.querySelectorAll("[hidden]").forEach(part => part.removeAttribute("hidden"));
  read();
  document.addEventListener("click", event => {
    const box = event.target as HTMLInputElement;
    if (!box.matches?.(".row-pick input")) return;
    if (event.shiftKey && last && last !== box) range(last, box);
    last = box;
    read();
  });
  document.addEventListener("keydown", event => {
    const link = event.target as HTMLElement;
    if (event.key !== "x" && event.code !== "KeyX" || event.ctrlKey || event.metaKey || event.altKey) return;
    const box = link.closest?.(".row")?.querySelector<HTMLInputElement>(".row-pick input");
    if (!box || link.matches("input:not([type=checkbox]), textarea, select")) return;
    event.preventDefault();
    box.checked = !box.checked;
    last = box;
    read();
  });
  document.addEventListener("click", event => {
    const button = (event.target as Element).closest<HTMLButtonElement>("[data-bulk]");
    if (!button) return;
    if (button.dataset.bulk === "none") { boxes().forEach(box => { box.checked = false }); chosen.clear(); show() }
    if (button.dataset.bulk === "all") { field("filter").value = `/cases${location.search}`; form()?.requestSubmit() }
  });
  form()?.addEventListener("submit", () => { field("cases").value = [...chosen].join() });
  window.addEventListener("pageshow", () => { const filter = form()?.elements.namedItem("filter"); if (filter instanceof HTMLInputElement) filter.value = ""; read() });
  carryOut();
}

/** Rows come and change by themselves; what was chosen stays chosen. */
export function keepChosen(): void {
  boxes().forEach(box => { box.checked = chosen.has(box.value) });
}

function range(from: HTMLInputElement, to: HTMLInputElement): void {
  const all = boxes();
  const [a, b] = [all.indexOf(from), all.indexOf(to)].sort((x, y) => x - y);
  all.slice(a, (b ?? 0) + 1).forEach(box => { box.checked = to.checked });
}

function read(): void {
  for (const box of boxes()) {
    if (box.checked) chosen.add(box.value);
    else chosen.delete(box.value);
  }
  show();
}

function show(): void {
  const bar = form();
  if (!bar) return;
  bar.hidden = chosen.size === 0;
  const count = bar.querySelector("b");
  if (count) count.textContent = String(chosen.size);
}

function boxes(): HTMLInputElement[] {
  return [...document.querySelectorAll<HTMLInputElement>(".row-pick input")];
}

function form(): HTMLFormElement | null {
  return document.querySelector<HTMLFormElement>("#bulk");
}

function field(name: string): HTMLInputElement {
  return form()?.elements.namedItem(name) as HTMLInputElement;
}

function carryOut(): void {
  const run = document.querySelector<HTMLFormElement>("[data-bulk-run]");
  run?.addEventListener("submit", event => {
    event.preventDefault();
    void pieces(run);
  });
}

async function pieces(run: HTMLFormElement): Promise<void> {
  // A field of the form is called `action` too: the property would be that field.
  const bar = run.querySelector("progress");
  const told = run.querySelector(".bulk-told");
  const body = new URLSearchParams(new FormData(run) as unknown as Record<string, string>);
  const cases = (body.get("cases") ?? "").split(",");
  run.querySelector("button")?.setAttribute("disabled", "");
  if (bar) { bar.hidden = false; bar.max = cases.length }
  for (let at = 0; at < cases.length; at += PIECE) {
    body.set("cases", cases.slice(at, at + PIECE).join());
    const answer = await fetch(run.getAttribute("action") ?? "", { method: "POST", body, headers: { "HX-Request": "true" } }).catch(() => undefined);
    if (!answer?.ok) { if (told) told.textContent = document.querySelector<HTMLElement>("#toast")?.dataset.failed ?? ""; run.querySelector("button")?.removeAttribute("disabled"); return }
    const part = new DOMParser().parseFromString(`<ul>${await answer.text()}</ul>`, "text/html");
    part.querySelectorAll<HTMLElement>("[data-id]").forEach(row => document.querySelector(`#bulk-rows [data-id="${row.dataset.id}"]`)?.replaceWith(row));
    const done = Math.min(at + PIECE, cases.length);
    if (bar) bar.value = done;
    if (told) told.textContent = `${done} / ${cases.length}`;
  }
  run.querySelector("button")?.remove();
}
