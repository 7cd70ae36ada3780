/**
 * Brings a list on the page to what the server sent, touching only what differs: scroll, focus and a recording that is
 * playing stay as they are. Items are known by `data-id`.
 */

/** What the server sent last for an item; scripts change items afterwards, so the page itself cannot be compared. */
const sent = new WeakMap<Element, string>();

export interface Outcome { added: HTMLElement[]; changed: HTMLElement[] }

export interface Options {
  /** Items that the page has and the answer does not: removed, or kept because they lie below the first page. */
  keepMissing: boolean;
  /** Items that must not be touched now. */
  busy?: (item: HTMLElement) => boolean;
  prepare?: (item: HTMLElement) => void;
}

/** Before scripts touch the items. */
export function remember(list: Element): void {
  for (const item of items(list)) sent.set(item, item.outerHTML);
}

export function reconcile(list: Element, wanted: Element, options: Options): Outcome {
  const outcome: Outcome = { added: [], changed: [] };
  const present = new Map(items(list).map(item => [item.dataset.id, item]));
  const arrived = items(wanted);
  const ids = new Set(arrived.map(item => item.dataset.id));
  if (!options.keepMissing) {
    for (const [id, item] of present) if (!ids.has(id) && !options.busy?.(item)) item.remove();
  }
  let before: Element | null = null;
  for (const fresh of arrived) {
    const html = fresh.outerHTML;
    const old = present.get(fresh.dataset.id);
    let placed: HTMLElement = old ?? fresh;
    if (!old) {
      const next: Element | null = before ? before.nextElementSibling : list.firstElementChild;
      list.insertBefore(fresh, next);
      outcome.added.push(fresh);
    } else if (sent.get(old) !== html && !options.busy?.(old)) {
      const focused = old.contains(document.activeElement);
      if (old.classList.contains("is-current")) fresh.classList.add("is-current");
      old.replaceWith(fresh);
      if (focused) fresh.querySelector<HTMLElement>("a, button")?.focus({ preventScroll: true });
      outcome.changed.push(fresh);
      placed = fresh;
    }
    if (placed === fresh) {
      sent.set(fresh, html);
      options.prepare?.(fresh);
    }
    before = placed;
  }
  return outcome;
}

function items(list: Element): HTMLElement[] {
  return [...list.querySelectorAll<HTMLElement>(":scope > [data-id]")];
}
