import htmx from "htmx.org";
import { board } from "./board";
import { bulk, keepChosen } from "./bulk";
import { keepDrafts } from "./draft";
import { files } from "./files";
import { keepFocus } from "./focus";
import { intake } from "./intake";
import { keys } from "./keys";
import { line } from "./line";
import { live } from "./live";
import { menus } from "./menu";
import { players } from "./player";
import { presence } from "./presence";
import { refill } from "./refill";
import { rights } from "./rights";
import { saveFirst } from "./savefirst";
import { templates } from "./template";
import { sayInSheet, toast } from "./toast";

declare global {
  interface Window { htmx: typeof htmx }
}
window.htmx = htmx;

function start(): void {
  keys();
  live();
  board();
  players(document);
  keepDrafts();
  files();
  intake();
  bulk();
  presence();
  line();
  rights();
  templates();
  saveFirst();
  menus();
  sheets();
  wayBack();
  leaveNothing();
  refill();
  keepFocus();
}

/** The way back from a case leads to the list as it was filtered. */
function wayBack(): void {
  const place = "odziv-list";
  if (document.querySelector("#list")) window.addEventListener("pagehide", () => sessionStorage.setItem(place, location.search));
  const back = document.querySelector<HTMLAnchorElement>("[data-back]");
  if (back) back.href = `/cases${sessionStorage.getItem(place) ?? ""}`;
}

/** Sheets over the page open and close by buttons that say which. */
function sheets(): void {
  document.addEventListener("click", event => {
    const opener = (event.target as Element).closest<HTMLElement>("[data-open]");
    // By a letter too, so that Escape leads back to it.
    opener?.focus({ preventScroll: true });
    if (opener) document.querySelector<HTMLDialogElement>(`#${opener.dataset.open}`)?.showModal();
    (event.target as Element).closest("[data-close]")?.closest("dialog")?.close();
  });
}

/** Whoever logs out of a computer that others use leaves nothing of citizens behind on it. */
function leaveNothing(): void {
  document.querySelector("form[action='/logout']")?.addEventListener("submit", () => {
    sessionStorage.clear();
    Object.keys(localStorage).filter(key => key.startsWith("odziv-draft-") || key.startsWith("odziv-intake")).forEach(key => localStorage.removeItem(key));
  });
}

document.addEventListener("htmx:responseError", event => {
  const { xhr, elt } = (event as CustomEvent<{ xhr: XMLHttpRequest; elt: Element }>).detail;
  const words = xhr.getResponseHeader("content-type")?.startsWith("text/plain") ? xhr.responseText : undefined;
  if (!sayInSheet(elt, "failed", words)) toast("failed", words);
});
document.addEventListener("htmx:afterSwap", keepChosen);
document.addEventListener("presence-failed", () => toast("failed"));
document.addEventListener("htmx:sendError", event => {
  if (!sayInSheet((event as CustomEvent<{ elt: Element }>).detail.elt, "offline")) toast("offline");
});
document.addEventListener("DOMContentLoaded", start);

document.addEventListener("click", (event) => {
  if (event.target instanceof Element && event.target.closest("[data-print]")) window.print();
});
