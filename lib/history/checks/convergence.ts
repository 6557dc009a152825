import { canonicalJson } from "../../kernel/json";
import type { ReportOp } from "../../protocol/report";
import type { SiteAtEnd } from "../report";
import { type Finding, holds, noEvidence, unknown, violated } from "./finding";

/**
 * Eventual convergence: at the end all sites show the same keys, and nothing that nobody wrote. While a
 * run goes on, sites that differ may still become equal, and writes older than the trace are not known.
 */
export function checkConvergence(
  ops: readonly ReportOp[],
  sites: readonly SiteAtEnd[],
  isProvisional: boolean,
): Finding {
  const [first, ...others] = sites;
  if (first === undefined || others.length === 0) return noEvidence("There are no two sites to compare.");
  const steps = sites.reduce((sum, { state }) => sum + Object.keys(state.keys).length, 0);
  if (!isProvisional) {
    const thin = thinAir(ops, sites);
    if (thin !== null) return violated(`key ${thin.key}`, [thin.version], thin.text, steps);
  }
  for (const other of others) {
    const key = differingKey(first, other);
    if (key === null) continue;
    const text = `${first.site} and ${other.site} end with different values of key ${key}.`;
    if (isProvisional)
      return unknown(`key ${key}`, `${first.site} and ${other.site} differ on key ${key} at present.`, steps);
    const versions = [first.versions[key], other.versions[key]].flatMap((version) => version ?? []);
    return violated(`key ${key}`, versions, text, steps);
  }
  return holds("All sites end with the same keys and values, each of them written by somebody.", steps);
}

function differingKey(a: SiteAtEnd, b: SiteAtEnd): string | null {
  const keys = new Set([...Object.keys(a.state.keys), ...Object.keys(b.state.keys)]);
  for (const key of keys) {
    if (canonicalJson(a.state.keys[key]) !== canonicalJson(b.state.keys[key])) return key;
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
