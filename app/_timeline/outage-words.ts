import type { PodPicture } from "@/lib/protocol/lab/picture";

type OutageView = { readonly ms: number; readonly open: boolean; readonly failed: number };

/** How long the world's writes have not succeeded, or did not the last time; both ends on the server's clock. */
export function outageOf(pod: PodPicture): OutageView | null {
  if (pod.outage === null) return null;
  const { lastOkMs, firstOkMs, failed } = pod.outage;
  return { ms: (firstOkMs ?? pod.nowMs) - lastOkMs, open: firstOkMs === null, failed };
}
