import type { LabPicture } from "../../lib/protocol/lab/picture";

/** What anybody may know of a lab (contract, section 3). */
export function publicState({ code, title, phase, pods }: LabPicture) {
  return {
    code,
    title,
    phase,
    pods: pods.map(({ id, preset, view, sites }) => ({
      id,
      mode: view.cluster.mode,
      preset,
      epoch: view.epoch,
      primary: view.primary,
      sites: sites.map(({ id: site, city, role, status, position, via }) => ({
        id: site,
        city,
        role,
        status,
        position,
        via,
      })),
    })),
  };
}
