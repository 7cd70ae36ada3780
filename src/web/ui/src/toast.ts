let hiding: number | undefined;

/** A passing notice; read out by screen readers. */
export function toast(kind: "offline" | "failed", words?: string): void {
  const box = document.querySelector<HTMLElement>("#toast");
  if (!box) return;
  box.textContent = words || box.dataset[kind] || "";
  box.classList.add("is-shown");
  window.clearTimeout(hiding);
  hiding = window.setTimeout(hideToast, 7000);
}

export function hideToast(): void {
  document.querySelector("#toast")?.classList.remove("is-shown");
}

/** In a sheet over the page, which would hide a passing notice: there the reason stands until the sheet is sent again. */
export function sayInSheet(element: Element, kind: "offline" | "failed", words?: string): boolean {
  const sheet = element.closest<HTMLElement>("dialog[open]");
  const form = sheet?.querySelector("form");
  if (!form) return false;
  const notice = form.querySelector<HTMLElement>(".sheet-problem") ?? document.createElement("p");
  notice.className = "notice is-bad sheet-problem";
  notice.setAttribute("role", "alert");
  form.querySelector("h2")?.after(notice);
  notice.textContent = words || document.querySelector<HTMLElement>("#toast")?.dataset[kind] || "";
  return true;
}
