import htmx from "htmx.org";
import { board } from "./board";
import { bulk, keepChosen } from "./bulk";
import { keepDrafts } from "./draft";
import { files } from "./files";
import { intake } from "./intake";
import { keys } from "./keys";
import { live } from "./live";
import { players } from "./player";
import { presence } from "./presence";
import { rights } from "./rights";
import { toast } from "./toast";

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
  rights();
  menus();
  wayBack();
  // Of a menu that is wider than a telephone, the place where one is.
  const here = document.querySelector<HTMLElement>(".menu [aria-current]");
  here?.parentElement?.scrollTo({ left: here.offsetLeft - here.parentElement.clientWidth / 2 + here.clientWidth / 2 });
}

/** The way back from a case leads to the list as it was filtered. */
function wayBack(): void {
  const place = "odziv-list";
  if (document.querySelector("#list")) window.addEventListener("pagehide", () => sessionStorage.setItem(place, location.search));
  const back = document.querySelector<HTMLAnchorElement>("[data-back]");
  if (back) back.href = `/cases${sessionStorage.getItem(place) ?? ""}`;
}

/** A menu closes when something else is clicked, and with Escape. */
function menus(): void {
  const open = () => document.querySelectorAll<HTMLDetailsElement>("details.me[open], details.people-password[open], details.new-plan[open]");
  document.addEventListener("click", event => {
    open().forEach(menu => { if (!menu.contains(event.target as Node)) menu.open = false });
    const opener = (event.target as Element).closest<HTMLElement>("[data-open]");
    if (opener) document.querySelector<HTMLDialogElement>(`#${opener.dataset.open}`)?.showModal();
    (event.target as Element).closest("[data-close]")?.closest("dialog")?.close();
  });
  document.addEventListener("keydown", event => {
    if (event.key === "Escape") open().forEach(menu => { menu.open = false; menu.querySelector("summary")?.focus() });
  });
}

document.addEventListener("htmx:responseError", event => {
  const { xhr } = (event as CustomEvent<{ xhr: XMLHttpRequest }>).detail;
  toast("failed", xhr.getResponseHeader("content-type")?.startsWith("text/plain") ? xhr.responseText : undefined);
});
document.addEventListener("htmx:afterSwap", keepChosen);
document.addEventListener("presence-failed", () => toast("failed"));
document.addEventListener("htmx:sendError", () => toast("offline"));
document.addEventListener("DOMContentLoaded", start);

document.addEventListener("click", (event) => {
  if (event.target instanceof Element && event.target.closest("[data-print]")) window.print();
});
