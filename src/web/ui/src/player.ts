/** The player of a recording: a waveform that is also the slider, speed, everything by keyboard. */

const SPEEDS = [1, 1.5, 2];
const STEP_S = 5;
const HEIGHT = 48;
const BAR = 4;

export function players(root: ParentNode): void {
  root.querySelectorAll<HTMLElement>(".player:not(.is-ready)").forEach(enhance);
}

function enhance(box: HTMLElement): void {
  const audio = box.querySelector("audio");
  if (!audio) return;
  box.classList.add("is-ready");
  audio.controls = false;
  const seconds = Number(box.dataset.seconds) || 0;
  const button = element("button", "player-button");
  const slider = element("div", "player-wave");
  const time = element("span", "player-time");
  const speed = element("button", "player-speed");
  speed.textContent = "1×";
  speed.title = box.dataset.speed ?? "";
  Object.entries({ role: "slider", tabindex: "0", "aria-label": box.dataset.position ?? "", "aria-valuemin": "0" })
    .forEach(([name, value]) => slider.setAttribute(name, value));
  box.querySelector(".player-length")?.remove();
  const turns = [...box.querySelectorAll<HTMLButtonElement>(".player-turns button")];
  box.querySelector("audio")!.after(button, slider, time, speed);

  const length = () => (Number.isFinite(audio.duration) ? audio.duration : seconds) || seconds;
  const show = () => {
    const playing = !audio.paused;
    button.replaceChildren(icon(box, playing ? "pause" : "play"));
    button.setAttribute("aria-label", (playing ? box.dataset.pause : box.dataset.play) ?? "");
    slider.style.setProperty("--played", `${length() ? (audio.currentTime / length()) * 100 : 0}%`);
    slider.setAttribute("aria-valuemax", length().toFixed(0));
    slider.setAttribute("aria-valuenow", audio.currentTime.toFixed(0));
    slider.setAttribute("aria-valuetext", clock(audio.currentTime));
    const now = turns.filter(turn => from(turn) <= audio.currentTime + 0.05).pop();
    turns.forEach(turn => turn.toggleAttribute("aria-current", turn === now));
    time.textContent = audio.currentTime > 0 ? `${clock(audio.currentTime)} / ${clock(length())}` : clock(length());
  };
  const seek = (to: number) => {
    audio.currentTime = Math.min(Math.max(to, 0), Math.max(length() - 0.05, 0));
    show();
  };
  button.addEventListener("click", () => {
    document.querySelectorAll(".player.is-current").forEach(other => other.classList.remove("is-current"));
    box.classList.add("is-current");
    if (audio.paused) void audio.play().catch(() => failed(box, time)); else audio.pause();
  });
  turns.forEach(turn => turn.addEventListener("click", () => seek(from(turn))));
  speed.addEventListener("click", () => {
    const next = SPEEDS[(SPEEDS.indexOf(audio.playbackRate) + 1) % SPEEDS.length] ?? 1;
    audio.playbackRate = next;
    audio.preservesPitch = true;
    speed.textContent = `${next}×`;
  });
  drag(slider, part => seek(part * length()));
  slider.addEventListener("keydown", event => {
    const to: Record<string, number> = {
      ArrowRight: audio.currentTime + STEP_S, ArrowUp: audio.currentTime + STEP_S,
      ArrowLeft: audio.currentTime - STEP_S, ArrowDown: audio.currentTime - STEP_S,
      Home: 0, End: length(),
    };
    const target = to[event.key];
    if (target !== undefined) { event.preventDefault(); seek(target) }
    if (event.key === " ") { event.preventDefault(); button.click() }
  });
  for (const name of ["play", "pause", "timeupdate", "loadedmetadata", "ended", "seeked"]) audio.addEventListener(name, show);
  audio.addEventListener("play", () => {
    document.querySelectorAll("audio").forEach(other => { if (other !== audio) other.pause() });
  });
  audio.addEventListener("error", () => failed(box, time));
  show();
  void draw(box, slider, turns.map(turn => ({ part: length() ? from(turn) / length() : 0, who: turn.dataset.who ?? "" })));
}

