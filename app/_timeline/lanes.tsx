"use client";
import { useRef } from "react";
import type { PodPicture } from "@/lib/protocol/lab/picture";
import type { TraceEvent } from "@/lib/protocol/trace";
import { clockTime } from "../_kit/format";
import { type SiteState, stateColours } from "../_site/site-state";
import { useSize } from "../_topology/use-size";
import { cutTimesOf, epochsOf, type Stretch, stretchesOf } from "./history";

const nameWidth = 96;
const top = 20;
const bottom = 18;
const epochNameWidth = 54;
/** Fill is never the only sign: what is not well is hatched, thin or hollow as well. */
const barHeight: Record<SiteState, number> = {
  primary: 1,
  replica: 0.56,
  syncing: 0.3,
  suspect: 0.56,
  partitioned: 0.56,
  diverged: 0.8,
  dead: 0.56,
  empty: 0,
};

/**
 * One row a site over the last `windowMs`: a bar whose height and colour say what the site was, a
 * vertical rule where each epoch began, a bracket over the time in which links were cut, and a band where the
 * world's writes did not succeed.
 * A picture: the feed beside it says the same in words.
 */
export function Lanes({
  pod,
  events,
  windowMs = 120_000,
  rowHeight = 22,
  scale = 1,
}: {
  readonly pod: PodPicture;
  readonly events: readonly TraceEvent[];
  readonly windowMs?: number;
  readonly rowHeight?: number;
  /** CSS pixels a drawing unit; names are 13 units high. */
  readonly scale?: number;
}) {
  const frame = useRef<HTMLDivElement>(null);
  const width = (useSize(frame)?.width ?? 0) / scale;
  const sites = pod.sites.filter((site) => site.status !== "empty");
  const height = top + sites.length * rowHeight + bottom;
  const from = Math.max(0, pod.nowMs - windowMs);
  const span = Math.max(10_000, pod.nowMs - from);
  const x = (ms: number) => nameWidth + (Math.min(Math.max(ms - from, 0), span) / span) * (width - nameWidth);
  // The last tick would be cut off by the frame.
  const ticks = tickTimes(from, from + span).filter((ms) => x(ms) < width - 20);
  if (width <= nameWidth) return <div ref={frame} />;
  return (
    <div ref={frame}>
      <svg viewBox={`0 0 ${width} ${height}`} aria-hidden="true" className="block w-full">
        <OutageBand pod={pod} x={x} height={height} />
        {ticks.map((ms) => (
          <text
            key={ms}
            x={x(ms)}
            y={height - 3}
            fontSize="11.5"
            textAnchor="middle"
            className="fill-muted font-mono"
          >
            {clockTime(ms)}
          </text>
        ))}
        {sites.map((site, row) => (
          <g key={site.id} transform={`translate(0 ${top + row * rowHeight})`}>
            <text
              y={rowHeight / 2}
              dominantBaseline="central"
              fontSize="13"
              className="fill-text font-medium"
            >
              {site.city}
            </text>
            <path d={`M${nameWidth} ${rowHeight / 2}H${width}`} className="stroke-line" />
            {stretchesOf(events, site, pod.nowMs)
              .filter((stretch) => stretch.toMs > from)
              .map((stretch) => (
                <Bar key={stretch.fromMs} stretch={stretch} x={x} rowHeight={rowHeight} />
              ))}
          </g>
        ))}
        <CutTimes events={events} nowMs={pod.nowMs} from={from} x={x} height={height} />
        <EpochRules events={events} from={from} x={x} height={height} />
      </svg>
    </div>
  );
}

type Scale = (ms: number) => number;

function EpochRules({
  events,
  from,
  x,
  height,
}: {
  readonly events: readonly TraceEvent[];
  readonly from: number;
  readonly x: Scale;
  readonly height: number;
}) {
  const rule = `M0 ${top - 4}V${height - bottom}`;
  const shown = epochsOf(events).filter(({ atMs }) => atMs >= from);
  return shown.map(({ atMs, epoch }, i) => {
    const next = shown[i + 1];
    // Of two names in one place the later one is the present.
    const isHidden = next !== undefined && x(next.atMs) - x(atMs) < epochNameWidth;
    return (
      <g key={epoch} transform={`translate(${x(atMs)} 0)`}>
        <path d={rule} className="stroke-text" strokeWidth="1.2" strokeDasharray="2 2" />
        {!isHidden && (
          <text y="11" fontSize="11.5" textAnchor="middle" className="fill-text font-medium">
            epoch {epoch}
          </text>
        )}
      </g>
    );
  });
}

/** A bracket in the colour of what is cut off, with its word where an epoch's name leaves room for it. */
function CutTimes({
  events,
  nowMs,
  from,
  x,
  height,
}: {
  readonly events: readonly TraceEvent[];
  readonly nowMs: number;
  readonly from: number;
  readonly x: Scale;
  readonly height: number;
}) {
  const names = epochsOf(events).filter(({ atMs }) => atMs >= from);
  return cutTimesOf(events, nowMs)
    .filter(({ toMs }) => toMs > from)
    .map(({ fromMs, toMs }) => {
      const [left, right] = [x(fromMs), x(toMs)];
      const middle = (left + right) / 2;
      const isFree = names.every(({ atMs }) => Math.abs(x(atMs) - middle) > epochNameWidth);
      const foot = height - bottom;
      return (
        <g key={fromMs}>
          <path
            d={`M${left} ${foot}V${top - 4}H${right}V${foot}`}
            className="fill-none stroke-partitioned"
            strokeWidth="2"
            strokeDasharray={toMs === nowMs ? `${foot - top + 4 + right - left} 999` : undefined}
          />
          {isFree && (
            <text x={middle} y="11" fontSize="11.5" textAnchor="middle" className="fill-text font-medium">
              cut
            </text>
          )}
        </g>
      );
    });
}

function Bar({
  stretch,
  x,
  rowHeight,
}: {
  readonly stretch: Stretch;
  readonly x: Scale;
  readonly rowHeight: number;
}) {
  const left = x(stretch.fromMs);
  const size = (rowHeight - 4) * barHeight[stretch.state];
  const { fill, stroke } = stateColours[stretch.state];
  const hollow = stretch.state === "dead";
  return (
    <rect
      x={left}
      y={(rowHeight - size) / 2}
      width={Math.max(1.5, x(stretch.toMs) - left - 1)}
      height={size}
      rx="2"
      className={hollow ? `fill-surface ${stroke}` : fill}
      strokeDasharray={hollow ? "2 2.5" : undefined}
    />
  );
}

function OutageBand({
  pod,
  x,
  height,
}: {
  readonly pod: PodPicture;
  readonly x: Scale;
  readonly height: number;
}) {
  if (pod.outage === null) return null;
  const left = x(pod.outage.lastOkMs);
  const right = x(pod.outage.firstOkMs ?? pod.nowMs);
  if (right <= nameWidth) return null;
  return (
    <g>
      <rect
        x={left}
        y={top - 4}
        width={right - left}
        height={height - top - bottom + 4}
        className="fill-sunken"
      />
      <path
        d={`M${left} ${top - 4}V${height - bottom}M${right} ${top - 4}V${height - bottom}`}
        className="stroke-outline"
      />
    </g>
  );
}

function tickTimes(from: number, to: number): number[] {
  const step = to - from > 60_000 ? 20_000 : 10_000;
  const ticks: number[] = [];
  for (let ms = Math.ceil(from / step) * step; ms <= to; ms += step) ticks.push(ms);
  return ticks;
}
