import { players } from "./player";
import { reconcile } from "./reconcile";

/** New entries appear on the timeline; the facts change unless the reader is in the middle of changing them. */
export function showCase(part: Document): void {
  for (const id of ["head", "answers", "person"]) replaceIfDifferent(id, part);
  const timeline = document.querySelector("#timeline");
  const fresh = part.querySelector("#timeline");
  if (timeline && fresh) {
    const { added } = reconcile(timeline, fresh, { keepMissing: true, busy: isPlaying, prepare: players });
    added.forEach(entry => entry.classList.add("is-fresh"));
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
