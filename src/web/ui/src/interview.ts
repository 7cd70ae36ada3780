/** An interview by keyboard: digits choose, Enter goes on, the arrow and Backspace go back, letters say what is said instead of an answer. */

/** So many digits may follow one another quickly to name a point with two of them. */
const NEXT_DIGIT_MS = 900;

export function interview(): void {
  const form = document.querySelector<HTMLFormElement>("form[data-ask]");
  if (!form) return;
  // A field that is typed into has the focus by itself; else the first option has, so that arrows work too.
  if (!form.querySelector("[autofocus]")) first(form)?.focus();
  form.addEventListener("change", event => exclusive(form, event.target as HTMLInputElement));
}

/** Whether the interview took the key. */
export function asksByKeys(event: KeyboardEvent): boolean {
  const form = document.querySelector<HTMLFormElement>("form[data-ask]");
  if (!form) return false;
  const field = event.target as Element;
  const typing = field.matches("textarea, input:not([type=radio]):not([type=checkbox]), select");
  const took = typing ? inField(form, event, field as HTMLInputElement) : outside(form, event);
  if (took) event.preventDefault();
  return took;
}

/** In a field letters are letters: only Enter goes on, in a long text with Ctrl as well. */
function inField(form: HTMLFormElement, event: KeyboardEvent, field: HTMLInputElement): boolean {
  if (event.key !== "Enter" || !form.contains(field)) return false;
  if (field.matches("textarea") && event.shiftKey) return false;
  return goOn(form);
}

function outside(form: HTMLFormElement, event: KeyboardEvent): boolean {
  if (event.key === "Enter") return (event.target as Element).closest("a, summary, button:not([value=answer])") ? false : goOn(form);
  if (event.key === "Backspace" || (event.key === "ArrowLeft" && !(event.target as Element).matches("input[type=radio]"))) {
    return click(document.querySelector<HTMLElement>("[data-ask-back]"));
  }
  if (/^\d$/.test(event.key)) return digit(form, event.key);
  // By place, so that a Cyrillic layout works.
  const letter = event.code.replace("Key", "").toLowerCase();
  return event.code.startsWith("Key") && click(form.querySelector<HTMLElement>(`[data-letter="${letter}"]`));
}

let typed = "";
let at = 0;

function digit(form: HTMLFormElement, key: string): boolean {
  const now = performance.now();
  typed = now - at < NEXT_DIGIT_MS ? typed + key : key;
  at = now;
  const named = typed.length > 1 ? form.querySelector<HTMLInputElement>(`.ask-point input[value="${typed}"]`) : null;
  const option = named ?? form.querySelector<HTMLInputElement>(`[data-digit="${key}"]`);
  option?.focus();
  return click(option);
}

function goOn(form: HTMLFormElement): boolean {
  const button = form.querySelector<HTMLButtonElement>("button[value=answer]") ?? form.querySelector<HTMLButtonElement>("button");
  return click(button);
}

/** "None of these" goes with no other. */
function exclusive(form: HTMLFormElement, changed: HTMLInputElement): void {
  if (!changed.checked || changed.type !== "checkbox") return;
  const alone = "exclusive" in changed.dataset;
  form.querySelectorAll<HTMLInputElement>("input[type=checkbox][name=answer]").forEach(other => {
    if (other !== changed && (alone || "exclusive" in other.dataset)) other.checked = false;
  });
}

function first(form: HTMLFormElement): HTMLElement | null {
  return form.querySelector<HTMLElement>("input[name=answer]:checked, input[name=answer]");
}

function click(element: HTMLElement | null): boolean {
  element?.click();
  return !!element;
}
