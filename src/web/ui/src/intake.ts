/** The form by which a case is registered: known people and open cases are offered while one types, and what was typed is kept. */

/** After the last key. */
const PAUSE = 350;
/** Of this user: another one at the same computer does not read what a citizen told. */
const DRAFT = `odziv-intake-${document.body?.dataset.user ?? ""}`;

export function intake(): void {
  // The case is registered: its draft is done with.
  if (document.querySelector(".slip-page .notice")) localStorage.removeItem(DRAFT);
  const form = document.querySelector<HTMLFormElement>("form[data-intake]");
  if (!form) return;
  drafts(form);
  people(form);
  questions(form);
  similar(form);
  const shown = () => {
    form.classList.toggle("is-document", value(form, "channel") === "document");
    form.classList.toggle("is-anonymous", !!form.querySelector<HTMLInputElement>("[name=anonymous]")?.checked);
  };
  form.addEventListener("change", shown);
  shown();
}

function people(form: HTMLFormElement): void {
  const chosen = form.querySelector<HTMLInputElement>("[name=person]")!;
  const note = form.querySelector<HTMLElement>(".chosen-person")!;
  const fields = [...form.querySelectorAll<HTMLInputElement>("[data-find], [name=address]")];
  const choose = (id: string, words: string): void => {
    chosen.value = id;
    note.hidden = !id;
    note.querySelector("span")!.textContent = id ? `${note.dataset.chosen ?? ""} ${words}` : "";
    fields.forEach(field => { field.readOnly = !!id });
    document.querySelector("#people")?.replaceChildren();
    form.dispatchEvent(new Event("person"));
  };
  if (chosen.value) choose(chosen.value, value(form, "name"));
  form.addEventListener("input", later(event => {
    const field = (event.target as Element).closest<HTMLInputElement>("[data-find]");
    if (field && !chosen.value) void show("#people", `/cases/new/people?q=${encodeURIComponent(field.value)}`);
  }));
  form.addEventListener("click", event => {
    const offer = (event.target as Element).closest<HTMLElement>("[data-person]");
    if (offer) {
      const { person = "", name = "", phone = "", address = "" } = offer.dataset;
      for (const [field, words] of Object.entries({ name, phone, address, email: "" })) {
        form.querySelector<HTMLInputElement>(`[name=${field}]`)!.value = words;
      }
      choose(person, name || phone);
      form.querySelector<HTMLElement>("[name=category]")?.focus();
    } else if ((event.target as Element).closest(".chosen-person button")) {
      choose("", "");
      form.querySelector<HTMLElement>("[name=name]")?.focus();
    }
  });
}

/** Another category asks other things; what was answered already to questions of the same name stays. */
function questions(form: HTMLFormElement): void {
  form.querySelector("[name=category]")?.addEventListener("change", async event => {
    const answered = new FormData(form);
    const category = (event.target as HTMLSelectElement).value;
    const place = form.querySelector<HTMLElement>("[data-questions]")!;
    place.replaceChildren();
    if (!category) return;
    const answer = await fetch(`/cases/questions/${category}`, { headers: { "hx-request": "true" } }).catch(() => undefined);
    if (!answer?.ok || value(form, "category") !== category) return;
    place.replaceChildren(...new DOMParser().parseFromString(await answer.text(), "text/html").body.children);
    answered.forEach((before, name) => {
      const field = name.startsWith("q-") ? form.elements.namedItem(name) : null;
      if (typeof before === "string" && (field instanceof RadioNodeList || field instanceof HTMLInputElement || field instanceof HTMLSelectElement || field instanceof HTMLTextAreaElement)) field.value = before;
    });
  });
}

function similar(form: HTMLFormElement): void {
  const look = later(() => {
    const asked = new URLSearchParams();
    for (const name of ["category", "place", "words", "person"]) asked.set(name, value(form, name).slice(0, 500));
    if (asked.get("place") || asked.get("words") || asked.get("person")) void show("#similar", `/cases/new/similar?${asked}`);
  });
  form.addEventListener("input", event => {
    if ((event.target as Element).matches("[name=category], [name=place], [name=words]")) look(event);
  });
  form.addEventListener("person", look);
}

/** A closed tab loses nothing; what is shown again by the server, with its mistakes, comes first. */
function drafts(form: HTMLFormElement): void {
  const told = (kept: boolean) => form.querySelectorAll<HTMLElement>(".draft").forEach(hint => { hint.hidden = !kept });
  const kept = localStorage.getItem(DRAFT);
  if (kept && !document.querySelector(".intake-page [role=alert]")) {
    for (const [name, words] of Object.entries(JSON.parse(kept) as Record<string, string>)) {
      const field = form.elements.namedItem(name);
      if (field instanceof RadioNodeList) field.value = words;
      else if (field instanceof HTMLInputElement && field.type === "checkbox") field.checked = words === field.value;
      else if (field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement || field instanceof HTMLSelectElement) field.value = words;
    }
    told(true);
  }
  form.addEventListener("input", later(() => {
    const typed: Record<string, string> = {};
    new FormData(form).forEach((words, name) => {
      if (typeof words === "string" && words && !["csrf", "upload", "upload_name"].includes(name)) typed[name] = words;
    });
    localStorage.setItem(DRAFT, JSON.stringify(typed));
    told(true);
  }));
  form.querySelector(".intake-end a")?.addEventListener("click", () => localStorage.removeItem(DRAFT));
}

/** The latest answer wins, however late an earlier one comes. */
const asked = new Map<string, number>();

async function show(place: string, address: string): Promise<void> {
  const turn = (asked.get(place) ?? 0) + 1;
  asked.set(place, turn);
  const answer = await fetch(address, { headers: { "hx-request": "true" } }).catch(() => undefined);
  if (!answer?.ok || asked.get(place) !== turn) return;
  const part = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector(place);
  if (part) document.querySelector(place)?.replaceWith(part);
}

function value(form: HTMLFormElement, name: string): string {
  const field = form.elements.namedItem(name);
  return field instanceof Element || field instanceof RadioNodeList ? (field as HTMLInputElement | RadioNodeList).value : "";
}

function later(act: (event: Event) => void): (event: Event) => void {
  let timer = 0;
  return event => {
    clearTimeout(timer);
    timer = window.setTimeout(() => act(event), PAUSE);
  };
}
