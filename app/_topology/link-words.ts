import type { LinkStatus, LinkVia } from "@/lib/net/link";

/** A link's status as people say it. */
export const linkWords: Record<LinkStatus, string> = {
  up: "up",
  connecting: "connecting",
  cut: "cut",
  pulled: "cable pulled",
};

/** The path a link takes, as its badge says it. */
export const viaWords: Record<LinkVia, string> = {
  direct: "direct",
  turn: "relayed (TURN)",
  relay: "via the server",
  memory: "in this page",
};
