import { type SiteState, stateColours } from "./site-state";

/** A hexagon standing on its point, radius 10. */
const hexagon = "M0-10 8.66-5V5L0 10-8.66 5V-5Z";
const outerHexagon = "M0-13.2 11.43-6.6V6.6L0 13.2-11.43 6.6V-6.6Z";

/**
 * The shape of a site, centred on 0,0 with radius about 10: shape first, then glyph, then colour, so
 * that nobody needs to see colours. Draw it inside an SVG; it is a picture and says nothing aloud.
 */
export function SiteMark({ state }: { readonly state: SiteState }) {
  const { fill, stroke, ink } = stateColours[state];
  switch (state) {
    case "primary":
      return (
        <g key={state} className="crown-once">
          <path d={outerHexagon} className={`fill-none ${stroke}`} strokeWidth="1.4" />
          <path d={hexagon} className={fill} />
          <Glyph text="P" ink={ink} />
        </g>
      );
    case "replica":
      return (
        <g key={state} className="pulse-once">
          <circle r="9" className={fill} />
          <Glyph text="R" ink={ink} />
        </g>
      );
    case "syncing":
      return (
        <g key={state} className="pulse-once">
          <circle r="6" className={fill} />
          <path d="M0-9.5A9.5 9.5 0 1 1-9.5 0" className={`fill-none ${stroke}`} strokeWidth="2" />
        </g>
      );
    case "suspect":
      return (
        <g key={state} className="pulse-once">
          <circle r="11" className={`fill-none ${stroke}`} strokeWidth="1.6" strokeDasharray="3.2 2.6" />
          <circle r="8" className={fill} />
          <Glyph text="?" ink={ink} />
        </g>
      );
    case "partitioned":
      return (
        <g key={state} className="pulse-once">
          <path d="M-1.8-9.3A9.5 9.5 0 0 0-1.8 9.3Z" className={fill} />
          <path d="M1.8-9.3A9.5 9.5 0 0 1 1.8 9.3Z" className={fill} />
        </g>
      );
    case "diverged":
      return (
        <g key={state} className="pulse-once">
          <path d="M0-11.5 11.5 0 0 11.5-11.5 0Z" className={fill} />
          <Glyph text="≠" ink={ink} />
        </g>
      );
    case "dead":
      return (
        <g key={state} className="pulse-once">
          <circle
            r="9"
            className={`fill-surface ${stroke}`}
            strokeWidth="1.8"
            strokeDasharray="0.2 3.3"
            strokeLinecap="round"
          />
          <path d="M-3.6-3.6 3.6 3.6M3.6-3.6-3.6 3.6" className={`fill-none ${stroke}`} strokeWidth="1.8" />
        </g>
      );
    case "empty":
      return <circle r="8" className={`fill-surface ${stroke}`} strokeWidth="1.2" strokeDasharray="1.5 3" />;
  }
}

function Glyph({ text, ink }: { readonly text: string; readonly ink: string }) {
  return (
    <text
      y="0.5"
      textAnchor="middle"
      dominantBaseline="central"
      fontSize="9.5"
      className={`${ink} font-semibold`}
    >
      {text}
    </text>
  );
}

/** The shape on its own, for lists and legends; the words stand beside it. */
export function SiteIcon({ state, className }: { readonly state: SiteState; readonly className?: string }) {
  return (
    <svg viewBox="-14 -14 28 28" aria-hidden="true" className={className ?? "size-7 shrink-0"}>
      <SiteMark state={state} />
    </svg>
  );
}
