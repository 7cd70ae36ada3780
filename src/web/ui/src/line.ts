/** Who is on the operator's line, on every page: looked at every few seconds while the page is seen. */

/** Short enough that the banner is there when the operator has said hello; the answer comes from memory and a few rows. */
const LOOK_MS = 3000;

let shown = "";

export function line(): void {
  const place = document.querySelector<HTMLElement>("[data-line]");
  if (!place) return;
  void look(place);
  window.setInterval(() => { if (!document.hidden) void look(place) }, LOOK_MS);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) void look(place) });
}

async function look(place: HTMLElement): Promise<void> {
  try {
    const answer = await fetch("/line", { headers: { "HX-Request": "true" } });
    // Whoever has to choose a password first is led there; that page is no banner.
    if (answer.redirected) return;
    if (answer.status === 204) show(place, "");
    else if (answer.ok) show(place, await answer.text());
  } catch {
    // The page's own event stream says that the server is away.
  }
}

/** Replaced only when it is another one, so that it is read out once; whoever stands on a link of it stays there. */
function show(place: HTMLElement, html: string): void {
  if (html === shown) return;
  const focused = place.contains(document.activeElement) ? document.activeElement?.getAttribute("href") : null;
  shown = html;
  place.replaceChildren(...new DOMParser().parseFromString(html, "text/html").body.childNodes);
  if (focused) [...place.querySelectorAll<HTMLElement>("a")].find(link => link.getAttribute("href") === focused)?.focus();
}
