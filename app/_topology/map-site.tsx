import type { PodPicture, SitePicture } from "@/lib/protocol/lab/picture";
import { SiteMark } from "../_site/site-mark";
import { siteStateOf, siteWords } from "../_site/site-state";
import type { Point } from "./project";
import { siteNotes } from "./site-notes";

const halo = "stroke-canvas [paint-order:stroke] [stroke-linejoin:round]";

/** A site on the map: its shape, its city, its state in words, and what else is the matter. */
export function MapSite({
  pod,
  site,
  at,
  chosen,
  onPick,
}: {
  readonly pod: PodPicture;
  readonly site: SitePicture;
  readonly at: Point;
  readonly chosen: boolean;
  readonly onPick: ((site: string) => void) | undefined;
}) {
  const notes = siteNotes(pod, site);
  const quiet = site.status === "empty";
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: a second way by pointer; the list is the way by keyboard.
    <g
      transform={`translate(${at.x} ${at.y})`}
      className={onPick === undefined ? "" : "cursor-pointer"}
      onClick={() => onPick?.(site.id)}
    >
      <circle r="44" className="fill-canvas" opacity="0.001" />
      {chosen && <circle r="41" className="fill-none stroke-accent" strokeWidth="3" />}
      <g transform={quiet ? "scale(1.6)" : "scale(2.5)"}>
        <SiteMark state={siteStateOf(site)} />
      </g>
      <g textAnchor="middle" className={halo} strokeWidth="5">
        <text y="53" fontSize="21" className={quiet ? "fill-muted" : "fill-text font-semibold"}>
          {site.city}
        </text>
        <text y="71" fontSize="15.5" className="fill-muted font-medium">
          {siteWords(site)}
        </text>
        {notes.length > 0 && (
          <text y="88" fontSize="14.5" className="fill-text font-medium">
            {notes.join(" · ")}
          </text>
        )}
      </g>
    </g>
  );
}
