import type { SiteState } from "../_site/site-state";
import { stateColours } from "../_site/site-state";
import { type Curve, pathOf, pointOn } from "./curve";
import type { Direction } from "./link-state";

const svg = "http://www.w3.org/2000/svg";
const perSecondMost = 5;
const flyingMost = 160;
const steps = 12;

/** What flies over a direction: its line seen from the sender, and the sender's state for the colour. */
export type Lane = { readonly direction: Direction; readonly curve: Curve; readonly sender: SiteState };

/** Draws reported message rates as packets. Without traffic it does nothing at all. */
export type Packets = {
  /** Draws what was sent in the `elapsedMs` before now. */
  readonly show: (lanes: readonly Lane[], elapsedMs: number, size: number) => void;
  readonly close: () => void;
};

/**
 * Packets in an SVG layer, moved by the browser's own animations. At most five a second of each kind
 * and direction are drawn, however many there were. Who prefers reduced motion sees a flash of the line.
 */
export function createPackets(layer: SVGGElement): Packets {
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  const owed = new Map<string, number>();

  function animate(element: SVGElement, frames: Keyframe[], duration: number, delay: number): void {
    layer.append(element);
    const flight = element.animate(frames, { duration, delay, fill: "both", easing: "linear" });
    flight.onfinish = () => element.remove();
  }
  function fly(lane: Lane, kind: string, delay: number, size: number): void {
    const { condition, report } = lane.direction;
    const lost = condition.cut || condition.pulled || Math.random() * 100 < condition.lossPct;
    const oneWayMs = (report?.rttMs ?? 0) / 2 + condition.delayMs;
    const duration = Math.min(900, 350 + oneWayMs);
    const end = lost ? 0.44 : 1;
    const frames = Array.from({ length: steps + 1 }, (_, i) => {
      const { x, y } = pointOn(lane.curve, (i / steps) * end);
      return { transform: `translate(${x}px, ${y}px)` };
    });
    animate(packetShape(kind, lane.sender, size), frames, duration * end, delay);
    if (lost) {
      const { x, y } = pointOn(lane.curve, end);
      const at = `translate(${x}px, ${y}px)`;
      const died = [
        { transform: at, opacity: 1 },
        { transform: at, opacity: 0 },
      ];
      animate(cross(size), died, 500, delay + duration * end);
    }
  }
  function flash(lane: Lane): void {
    const line = document.createElementNS(svg, "path");
    line.setAttribute("d", pathOf(lane.curve));
    line.setAttribute("class", "fill-none stroke-accent");
    line.setAttribute("stroke-width", "4");
    animate(line, [{ opacity: 0.8 }, { opacity: 0 }], 150, 0);
  }
  function showLane(lane: Lane, elapsedMs: number, size: number): void {
    for (const [kind, rate] of Object.entries(lane.direction.report?.rate ?? {})) {
      const name = `${lane.direction.from}>${lane.direction.to}>${kind}`;
      const due = (owed.get(name) ?? 0) + (Math.min(rate, perSecondMost) * elapsedMs) / 1000;
      const count = Math.floor(due);
      owed.set(name, due - count);
      if (count > 0 && calm.matches) flash(lane);
      for (let i = 0; i < count && !calm.matches && layer.childElementCount < flyingMost; i += 1) {
        fly(lane, kind, (i / count) * elapsedMs, size);
      }
    }
  }
  return {
    show(lanes, elapsedMs, size) {
      if (document.hidden) return;
      for (const lane of lanes) showLane(lane, elapsedMs, size);
    },
    close: () => layer.replaceChildren(),
  };
}

/** data: a full dot in the sender's colour. ack: a ring. repair: a square. page: a small bar. */
function packetShape(kind: string, sender: SiteState, size: number): SVGElement {
  const { fill, stroke } = stateColours[sender];
  switch (kind) {
    case "ack":
      return element("circle", `fill-canvas ${stroke}`, { r: size * 0.75, "stroke-width": size * 0.45 });
    case "repair":
      return element("rect", fill, { x: -size, y: -size, width: size * 2, height: size * 2 });
    case "page":
      return element("rect", "fill-accent", {
        x: -size * 1.4,
        y: -size * 0.5,
        width: size * 2.8,
        height: size,
        rx: size * 0.5,
      });
    default:
      return element("circle", fill, { r: size * 1.15 });
  }
}

function cross(size: number): SVGElement {
  const d = `M${-size} ${-size}L${size} ${size}M${size} ${-size}L${-size} ${size}`;
  return element("path", "fill-none stroke-dead", { d, "stroke-width": size * 0.5 });
}

function element(
  name: string,
  classes: string,
  attributes: Readonly<Record<string, string | number>>,
): SVGElement {
  const made = document.createElementNS(svg, name);
  made.setAttribute("class", classes);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  return made;
}
