import { healthyLink, type LinkCondition } from "../protocol/faults";
import type { NodeId } from "../protocol/ids";
import type { City } from "../scenario/cities";
import type { Baseline } from "../scenario/fault-reducer";
import type { Plan } from "../scenario/plan";

const earthRadiusKm = 6371;
/** Light in glass, less the detours that cables make: about two thirds of 200 km a millisecond. */
const kmPerMs = 140;

/** The links of a scenario while nothing is wrong: those of coordinator and edge are perfect. */
export function baselineOf({ sites, network }: Plan): Baseline {
  const byId = new Map<NodeId, City>(sites.map((city) => [city.id, city]));
  return (from, to): LinkCondition => {
    const a = byId.get(from);
    const b = byId.get(to);
    if (a === undefined || b === undefined) return healthyLink;
    const delayMs = network.delayMs === "geographic" ? geographicMs(a, b) : network.delayMs;
    return { ...healthyLink, delayMs, jitterMs: network.jitterMs, lossPct: network.lossPct };
  };
}

/** One-way delay between two cities, in whole ms, so that no last bit of a sine can change a run. */
export function geographicMs(a: City, b: City): number {
  const radians = (degrees: number) => (degrees * Math.PI) / 180;
  const half = (degrees: number) => Math.sin(radians(degrees) / 2) ** 2;
  const chord =
    half(b.lat - a.lat) + Math.cos(radians(a.lat)) * Math.cos(radians(b.lat)) * half(b.lon - a.lon);
  const km = 2 * earthRadiusKm * Math.asin(Math.sqrt(Math.min(1, chord)));
  return Math.max(1, Math.round(km / kmPerMs));
}
