/** Files are sent one by one as soon as they are chosen or dropped, so that one sees how far they are; the form names them when it is sent.
 *  Without a script the form carries them itself. */

interface Staged { token: string; name: string; about: string; warning: string | null }

/** At once; further ones wait. */
const AT_ONCE = 2;

export function files(): void {
  document.querySelectorAll<HTMLFormElement>("form[data-files]").forEach(form => {
    const input = form.querySelector<HTMLInputElement>("input[type=file]");
    const list = form.querySelector<HTMLElement>(".staged");
    const place = form.querySelector<HTMLElement>(".drop");
    if (!input || !list || !place) return;
    list.querySelectorAll("li").forEach(item => item.append(remover(form, item)));
    const sender = queue(form, list);
    input.addEventListener("change", () => {
      const chosen = [...input.files ?? []];
      input.value = "";
      chosen.forEach(sender);
    });
    for (const over of ["dragenter", "dragover"]) form.addEventListener(over, event => {
      if (!(event as DragEvent).dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      place.classList.add("is-over");
    });
    for (const out of ["dragleave", "drop"]) form.addEventListener(out, () => place.classList.remove("is-over"));
    form.addEventListener("drop", event => {
      const dropped = [...event.dataTransfer?.files ?? []];
      if (!dropped.length) return;
      event.preventDefault();
      dropped.forEach(sender);
    });
    // Nothing is sent without a file that is still on its way.
    form.addEventListener("submit", event => {
      if (form.querySelector("progress")) { event.preventDefault(); event.stopImmediatePropagation() }
    }, true);
    form.addEventListener("htmx:afterRequest", event => {
      const { successful, elt } = (event as CustomEvent<{ successful: boolean; elt: Element }>).detail;
      if (successful && elt === form) { list.replaceChildren(); form.reset() }
    });
  });
}

function queue(form: HTMLFormElement, list: HTMLElement): (file: File) => void {
  const waiting: (() => Promise<void>)[] = [];
  let running = 0;
  const next = (): void => {
    while (running < AT_ONCE && waiting.length) {
      running += 1;
      void waiting.shift()!().finally(() => { running -= 1; next() });
    }
  };
  return file => {
    const item = document.createElement("li");
    const name = document.createElement("span");
    name.className = "staged-name";
    name.textContent = file.name;
    item.append(name);
    list.append(item);
    if (file.size > Number(form.dataset.maxMb) * 1024 * 1024) return failed(form, item, form.dataset.tooLarge);
    const bar = document.createElement("progress");
    bar.max = 1;
    bar.value = 0;
    bar.setAttribute("aria-label", `${form.dataset.progress ?? ""} ${file.name}`);
    item.append(bar);
    waiting.push(() => send(form, item, bar, file));
    next();
  };
}

function send(form: HTMLFormElement, item: HTMLElement, bar: HTMLProgressElement, file: File): Promise<void> {
  return new Promise(done => {
    const request = new XMLHttpRequest();
    request.open("POST", "/files");
    request.setRequestHeader("x-csrf-token", document.body.dataset.csrf ?? "");
    request.setRequestHeader("hx-request", "true");
    request.upload.addEventListener("progress", event => { if (event.lengthComputable) bar.value = event.loaded / event.total });
    request.addEventListener("loadend", () => {
      bar.remove();
      if (request.status === 200) kept(form, item, JSON.parse(request.responseText) as Staged);
      else failed(form, item, request.getResponseHeader("content-type")?.startsWith("text/plain") ? request.responseText : form.dataset.failed);
      done();
    });
    const body = new FormData();
    body.append("file", file);
    request.send(body);
  });
}

function kept(form: HTMLFormElement, item: HTMLElement, staged: Staged): void {
  const field = (name: string, value: string): HTMLInputElement => {
    const input = document.createElement("input");
    Object.assign(input, { type: "hidden", name, value });
    return input;
  };
  const about = document.createElement("small");
  about.textContent = staged.about;
  item.querySelector(".staged-name")!.textContent = staged.name;
  item.append(field("upload", staged.token), field("upload_name", staged.name), about);
  if (staged.warning) {
    const warning = document.createElement("small");
    warning.className = "file-warning";
    warning.textContent = staged.warning;
    item.append(warning);
  }
  item.append(remover(form, item));
}

function failed(form: HTMLFormElement, item: HTMLElement, words: string | undefined): void {
  const problem = document.createElement("small");
  problem.className = "problem";
  problem.textContent = words ?? "";
  item.append(problem, remover(form, item));
}

function remover(form: HTMLFormElement, item: HTMLElement): HTMLButtonElement {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "plain staged-remove";
  button.textContent = form.dataset.remove ?? "×";
  button.setAttribute("aria-label", `${button.textContent} ${item.querySelector(".staged-name")?.textContent ?? ""}`);
  button.addEventListener("click", () => { item.remove(); form.querySelector<HTMLElement>("input[type=file]")?.focus() });
  return button;
}
