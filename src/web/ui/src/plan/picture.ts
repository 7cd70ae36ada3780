/** The picture of a plan: a click on a node leads to its text, the way of a trial lights up. */

export interface Picture {
  chosen: (node: string) => void;
  /** `null`: the text cannot be drawn, so the last picture stays and says so. */
  draw(html: string | null): void;
  mark(node: string | undefined): void;
  walked(path: string[]): void;
}

export function picture(page: HTMLElement): Picture {
  const frame = page.querySelector<HTMLElement>("#graph");
  let marked: string | undefined;
  let way: string[] = [];
  const nodes = () => [...(frame?.querySelectorAll<SVGGElement>(".node") ?? [])];
  const light = () => {
    for (const node of nodes()) {
      node.classList.toggle("is-here", !!marked && node.dataset.node === marked);
      node.classList.toggle("is-walked", way.includes(node.dataset.node ?? "-"));
    }
    for (const edge of frame?.querySelectorAll<SVGGElement>(".edge, .edge-label") ?? []) {
      const step = way.findIndex((node, at) => node === edge.dataset.from && way[at + 1] === edge.dataset.to);
      edge.classList.toggle("is-walked", step >= 0);
    }
    frame?.classList.toggle("is-trial", way.length > 0);
  };
  const made: Picture = {
    chosen: () => undefined,
    draw: html => {
      frame?.classList.toggle("is-stale", html === null);
      if (html === null) { frame?.setAttribute("title", page.dataset.stale ?? ""); return }
      frame?.removeAttribute("title");
      if (frame) frame.innerHTML = html;
      light();
    },
    mark: node => {
      marked = node;
      light();
      const found = nodes().find(other => other.dataset.node === node);
      if (found && frame) bring(frame, found);
    },
    walked: path => { way = path; light() },
  };
  const choose = (event: Event) => {
    const node = (event.target as Element).closest<SVGGElement>(".node")?.dataset.node;
    if (node) made.chosen(node);
  };
  // A wide picture begins with the numbers that lead into it, not with an empty corner.
  const first = nodes().find(node => node.classList.contains("is-number")) ?? nodes()[0];
  if (frame && first) frame.scrollLeft += middle(first) - middle(frame);
  frame?.addEventListener("click", choose);
  frame?.addEventListener("keydown", event => {
    if ((event.key === "Enter" || event.key === " ") && (event.target as Element).closest(".node")) { event.preventDefault(); choose(event) }
  });
  return made;
}

function middle(part: Element): number {
  const { left, width } = part.getBoundingClientRect();
  return left + width / 2;
}

/** Within the frame only; the page stays where it is. */
function bring(frame: HTMLElement, node: SVGGElement): void {
  const inside = node.getBoundingClientRect();
  const outside = frame.getBoundingClientRect();
  if (inside.top < outside.top || inside.bottom > outside.bottom) frame.scrollTop += inside.top - outside.top - frame.clientHeight / 2;
  if (inside.left < outside.left || inside.right > outside.right) frame.scrollLeft += inside.left - outside.left - frame.clientWidth / 2;
}
