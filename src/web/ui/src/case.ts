import { players } from "./player";
import { reconcile } from "./reconcile";

/** New entries appear on the timeline; the facts change unless the reader is in the middle of changing them. */
export function showCase(part: Document): void {
  for (const id of ["head", "answers", "person", "editing"]) replaceIfDifferent(id, part);
  // Whoever is in the middle of a form of theirs keeps it.
  for (const id of ["acts", "deadlines", "together", "dialogs"]) if (!isBusy(id)) replaceIfDifferent(id, part);
  showComposer(part);
  const timeline = document.querySelector("#timeline");
  const fresh = part.querySelector("#timeline");
  if (timeline && fresh) {
    const { added } = reconcile(timeline, fresh, { keepMissing: true, busy: isPlaying, prepare: players });
    added.forEach(entry => entry.classList.add("is-fresh"));
    const spoken = document.querySelector("#announce");
    const title = added.at(-1)?.querySelector(".entry-title")?.textContent;
    if (spoken && title) spoken.textContent = title.trim().replace(/\s+/g, " ");
  }
  // Who is giving a reason for a removal is not interrupted.
  if (!document.querySelector("#files details[open]")) replaceIfDifferent("files", part);
  showFacts(part);
}

function replaceIfDifferent(id: string, part: Document): void {
  const mine = document.getElementById(id);
  const fresh = part.getElementById(id);
  if (mine && fresh && mine.innerHTML !== fresh.innerHTML) mine.replaceWith(fresh);
}

function isBusy(id: string): boolean {
  const mine = document.getElementById(id);
  if (!mine) return false;
  // Nor does a menu that is open close by itself.
  if (mine.querySelector("dialog[open], details.macro-pick[open]")) return true;
  // A reason that is being chosen or written; what is only read may change.
  if (mine.contains(document.activeElement) && document.activeElement?.closest("details[open] form")) return true;
  const fields = [...mine.querySelectorAll<HTMLInputElement | HTMLTextAreaElement>("input:not([type=hidden]), textarea")];
  return fields.some(field => field === document.activeElement || field.value !== field.defaultValue);
}

/** What may be written changes with the case; what is being written stays. */
function showComposer(part: Document): void {
  const mine = document.querySelector<HTMLElement>("#composer");
  const fresh = part.querySelector<HTMLElement>("#composer");
  if (!mine || !fresh) return;
  const modes = (composer: HTMLElement) => [...composer.querySelectorAll<HTMLInputElement>(".modes input")].map(input => input.value).join();
  const version = fresh.querySelector<HTMLInputElement>("input[name=version]")?.value;
  if (version) mine.querySelectorAll<HTMLInputElement>("input[name=version]").forEach(input => { input.value = version });
  const writing = [...mine.querySelectorAll("textarea")].some(area => area.value.trim() || area === document.activeElement);
  if (modes(mine) !== modes(fresh) && !writing) mine.replaceWith(fresh);
}

function showFacts(part: Document): void {
  const mine = document.querySelector<HTMLElement>("#facts");
  const fresh = part.querySelector<HTMLElement>("#facts");
  if (!mine || !fresh) return;
  const conflict = fresh.querySelector("[role=alert]");
  if (mine.dataset.version === fresh.dataset.version && !conflict && !mine.querySelector("[role=alert]")) return;
  if (mine.querySelector("select.is-changed")) {
    const form = mine.querySelector<HTMLElement>(".facts-form");
    const notice = mine.querySelector<HTMLElement>(".stale");
    if (notice && form) { notice.textContent = form.dataset.stale ?? ""; notice.hidden = false }
    return;
  }
  const focused = mine.contains(document.activeElement) ? (document.activeElement as HTMLSelectElement).name : "";
  mine.replaceWith(fresh);
  if (focused) fresh.querySelector<HTMLElement>(`[name="${focused}"]`)?.focus();
}

function isPlaying(entry: HTMLElement): boolean {
  const audio = entry.querySelector("audio");
  return !!audio && (!audio.paused || audio.currentTime > 0);
}

document.addEventListener("change", event => {
  const select = (event.target as Element).closest<HTMLSelectElement>("#facts select");
  if (!select) return;
  const stored = [...select.options].find(option => option.defaultSelected)?.value ?? "";
  select.classList.toggle("is-changed", select.value !== stored);
  select.closest("form")?.classList.toggle("is-changed", !!select.closest("form")?.querySelector(".is-changed"));
});
