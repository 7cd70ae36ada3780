import { toast } from "../toast";

/** A call without a telephone: the server walks the text as it stands in the editor. */
export function trial(page: HTMLElement, text: () => string, walked: (path: string[]) => void): void {
  const form = page.querySelector<HTMLFormElement>("#try");
  const result = page.querySelector<HTMLElement>("#walk");
  form?.addEventListener("submit", event => {
    event.preventDefault();
    void go(form, result);
  });

  async function go(from: HTMLFormElement, into: HTMLElement | null): Promise<void> {
    const { number, at, keys } = Object.fromEntries(new FormData(from)) as Record<string, string>;
    try {
      const answer = await fetch(`/dialplans/${page.dataset.plan}/try`, {
        method: "POST",
        headers: { "Content-Type": "application/json", "X-CSRF-Token": document.body.dataset.csrf ?? "", "HX-Request": "true" },
        body: JSON.stringify({ text: text(), number, at, keys }),
      });
      if (!answer.ok) { toast("failed"); return }
      if (into) into.innerHTML = await answer.text();
      walked(into?.querySelector<HTMLElement>("[data-path]")?.dataset.path?.split(" ") ?? []);
    } catch {
      toast("offline");
    }
  }
}
