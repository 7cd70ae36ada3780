import { editor, type Editor, type Problem } from "./plan/editor";
import { picture } from "./plan/picture";
import { trial } from "./plan/trial";

/** The page of one dialplan: its text is checked and drawn anew at every pause of typing. */

/** Long enough that half a word is not complained about. */
const PAUSE_MS = 350;

interface Checked { problems: Problem[]; summary: string; graph: string | null }

function start(): void {
  const page = document.querySelector<HTMLElement>(".plan-page");
  const form = page?.querySelector<HTMLFormElement>(".plan-text");
  const area = form?.querySelector("textarea");
  if (!page || !form || !area) return;
  const graph = picture(page);
  let timer: number | undefined;
  let asked = 0;
  const text: Editor = editor(area, {
    changed: () => {
      window.clearTimeout(timer);
      timer = window.setTimeout(() => void check(), PAUSE_MS);
      page.classList.add("is-edited");
    },
    moved: node => graph.mark(node),
  });
  graph.chosen = node => text.goToNode(node);

  async function check(): Promise<void> {
    const ticket = ++asked;
    const checked = await send<Checked>(page!, "check", { text: text.words() });
    // A later question is under way, or the server does not answer: what is shown stays.
    if (!checked || ticket !== asked) return;
    showState(page!, checked);
    text.show(checked.problems.filter(problem => problem.plan === page!.dataset.plan));
    graph.draw(checked.graph);
  }

  const first = known(page);
  text.show(first.filter(problem => problem.plan === page.dataset.plan));
  page.addEventListener("click", event => {
    const link = (event.target as Element).closest<HTMLElement>("#problems [data-line]");
    if (!link || link.dataset.plan !== page.dataset.plan) return;
    event.preventDefault();
    text.goTo(Number(link.dataset.line), Number(link.dataset.column));
  });
  trial(page, () => text.words(), path => graph.walked(path));
  keepPlace(page, form, text);
  const line = /^#line-(\d+)$/.exec(location.hash);
  if (line) text.goTo(Number(line[1]), 1);
}

/** Unsaved work is not left by accident; after saving one is where one was. */
function keepPlace(page: HTMLElement, form: HTMLFormElement, text: Editor): void {
  const place = `odziv-plan-${page.dataset.plan}`;
  let saving = false;
  const save = () => { text.store(); saving = true; sessionStorage.setItem(place, JSON.stringify(text.place())) };
  form.addEventListener("submit", save);
  document.addEventListener("keydown", event => {
    if (event.code !== "KeyS" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    form.requestSubmit();
  });
  window.addEventListener("beforeunload", event => {
    if (!saving && page.classList.contains("is-edited")) event.preventDefault();
  });
  const before = sessionStorage.getItem(place);
  sessionStorage.removeItem(place);
  if (before && page.querySelector(".notice")) text.restore(JSON.parse(before) as number);
}

function showState(page: HTMLElement, checked: Checked): void {
  const state = page.querySelector<HTMLElement>(".plan-state");
  const good = checked.problems.length === 0;
  state?.classList.toggle("is-good", good);
  state?.classList.toggle("is-bad", !good);
  state?.querySelector("b")?.replaceChildren(good ? page.dataset.ok ?? "" : checked.summary);
  state?.querySelector("span")?.replaceChildren(good ? checked.summary : "");
  page.querySelector("#problems")?.replaceChildren(...checked.problems.map(problem => item(page, problem)));
}

function item(page: HTMLElement, problem: Problem): HTMLElement {
  const made = document.createElement("li");
  Object.assign(made.dataset, { line: problem.line, column: problem.column, width: problem.width, plan: problem.plan });
  const link = document.createElement("a");
  link.href = problem.plan === page.dataset.plan ? `#line-${problem.line}` : `/dialplans/${problem.plan}#line-${problem.line}`;
  const other = problem.plan === page.dataset.plan ? "" : `${problem.plan} `;
  link.textContent = `${other}${problem.line}:${problem.column}`;
  const message = document.createElement("span");
  message.textContent = problem.message;
  made.append(link, " ", message);
  if (problem.help) {
    const help = document.createElement("em");
    help.textContent = problem.help;
    made.append(" ", help);
  }
  for (const note of problem.notes) {
    const small = document.createElement("small");
    small.textContent = note;
    made.append(small);
  }
  return made;
}

/** What the server said about the text that it sent. */
function known(page: HTMLElement): Problem[] {
  return [...page.querySelectorAll<HTMLElement>("#problems > li")].map(found => ({
    plan: found.dataset.plan ?? "",
    line: Number(found.dataset.line),
    column: Number(found.dataset.column),
    width: Number(found.dataset.width),
    message: found.querySelector("span")?.textContent ?? "",
    help: found.querySelector("em")?.textContent ?? "",
    notes: [...found.querySelectorAll("small")].map(note => note.textContent ?? ""),
  }));
}

async function send<T>(page: HTMLElement, what: string, body: unknown): Promise<T | undefined> {
  try {
    const answer = await fetch(`/dialplans/${page.dataset.plan}/${what}`, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRF-Token": document.body.dataset.csrf ?? "", "HX-Request": "true" },
      body: JSON.stringify(body),
    });
    return answer.ok ? (await answer.json()) as T : undefined;
  } catch {
    return undefined;
  }
}

document.addEventListener("DOMContentLoaded", start);