/** The second from which somebody speaks. */
function from(turn: HTMLElement): number {
  return Number(turn.dataset.at) || 0;
}

function failed(box: HTMLElement, time: HTMLElement): void {
  time.textContent = box.dataset.missing ?? "";
}

function drag(slider: HTMLElement, to: (part: number) => void): void {
  const part = (event: PointerEvent) => {
    const place = slider.getBoundingClientRect();
    return (event.clientX - place.left) / place.width;
  };
  slider.addEventListener("pointerdown", event => { slider.setPointerCapture(event.pointerId); to(part(event)) });
  slider.addEventListener("pointermove", event => { if (slider.hasPointerCapture(event.pointerId)) to(part(event)) });
}

/** Somebody else of the house, from this part of the recording on. */
interface Turn { part: number; who: string }

interface Peaks { peaks: number[]; sides?: number[][] }

/** One wave, or one above the other for the two sides of a conversation, each with its name. */
async function draw(box: HTMLElement, slider: HTMLElement, turns: Turn[]): Promise<void> {
  let found: Peaks = { peaks: [] };
  try {
    const answer = await fetch(box.dataset.peaks ?? "");
    if (answer.ok) found = (await answer.json()) as Peaks;
  } catch {
    // Without a waveform the line is still a slider.
  }
  const sides = found.sides?.length === 2 ? found.sides : [found.peaks];
  box.classList.toggle("has-sides", sides.length === 2);
  sides.forEach((peaks, side) => {
    const lane = element("div", `player-lane is-${side === 0 ? "left" : "right"}`);
    if (sides.length === 2) {
      const only = { part: 0, who: (side === 0 ? box.dataset.left : box.dataset.right) ?? "" };
      lane.append(...names(side === 1 && turns.length > 1 ? turns : [only]));
    }
    lane.append(...wave(peaks.length > 0 ? peaks : new Array<number>(80).fill(0)));
    slider.append(lane);
  });
}

/** Each where they begin to speak, and no wider than they speak. */
function names(turns: Turn[]): HTMLElement[] {
  return turns.map(({ part, who }, at) => {
    const name = element("span", "player-side");
    name.textContent = name.title = who;
    name.style.left = `${part * 100}%`;
    if (turns.length > 1) name.style.maxWidth = `${((turns[at + 1]?.part ?? 1) - part) * 100}%`;
    return name;
  });
}

/** Two copies of the same bars; the played one is clipped by the style sheet at `--played`. */
function wave(peaks: number[]): SVGElement[] {
  const path = peaks.map((peak, at) => {
    const half = Math.max((peak / 100) * (HEIGHT / 2 - 2), 1);
    return `M${at * BAR + BAR / 2} ${(HEIGHT / 2 - half).toFixed(1)}V${(HEIGHT / 2 + half).toFixed(1)}`;
  }).join("");
  return ["is-all", "is-played"].map(layer => {
    const picture = svg("svg", { viewBox: `0 0 ${peaks.length * BAR} ${HEIGHT}`, preserveAspectRatio: "none", "aria-hidden": "true", class: layer });
    picture.append(svg("path", { d: path, "vector-effect": "non-scaling-stroke" }));
    return picture;
  });
}

function clock(seconds: number): string {
  const whole = Math.round(seconds);
  const rest = String(whole % 60).padStart(2, "0");
  return whole < 3600 ? `${Math.floor(whole / 60)}:${rest}` : `${Math.floor(whole / 3600)}:${String(Math.floor(whole / 60) % 60).padStart(2, "0")}:${rest}`;
}

function element<K extends keyof HTMLElementTagNameMap>(name: K, kind: string): HTMLElementTagNameMap[K] {
  const made = document.createElement(name);
  made.className = kind;
  if (made instanceof HTMLButtonElement) made.type = "button";
  return made;
}

function icon(box: HTMLElement, name: string): Element {
  const picture = svg("svg", { class: "icon", "aria-hidden": "true" });
  picture.append(svg("use", { href: `${box.dataset.icons}#${name}` }));
  return picture;
}

function svg(name: string, attributes: Record<string, string>): SVGElement {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  Object.entries(attributes).forEach(([key, value]) => made.setAttribute(key, value));
  return made;
}
