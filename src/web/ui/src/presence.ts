/** The operator's own state in the header: looked at every few seconds while the page is seen, changed from its menu. */

/** Short enough that nobody wonders; the answer comes from memory. */
const LOOK_MS = 3000;

let shown = "";

export function presence(): void {
  const place = document.querySelector<HTMLElement>("[data-presence]");
  if (!place) return;
  void look(place);
  window.setInterval(() => { if (!document.hidden) void look(place) }, LOOK_MS);
  window.setInterval(() => countDown(place), 1000);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) void look(place) });
  place.addEventListener("submit", event => {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    void change(place, form, (event as SubmitEvent).submitter as HTMLButtonElement | null);
  });
}

async function look(place: HTMLElement): Promise<void> {
  // An open menu is not pulled away from under the pointer.
  if (place.querySelector("details[open]")) return;
  try {
    const answer = await fetch("/presence", { headers: { "HX-Request": "true" } });
    // Whoever has to choose a password first is led there; that page does not belong into the header.
    if (answer.redirected) return;
    if (answer.status === 204) show(place, "");
    else if (answer.ok) show(place, await answer.text());
  } catch {
    // The page's own event stream says that the server is away.
  }
}

async function change(place: HTMLElement, form: HTMLFormElement, button: HTMLButtonElement | null): Promise<void> {
  const fields = new URLSearchParams();
  new FormData(form, button).forEach((value, name) => fields.append(name, String(value)));
  try {
    const answer = await fetch(form.action, { method: "POST", body: fields, headers: { "HX-Request": "true" } });
    if (answer.redirected) { location.reload(); return }
    if (!answer.ok && answer.status !== 409) { document.dispatchEvent(new CustomEvent("presence-failed")); return }
    show(place, await answer.text());
    if (answer.status === 409) place.querySelector("details")?.setAttribute("open", "");
    place.querySelector("summary")?.focus();
  } catch {
    document.dispatchEvent(new CustomEvent("presence-failed"));
  }
}

function show(place: HTMLElement, html: string): void {
  if (html === shown) return;
  const focused = place.contains(document.activeElement);
  shown = html;
  place.replaceChildren(...new DOMParser().parseFromString(html, "text/html").body.childNodes);
  if (focused) place.querySelector("summary")?.focus();
  countDown(place);
}

function countDown(place: HTMLElement): void {
  for (const box of place.querySelectorAll<HTMLElement>("[data-until]")) {
    const left = Math.max(0, Math.round(Number(box.dataset.until) - Date.now() / 1000));
    box.textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
  }
}
