import { healthyLink } from "@/lib/protocol/faults";
import { SiteMark } from "../_site/site-mark";
import type { SiteState } from "../_site/site-state";
import { curveBetween, pointOn } from "../_topology/curve";
import { LinkLine } from "../_topology/link-line";
import type { Pair } from "../_topology/link-state";

type Spot = {
  readonly city: string;
  readonly words: string;
  readonly state: SiteState;
  readonly x: number;
  readonly y: number;
};

const mumbai: Spot = { city: "Mumbai", words: "dead, epoch 1", state: "dead", x: 78, y: 112 };
const pune: Spot = { city: "Pune", words: "primary, epoch 2", state: "primary", x: 312, y: 72 };
const frankfurt: Spot = { city: "Frankfurt", words: "replica, epoch 2", state: "replica", x: 128, y: 270 };
const tokyo: Spot = { city: "Tokyo", words: "partitioned", state: "partitioned", x: 478, y: 238 };
const spots = [mumbai, pune, frankfurt, tokyo];

const lines: readonly { readonly from: Spot; readonly to: Spot; readonly look: Pair["look"] }[] = [
  { from: mumbai, to: pune, look: "idle" },
  { from: pune, to: frankfurt, look: "up" },
  { from: pune, to: tokyo, look: "cut" },
  { from: frankfurt, to: tokyo, look: "cut" },
];

/** What a lab looks like in the middle of a lesson, in the lab's own shapes. */
export function FrontPicture() {
  return (
    <svg
      viewBox="20 30 510 320"
      role="img"
      aria-label="Four data centres: Mumbai is dead, Pune has become primary, Frankfurt copies from it, Tokyo is cut off."
      className="w-full"
    >
      {lines.map(({ from, to, look }) => (
        <LinkLine
          key={from.city + to.city}
          pair={pairOf(from, to, look)}
          curve={curveBetween(from, to)}
          width={1.8}
        />
      ))}
      {[0.35, 0.5, 0.65].map((t) => {
        const { x, y } = pointOn(curveBetween(pune, frankfurt), t);
        return <circle key={t} cx={x} cy={y} r="4.5" className="fill-primary" />;
      })}
      {spots.map(({ city, words, state, x, y }) => (
        <g key={city} transform={`translate(${x} ${y})`}>
          <g transform="scale(2.2)">
            <SiteMark state={state} />
          </g>
          <g textAnchor="middle" className="stroke-canvas [paint-order:stroke]" strokeWidth="5">
            <text y="48" fontSize="19" className="fill-text font-semibold">
              {city}
            </text>
            <text y="67" fontSize="15" className="fill-muted">
              {words}
            </text>
          </g>
        </g>
      ))}
    </svg>
  );
}

function pairOf(from: Spot, to: Spot, look: Pair["look"]): Pair {
  const direction = { from: from.city, to: to.city, condition: healthyLink, report: null };
  return {
    a: from.city,
    b: to.city,
    forth: direction,
    back: direction,
    look,
    via: "direct",
    slow: false,
    lossy: false,
  };
}
