/** A note that is being written survives a closed tab: it is kept on this computer until it is stored. */

const PREFIX = "odziv-draft-";

export function keepDrafts(): void {
  const area = box();
  if (!area) return;
  const kept = localStorage.getItem(key(area));
  if (kept && !area.value) { area.value = kept; told(true) }
  area.addEventListener("input", () => {
    if (area.value.trim()) localStorage.setItem(key(area), area.value);
    else localStorage.removeItem(key(area));
    told(!!area.value.trim());
  });
  area.addEventListener("keydown", event => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); area.form?.requestSubmit() }
  });
}

document.addEventListener("note-stored", () => {
  const area = box();
  if (!area) return;
  area.value = "";
  localStorage.removeItem(key(area));
  told(false);
});

function told(kept: boolean): void {
  document.querySelectorAll<HTMLElement>(".composer .draft").forEach(hint => { hint.hidden = !kept });
}

function box(): HTMLTextAreaElement | null {
  return document.querySelector<HTMLTextAreaElement>("textarea[data-draft]");
}

function key(area: HTMLTextAreaElement): string {
  return PREFIX + area.dataset.draft;
}
