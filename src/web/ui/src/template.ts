import { toast } from "./toast";

/** Templates in the composer and their editor, macros on a case. All of it works without this too: the forms then do the same. */

/** What the case had nothing for, see `domain/kept_template`. */
const GAP = /\[\[[^\n]{1,60}?\]\]/;

export function templates(): void {
  document.addEventListener("click", event => {
    const target = event.target as Element;
    const button = target.closest<HTMLButtonElement>("[data-template-insert]");
    if (button) { event.preventDefault(); void insert(button) }
    const chip = target.closest<HTMLElement>("[data-insert]");
    if (chip) put(lastWords(), chip.dataset.insert ?? "");
  });
  document.addEventListener("keydown", event => {
    const select = event.target as HTMLElement;
    if (event.key === "Enter" && select.matches(".pick-template select")) {
      event.preventDefault();
      select.closest(".pick-template")?.querySelector<HTMLButtonElement>("button")?.click();
    }
  });
  document.addEventListener("focusin", event => {
    const area = event.target as HTMLElement;
    if (area instanceof HTMLTextAreaElement && area.closest("[data-template-form]")) last = area;
  });
}

/** The templates of the kind of words that is open. */
export function focusTemplates(): boolean {
  const mode = document.querySelector<HTMLInputElement>(".modes input:checked")?.value;
  const select = document.querySelector<HTMLElement>(`.panel.is-${mode} .pick-template select`);
  select?.focus();
  return !!select;
}

export function openMacros(): boolean {
  const pick = document.querySelector<HTMLDetailsElement>("#macro-pick");
  if (!pick) return false;
  pick.open = true;
  pick.querySelector<HTMLElement>("a")?.focus();
  return true;
}

async function insert(button: HTMLButtonElement): Promise<void> {
  const form = button.form;
  const select = form?.querySelector<HTMLSelectElement>("select[name=template]");
  const area = form?.querySelector<HTMLTextAreaElement>("textarea[data-draft]");
  if (!select || !area) return;
  if (!select.value) { select.focus(); return }
  const body = new URLSearchParams({ mode: button.value, template: select.value });
  const headers = { "x-csrf-token": document.body.dataset.csrf ?? "", "hx-request": "true" };
  try {
    const answer = await fetch(button.formAction, { method: "POST", body, headers });
    const words = await answer.text();
    if (!answer.ok) { toast("failed", words); return }
    select.value = "";
    put(area, words);
  } catch {
    toast("offline");
  }
}

let last: HTMLTextAreaElement | undefined;

/** That of the editor in which one wrote last. */
function lastWords(): HTMLTextAreaElement | null {
  return last?.isConnected ? last : document.querySelector<HTMLTextAreaElement>("[data-template-form] textarea");
}

/** At the cursor; the first gap is chosen, so that typing fills it. Undo takes it back. */
function put(area: HTMLTextAreaElement | null, words: string): void {
  if (!area) return;
  area.focus();
  const from = area.selectionStart;
  if (!document.execCommand("insertText", false, words)) area.setRangeText(words, from, area.selectionEnd, "end");
  area.dispatchEvent(new Event("input", { bubbles: true }));
  const gap = GAP.exec(area.value.slice(from));
  if (gap) area.setSelectionRange(from + gap.index, from + gap.index + gap[0].length);
}
