/**
 * What was typed into a form is not lost when the server does not take it: it says what is wrong on a page whose form is empty again,
 * somebody else was faster, or the session had ended and one has to log in first. Passwords and files are not kept.
 */

interface Sent { action: string; fields: [string, string][]; refused?: boolean }

/** Of this tab alone; it goes with the tab. */
const PLACE = "odziv-sent";
/** What is not of the user's making, or is nobody's to keep. */
const NOT_KEPT = "[type=hidden], [type=password], [type=file], [type=submit], [autocomplete=one-time-code]";

type Field = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;

export function refill(): void {
  document.addEventListener("submit", event => {
    const form = event.target as HTMLFormElement;
    if (form.method !== "post" || !form.closest("main") || form.closest(".door") || form.matches("[data-intake], [data-bulk-run]")) return;
    const sent: Sent = { action: path(form), fields: kept(form).map(field => [field.name, value(field)]) };
    if (sent.fields.length) sessionStorage.setItem(PLACE, JSON.stringify(sent));
  }, true);
  // A part of the page was answered: it was taken, or the form still stands there with what was typed.
  document.addEventListener("htmx:afterRequest", event => {
    const { xhr } = (event as CustomEvent<{ xhr: XMLHttpRequest }>).detail;
    if (xhr.status && !xhr.getResponseHeader("hx-redirect")) sessionStorage.removeItem(PLACE);
  });
  const stored = sessionStorage.getItem(PLACE);
  if (!stored) return;
  const sent = JSON.parse(stored) as Sent;
  // Pages on the way: the log-in, and an error that leads back.
  if (document.querySelector(".door, .empty.is-page")) {
    sessionStorage.setItem(PLACE, JSON.stringify({ ...sent, refused: true }));
    return;
  }
  sessionStorage.removeItem(PLACE);
  if (sent.refused || document.querySelector("main [role=alert]")) put(sent);
}

function put({ action, fields }: Sent): void {
  const form = [...document.querySelectorAll<HTMLFormElement>("main form[method=post]")].find(each => path(each) === action);
  if (!form) return;
  const left = new Map<string, string[]>();
  for (const [name, words] of fields) left.set(name, [...left.get(name) ?? [], words]);
  for (const field of kept(form)) {
    const words = left.get(field.name)?.shift();
    if (words === undefined) continue;
    if (field instanceof HTMLInputElement && (field.type === "checkbox" || field.type === "radio")) field.checked = words === "on";
    else if (field.value === standing(field)) field.value = words;
  }
  form.closest("details")?.setAttribute("open", "");
}

function kept(form: HTMLFormElement): Field[] {
  return [...form.querySelectorAll<Field>("input, textarea, select")].filter(field => field.name && !field.matches(NOT_KEPT));
}

function value(field: Field): string {
  return field instanceof HTMLInputElement && (field.type === "checkbox" || field.type === "radio") ? (field.checked ? "on" : "") : field.value;
}

/** What the server put there. */
function standing(field: Field): string {
  if (field instanceof HTMLSelectElement) return [...field.options].find(option => option.defaultSelected)?.value ?? field.options[0]?.value ?? "";
  return field.defaultValue;
}

function path(form: HTMLFormElement): string {
  return new URL(form.getAttribute("action") ?? "", location.href).pathname;
}
