/**
 * Buttons beside a form that is being written: what was typed is saved before they do their work. `data-save-first` names the form.
 * Where the server does not take it, that form itself is sent, whose page says what is wrong.
 */
export function saveFirst(): void {
  const written = new WeakSet<HTMLFormElement>();
  document.addEventListener("input", event => {
    const form = (event.target as HTMLInputElement).form;
    if (form) written.add(form);
  });
  document.addEventListener("submit", event => {
    const form = event.target as HTMLFormElement;
    const first = document.getElementById(form.dataset.saveFirst ?? "");
    if (!(first instanceof HTMLFormElement) || !written.has(first) || event.defaultPrevented) return;
    event.preventDefault();
    void save(first).then(saved => {
      if (!saved) { first.requestSubmit(); return }
      written.delete(first);
      form.requestSubmit();
    });
  });
}

/** The answer to what is saved is the way to its page, which nobody needs here. */
async function save(form: HTMLFormElement): Promise<boolean> {
  if (!form.checkValidity()) return false;
  const body = new URLSearchParams([...new FormData(form)].filter((field): field is [string, string] => typeof field[1] === "string"));
  try {
    const answer = await fetch(form.action, { method: "POST", body, redirect: "manual" });
    return answer.type === "opaqueredirect";
  } catch {
    return false;
  }
}
