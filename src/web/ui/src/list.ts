import htmx from "htmx.org";
import { keepChosen } from "./bulk";
import { reconcile } from "./reconcile";

/** Cases that arrived while the reader was further down. */
const waiting = new Set<string>();

/** Changed rows change in place. New ones are put on top when the top is seen, and else announced. */
export function showList(part: Document): void {
  const rows = document.querySelector("#rows");
  const fresh = part.querySelector("#rows");
  if (!rows || !fresh) return;
  showCounts(part);
  document.querySelector("#list > .empty")?.remove();
  const empty = part.querySelector("#list > .empty");
  if (empty && !fresh.querySelector("[data-id]")) {
    rows.querySelectorAll("[data-id]").forEach(row => row.remove());
    rows.before(empty);
    return;
  }
  if (!isTopSeen()) {
    const known = new Set([...rows.querySelectorAll<HTMLElement>("[data-id]")].map(row => row.dataset.id));
    for (const row of fresh.querySelectorAll<HTMLElement>("[data-id]")) {
      if (row.dataset.id && !known.has(row.dataset.id)) { waiting.add(row.dataset.id); row.remove() }
    }
  } else {
    waiting.clear();
  }
  const pages = rows.querySelectorAll("[data-id]").length > fresh.querySelectorAll("[data-id]").length;
  const { added } = reconcile(rows, fresh, { keepMissing: pages || waiting.size > 0 });
  added.forEach(row => row.classList.add("is-fresh"));
  if (!rows.querySelector("#more")) {
    const more = part.querySelector("#more");
    if (more && !pages) { rows.append(more); htmx.process(more) }
  }
  keepChosen();
  announce(added.length);
}

/** Leaves the search box and the filters alone. */
function showCounts(part: Document): void {
  for (const tab of part.querySelectorAll<HTMLElement>(".tabs [data-status]")) {
    const count = tab.querySelector(".tab-count")?.textContent ?? "";
    const mine = document.querySelector(`.tabs [data-status="${tab.dataset.status}"] .tab-count`);
    if (mine && mine.textContent !== count) mine.textContent = count;
  }
}

function isTopSeen(): boolean {
  const list = document.querySelector("#list");
  return !list || list.getBoundingClientRect().top > -80;
}

function announce(added: number): void {
  const button = document.querySelector<HTMLButtonElement>("#fresh");
  if (!button) return;
  button.hidden = waiting.size === 0;
  const words = button.querySelector("span");
  if (words) words.textContent = phrase(button, waiting.size);
  const spoken = document.querySelector("#announce");
  if (spoken && added > 0) spoken.textContent = phrase(button, added);
}

function phrase(button: HTMLElement, count: number): string {
  const { one, few, many } = button.dataset;
  const forms: Record<string, string | undefined> = { one, few, other: many };
  const form = new Intl.PluralRules(document.documentElement.lang).select(count);
  return `${count} ${forms[form] ?? many}`;
}

document.addEventListener("click", event => {
  if (!(event.target as Element).closest("#fresh")) return;
  waiting.clear();
  announce(0);
  window.scrollTo({ top: 0, behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "instant" : "smooth" });
  void htmx.ajax("get", location.pathname + location.search, { target: "#list", swap: "outerHTML" });
});
// Addresses name what is filtered and nothing else, so that they can be read and sent to a colleague.
document.addEventListener("htmx:configRequest", event => {
  const { elt, formData } = (event as CustomEvent<{ elt: Element; formData: FormData }>).detail;
  if (elt.id !== "filters") return;
  for (const [name, value] of [...formData.entries()]) if (value === "") formData.delete(name);
});
// Another list has no waiting cases.
document.addEventListener("htmx:afterSwap", event => {
  if ((event as CustomEvent<{ target: Element }>).detail.target.id === "list") { waiting.clear(); announce(0) }
});

// Whoever asked for more goes on at the first of them.
let known = 0;
document.addEventListener("htmx:beforeSwap", event => {
  const more = (event as CustomEvent<{ target: Element }>).detail.target.id === "more";
  known = more ? document.querySelectorAll("#rows .row-link").length : 0;
});
document.addEventListener("htmx:afterSettle", () => {
  if (known > 0) document.querySelectorAll<HTMLElement>("#rows .row-link")[known]?.focus({ preventScroll: true });
  known = 0;
});
