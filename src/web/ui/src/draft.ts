/**
 * What is being written survives a closed tab and another computer: the server keeps it for this user and case. It also says to the
 * others that somebody writes. Until the server has it, this computer keeps it too.
 */

/** Typing goes on; the server need not see every letter. */
const PAUSE_MS = 800;
/** The server forgets after 25 seconds that somebody writes. */
const SIGN_MS = 10_000;
const PREFIX = "odziv-draft-";

const waiting = new Map<HTMLTextAreaElement, number>();
let lastInput = 0;

export function keepDrafts(): void {
  const areas = boxes();
  if (areas.length === 0) return;
  for (const area of areas) {
    const unsent = localStorage.getItem(key(area));
    if (unsent && unsent !== area.value) { area.value = unsent; keep(area) }
    told(area);
  }
  // The kind of words that were left unfinished is seen first.
  const begun = areas.find(area => area.value.trim());
  if (begun) choose(begun.dataset.draft ?? "note");
  window.setInterval(() => {
    const area = document.activeElement;
    if (area instanceof HTMLTextAreaElement && area.dataset.draft && Date.now() - lastInput < SIGN_MS) void send(area);
  }, SIGN_MS);
  window.addEventListener("pagehide", leave);
}

document.addEventListener("input", event => {
  const area = event.target as HTMLTextAreaElement;
  if (!area.matches?.("textarea[data-draft]")) return;
  lastInput = Date.now();
  localStorage.setItem(key(area), area.value);
  keep(area);
});

document.addEventListener("keydown", event => {
  const area = event.target as HTMLElement;
  const form = area.closest<HTMLFormElement>("main form[method=post]");
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && form) {
    event.preventDefault();
    form.requestSubmit();
  }
});

for (const mode of ["note", "reply", "answer"]) {
  document.addEventListener(`${mode}-stored`, () => {
    const area = boxes().find(box => box.dataset.draft === mode);
    if (!area) return;
    window.clearTimeout(waiting.get(area));
    area.form?.reset();
    area.value = "";
    localStorage.removeItem(key(area));
    told(area);
    choose("note");
  });
}

/** Shows the panel of one kind of words. */
export function choose(mode: string): boolean {
  const radio = document.querySelector<HTMLInputElement>(`.modes input[value="${mode}"]`);
  if (radio) radio.checked = true;
  return !!radio;
}

function keep(area: HTMLTextAreaElement): void {
  window.clearTimeout(waiting.get(area));
  waiting.set(area, window.setTimeout(() => void send(area), PAUSE_MS));
}

async function send(area: HTMLTextAreaElement): Promise<void> {
  const composer = area.closest<HTMLElement>("[data-draft-at]");
  if (!composer?.dataset.draftAt) return;
  const words = area.value;
  try {
    const answer = await post(composer.dataset.draftAt, new URLSearchParams({ mode: area.dataset.draft ?? "", words }));
    if (answer.ok && area.value === words) { localStorage.removeItem(key(area)); told(area) }
  } catch {
    // It is still on this computer; the next letter tries again.
  }
}

function leave(): void {
  const composer = document.querySelector<HTMLElement>("[data-left-at]");
  if (composer?.dataset.leftAt && lastInput) void post(composer.dataset.leftAt, new URLSearchParams(), true);
}

function post(address: string, body: URLSearchParams, keepalive = false): Promise<Response> {
  return fetch(address, { method: "POST", body, keepalive, headers: { "x-csrf-token": document.body.dataset.csrf ?? "" } });
}

function told(area: HTMLTextAreaElement): void {
  const hint = area.form?.querySelector<HTMLElement>(".draft");
  if (hint) hint.hidden = !area.value.trim();
}

function boxes(): HTMLTextAreaElement[] {
  return [...document.querySelectorAll<HTMLTextAreaElement>("textarea[data-draft]")];
}

function key(area: HTMLTextAreaElement): string {
  return `${PREFIX}${document.body.dataset.user ?? ""}-${document.querySelector<HTMLElement>("[data-case]")?.dataset.case}-${area.dataset.draft}`;
}
