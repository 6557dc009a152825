import { canonicalJson } from "../../kernel/json";
import type { ReportOp } from "../../protocol/report";
import { keysOf } from "../placement";
import type { SiteAtEnd } from "../report";
import { type Finding, holds, noEvidence, unknown, violated } from "./finding";

/**
 * Eventual convergence: at the end all sites show the same keys (`showing`: which of them show which), and
 * nothing that nobody wrote. While a
 * run goes on, sites that differ may still become equal, and writes older than the trace are not known.
 */
export function checkConvergence(
  ops: readonly ReportOp[],
  sites: readonly SiteAtEnd[],
  showing: (key: string) => readonly SiteAtEnd[],
  isProvisional: boolean,
): Finding {
  if (sites.length < 2) return noEvidence("There are no two sites to compare.");
  const steps = sites.reduce((sum, { state }) => sum + Object.keys(state.keys).length, 0);
  if (!isProvisional) {
    const thin = thinAir(ops, sites);
    if (thin !== null) return violated(`key ${thin.key}`, [thin.version], thin.text, steps);
  }
  const apart = firstApart(sites, showing);
  if (apart !== null) {
    const { key, a, b } = apart;
    if (isProvisional)
      return unknown(`key ${key}`, `${a.site} and ${b.site} differ on key ${key} at present.`, steps);
    const versions = [a.versions[key], b.versions[key]].flatMap((version) => version ?? []);
    const text = `${a.site} and ${b.site} end with different values of key ${key}.`;
    return violated(`key ${key}`, versions, text, steps);
  }
  return holds("All sites end with the same keys and values, each of them written by somebody.", steps);
}

/** Two sites that should show the same of a key and do not; null where there are none. */
function firstApart(sites: readonly SiteAtEnd[], showing: (key: string) => readonly SiteAtEnd[]) {
  for (const key of keysOf(sites)) {
    const [a, ...rest] = showing(key);
    const b = rest.find(({ state }) => canonicalJson(state.keys[key]) !== canonicalJson(a?.state.keys[key]));
    if (a !== undefined && b !== undefined) return { key, a, b };
  }
  return null;
}

/** A version at a site that no client asked for, or that was refused. */
function thinAir(ops: readonly ReportOp[], sites: readonly SiteAtEnd[]) {
  const status = new Map(ops.map((op) => [op.id, op.status]));
  for (const { site, versions } of sites) {
    for (const [key, version] of Object.entries(versions)) {
      if (version === null || (status.get(version) ?? "fail") !== "fail") continue;
      const why = status.has(version) ? "a write that had been refused" : "which nobody wrote";
      return { key, version, text: `${site} ends with ${version} on key ${key}, ${why}.` };
    }
  }
  return null;
}
