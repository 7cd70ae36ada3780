import htmx from "htmx.org";
import { showBoard } from "./board";
import { showCase } from "./case";
import { changing } from "./focus";
import { showList } from "./list";
import { remember } from "./reconcile";
import { hideToast, toast } from "./toast";

/** At most one look at the server in this time, however much happens. */
const PAUSE_MS = 1000;
/** Short interruptions, a restart of the server for one, are not worth a notice. */
const NOTICE_AFTER_MS = 5000;

let source: EventSource | undefined;
let looking = false;
let again = false;
/** Somebody looks at the page, so that the session goes on; else the page only asks by itself. */
let attended = false;
let lost: number | undefined;

/** Listens for "something changed" while the page is seen, and looks again when it is seen anew. */
export function live(): void {
  const page = document.querySelector<HTMLElement>("[data-live]");
  if (!page?.dataset.live) return;
  document.querySelectorAll("#rows, #timeline").forEach(remember);
  document.addEventListener("htmx:afterSwap", () => document.querySelectorAll("#rows").forEach(remember));
  const address = page.dataset.live;
  // A hidden tab gives its connection back: browsers allow only six to one server.
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) close();
    else { listen(address); attended = true; void look() }
  });
  window.addEventListener("pagehide", close);
  // Coming back by the browser's "back" shows the page as it was left.
  window.addEventListener("pageshow", event => { if (event.persisted) { listen(address); attended = true; void look() } });
  if (!document.hidden) listen(address);
}

function listen(address: string): void {
  close();
  source = new EventSource(address);
  let first = true;
  source.addEventListener("open", () => {
    window.clearTimeout(lost);
    lost = undefined;
    hideToast();
    if (!first) void look();
    first = false;
  });
  source.addEventListener("changed", () => void look());
  source.addEventListener("error", () => {
    lost ??= window.setTimeout(() => toast("offline"), NOTICE_AFTER_MS);
    // Closed for good by the server's answer: logged out, or it is not there. Asking tells which.
    if (source?.readyState === EventSource.CLOSED) window.setTimeout(() => { void look(); listen(address) }, NOTICE_AFTER_MS);
  });
}

function close(): void {
  source?.close();
  source = undefined;
}

async function look(): Promise<void> {
  if (looking) { again = true; return }
  looking = true;
  try {
    await Promise.all([fetchPart(), new Promise(done => window.setTimeout(done, PAUSE_MS))]);
  } finally {
    looking = false;
  }
  if (again) { again = false; void look() }
}

async function fetchPart(): Promise<void> {
  const address = location.pathname + location.search;
  try {
    const headers: Record<string, string> = { "HX-Request": "true" };
    if (!attended) headers["x-odziv-by-itself"] = "true";
    attended = false;
    const answer = await fetch(address, { headers });
    const login = answer.headers.get("HX-Redirect");
    if (login) { location.href = `/login?next=${encodeURIComponent(address)}`; return }
    if (!answer.ok) return;
    const html = await answer.text();
    // The reader has gone on to another filter meanwhile.
    if (address === location.pathname + location.search) show(html);
  } catch {
    // The event stream notices too, and says so.
  }
}

/** A part of the page as the server sends it. */
export function show(html: string): void {
  const part = new DOMParser().parseFromString(html, "text/html");
  changing(() => {
    if (part.querySelector("#list")) showList(part);
    if (part.querySelector("#case")) showCase(part);
    if (part.querySelector("#board")) showBoard(part);
  });
}

// Forms of the case's page answer with the same part, also when somebody else was faster (409).
document.addEventListener("htmx:afterRequest", event => {
  const { xhr, elt } = (event as CustomEvent<{ xhr: XMLHttpRequest; elt: HTMLElement }>).detail;
  if (!elt.closest("[data-case]") || !(xhr.status === 200 || xhr.status === 409)) return;
  if (xhr.status === 200) {
    elt.closest("dialog")?.close();
    elt.querySelector(".sheet-problem")?.remove();
    if (elt instanceof HTMLFormElement && elt.closest("#acts, #deadlines, #together, #dialogs")) elt.reset();
    // Done with: what unfolded for it folds again.
    if (elt.closest("#deadlines, #files")) elt.closest("details")?.removeAttribute("open");
  }
  elt.querySelectorAll("select").forEach(select => select.classList.remove("is-changed"));
  show(xhr.responseText);
  htmx.process(document.body);
});
