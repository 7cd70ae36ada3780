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
}
