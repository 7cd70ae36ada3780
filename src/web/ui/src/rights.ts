/** Cells of the matrix that differ from what is stored are marked and counted; nobody leaves them behind unawares. */
export function rights(): void {
  const form = document.querySelector<HTMLFormElement>("form[data-rights]");
  if (!form) return;
  const cells = [...form.querySelectorAll<HTMLSelectElement>("select[data-was]")];
  const count = form.querySelector<HTMLElement>("[data-changes]");
  let saving = false;
  const differing = () => cells.filter(cell => cell.value !== cell.dataset.was);
  const mark = () => {
    const changed = new Set(differing());
    cells.forEach(cell => cell.closest("td")?.classList.toggle("is-changed", changed.has(cell)));
    if (count) count.textContent = changed.size ? `${count.dataset.changes} ${changed.size}` : "";
  };
  form.addEventListener("change", mark);
  form.addEventListener("submit", () => { saving = true });
  window.addEventListener("beforeunload", event => {
    if (!saving && differing().length) event.preventDefault();
  });
  mark();
  find(form);
}

/** Of some fifty rows the few that somebody looks for; whatever was changed in the others is still sent. */
function find(form: HTMLFormElement): void {
  const place = form.querySelector<HTMLElement>(".rights-find");
  const field = place?.querySelector("input");
  if (!place || !field) return;
  place.hidden = false;
  field.addEventListener("keydown", event => { if (event.key === "Enter") event.preventDefault() });
  field.addEventListener("input", () => {
    const words = plain(field.value);
    form.querySelectorAll("tbody").forEach(group => {
      const rows = [...group.querySelectorAll<HTMLElement>("tr:not(.rights-group)")];
      rows.forEach(row => { row.hidden = !plain(row.querySelector("th")?.textContent ?? "").includes(words) });
      group.hidden = rows.every(row => row.hidden);
    });
  });
}

function plain(text: string): string {
  return text.toLowerCase().normalize("NFD").replace(/\p{M}/gu, "").trim();
}
