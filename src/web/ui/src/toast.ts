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
