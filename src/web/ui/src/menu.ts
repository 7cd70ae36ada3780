/** Menus that unfold: they close when something else is clicked, when the focus leaves them, and with Escape; arrows go through them. */

const MENUS = "details.me, details.menu-more, details.people-password, details.new-plan, details.macro-pick";
/** Those that hang over the page; a form that unfolds in its place stays when the focus leaves it. */
const HANGING = "details.me, details.menu-more, details.macro-pick";

export function menus(): void {
  document.addEventListener("click", event => {
    open().forEach(menu => { if (!menu.contains(event.target as Node)) menu.open = false });
  });
  document.addEventListener("focusin", event => {
    open().forEach(menu => { if (menu.matches(HANGING) && !menu.contains(event.target as Node)) menu.open = false });
  });
  document.addEventListener("keydown", event => {
    const menu = (event.target as Element).closest<HTMLDetailsElement>(HANGING);
    if (menu && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      walk(menu, event.key === "ArrowDown" ? 1 : -1);
    }
    if (event.key === "Escape") open().forEach(close);
  });
}

/** By its key, from anywhere: the menu unfolds and its first place has the focus; once more, and it is closed. */
export function toggleMenu(): boolean {
  const menu = document.querySelector<HTMLDetailsElement>("details.menu-more");
  if (!menu) {
    document.querySelector<HTMLElement>(".menu a")?.focus();
    return true;
  }
  if (menu.open) close(menu);
  else { menu.open = true; walk(menu, 1) }
  return true;
}

function walk(menu: HTMLDetailsElement, step: number): void {
  menu.open = true;
  const summary = menu.querySelector("summary");
  const places = [...menu.querySelectorAll<HTMLElement>("a, button")];
  const at = places.indexOf(document.activeElement as HTMLElement);
  if (at < 0) (step > 0 ? places[0] : places[places.length - 1])?.focus();
  else (places[at + step] ?? summary)?.focus();
}

function close(menu: HTMLDetailsElement): void {
  const inside = menu.contains(document.activeElement);
  menu.open = false;
  if (inside || !menu.matches(HANGING)) menu.querySelector("summary")?.focus();
}

function open(): HTMLDetailsElement[] {
  return [...document.querySelectorAll<HTMLDetailsElement>(MENUS)].filter(menu => menu.open);
}
