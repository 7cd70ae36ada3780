import htmx from "htmx.org";
import { reconcile, remember } from "./reconcile";
import { toast } from "./toast";

/** The board of what goes on now: clocks that run by themselves, lists that change in place. */

const LISTS = ["board-queues", "board-operators", "board-calls"];
/** The server's clock is ahead of ours by so much. */
let ahead = 0;

export function board(): void {
  const found = document.querySelector<HTMLElement>("#board");
  if (!found) return;
  LISTS.forEach(list => remember(document.getElementById(list)!));
  setClock(found);
  window.setInterval(tick, 1000);
  wall();
  // In the capture phase: before the form is sent.
  document.addEventListener("click", event => {
    const grave = (event.target as Element).closest<HTMLElement>("[data-sure]");
    if (grave && !window.confirm(grave.dataset.sure)) event.preventDefault();
  }, true);
  document.addEventListener("htmx:afterRequest", event => {
    const { xhr, elt } = (event as CustomEvent<{ xhr: XMLHttpRequest; elt: HTMLElement }>).detail;
    if (elt.closest("#board") && xhr.status === 200) toast("failed", xhr.responseText);
  });
}

export function showBoard(part: Document): void {
  const fresh = part.querySelector<HTMLElement>("#board");
  const here = document.querySelector<HTMLElement>("#board");
  if (!fresh || !here) return;
  here.querySelector("#board-figures")?.replaceWith(fresh.querySelector("#board-figures")!);
  for (const list of LISTS) {
    const wanted = fresh.querySelector(`#${list}`);
    const present = document.getElementById(list);
    if (!wanted || !present) continue;
    reconcile(present, wanted, { keepMissing: false, prepare: item => htmx.process(item) });
    order(present, wanted);
    // The sentence that a list is empty.
    const sentences = [...present.parentElement!.querySelectorAll(":scope > .board-none")];
    sentences.forEach(sentence => sentence.remove());
    present.after(...wanted.parentElement!.querySelectorAll(":scope > .board-none"));
  }
  setClock(fresh);
  tick();
}

/** Operators change places with their state. */
function order(present: Element, wanted: Element): void {
  const order = [...wanted.children].map(item => (item as HTMLElement).dataset.id);
  const sorted = [...present.children].sort((a, b) => order.indexOf((a as HTMLElement).dataset.id) - order.indexOf((b as HTMLElement).dataset.id));
  sorted.forEach((item, at) => { if (present.children[at] !== item) present.insertBefore(item, present.children[at] ?? null) });
}

function setClock(found: HTMLElement): void {
  const now = Date.parse(found.dataset.now ?? "");
  // A board that has not changed for long is old, not our clock fast.
  if (Number.isFinite(now) && (ahead === 0 || now - Date.now() > ahead)) ahead = Math.max(now - Date.now(), 0);
  tick();
}

function tick(): void {
  document.querySelectorAll<HTMLElement>("[data-since]").forEach(time => {
    const seconds = Math.max(Math.floor((Date.now() + ahead - Date.parse(time.dataset.since!)) / 1000), 0);
    const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
    const two = (value: number) => String(value).padStart(2, "0");
    const shown = hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
    if (time.textContent !== shown) time.textContent = shown;
  });
}

function wall(): void {
  const button = document.querySelector<HTMLButtonElement>("[data-wall]");
  const page = document.querySelector<HTMLElement>(".board-page");
  if (!button || !page?.requestFullscreen) return;
  button.hidden = false;
  button.addEventListener("click", () => void page.requestFullscreen().catch(() => undefined));
}
