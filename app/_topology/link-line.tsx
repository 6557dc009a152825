import { angleOn, type Curve, pathOf, pointOn, spanOf } from "./curve";
import type { Pair } from "./link-state";

/** Units kept free around a shape, so that lines do not run under it. */
const clearance = 40;

/**
 * One pair as a line. Cut: a gap with two end caps and scissors. Pulled: two loose plugs. Slow: long
 * dashes. Lossy: dots. One way: an arrowhead towards the side that still hears. Via the server: a
 * hollow dot in the middle.
 */
export function LinkLine({
  pair,
  curve,
  width,
}: {
  readonly pair: Pair;
  readonly curve: Curve;
  readonly width: number;
}) {
  const edge = Math.min(0.35, clearance / Math.max(1, spanOf(curve)));
  // Half of the gap that a cut leaves: room for the scissors, never more than a quarter of the line.
  const gap = Math.min(0.13, (width * 5 + 12) / Math.max(1, spanOf(curve)));
  const dash = pair.lossy ? `0.1 ${width * 3}` : pair.slow ? `${width * 7} ${width * 3.5}` : undefined;
  const stroke = "fill-none stroke-outline";
  const common = { strokeWidth: width, strokeDasharray: dash, strokeLinecap: "round" as const };
  const middle = pointOn(curve, 0.5);
  const turn = angleOn(curve, 0.5);
  switch (pair.look) {
    case "cut":
    case "pulled":
      return (
        <g>
          <path d={pathOf(curve, edge, 0.5 - gap)} className={stroke} {...common} />
          <path d={pathOf(curve, 0.5 + gap, 1 - edge)} className={stroke} {...common} />
          <Cap at={pointOn(curve, 0.5 - gap)} turn={turn} width={width} plug={pair.look === "pulled"} />
          <Cap at={pointOn(curve, 0.5 + gap)} turn={turn + 180} width={width} plug={pair.look === "pulled"} />
          {pair.look === "cut" && <Scissors at={middle} turn={turn} width={width} />}
        </g>
      );
    case "one-way": {
      const forward = !pair.forth.condition.cut;
      const tip = pointOn(curve, forward ? 0.64 : 0.36);
      const size = width * 4.5;
      return (
        <g>
          <path d={pathOf(curve, edge, 1 - edge)} className={stroke} {...common} />
          <path
            d={`M0 0L${-size} ${-size * 0.55}V${size * 0.55}Z`}
            transform={`translate(${tip.x} ${tip.y}) rotate(${forward ? turn : turn + 180})`}
            className="fill-text"
          />
          <Scissors at={pointOn(curve, forward ? 0.32 : 0.68)} turn={turn} width={width * 0.85} />
        </g>
      );
    }
    case "idle":
    case "up":
      return (
        <g opacity={pair.look === "idle" ? 0.4 : 1}>
          <path d={pathOf(curve, edge, 1 - edge)} className={stroke} {...common} />
          {pair.via === "relay" && (
            <circle
              cx={middle.x}
              cy={middle.y}
              r={width * 2.2}
              className="fill-canvas stroke-outline"
              strokeWidth={width}
            />
          )}
        </g>
      );
  }
}

type At = {
  readonly at: { readonly x: number; readonly y: number };
  readonly turn: number;
  readonly width: number;
};

function Cap({ at, turn, width, plug }: At & { readonly plug: boolean }) {
  const size = width * 3.4;
  return (
    <g transform={`translate(${at.x} ${at.y}) rotate(${turn})`}>
      {plug ? (
        <rect
          x={-size * 0.2}
          y={-size * 0.6}
          width={size * 0.9}
          height={size * 1.2}
          rx={width * 0.6}
          className="fill-text"
        />
      ) : (
        <path d={`M0 ${-size}V${size}`} className="stroke-text" strokeWidth={width} strokeLinecap="round" />
      )}
    </g>
  );
}

/** Own drawing of a pair of scissors, open across the line. */
function Scissors({ at, turn, width }: At) {
  return (
    <g
      transform={`translate(${at.x} ${at.y}) rotate(${turn + 90}) scale(${0.55 + width * 0.22})`}
      className="fill-canvas stroke-text"
      strokeWidth="1.8"
      strokeLinecap="round"
    >
      <path d="M-4.6 5 5-6M4.6 5-5-6" className="fill-none" />
      <circle cx="-5.6" cy="7" r="2.4" />
      <circle cx="5.6" cy="7" r="2.4" />
    </g>
  );
}
