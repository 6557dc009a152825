import type { LabCode } from "../../lib/protocol/ids";
import type { LabPicture } from "../../lib/protocol/lab/picture";
import { type ControlPlane, operatorsRoom, podRoom } from "../gateway/rooms";
import type { Pod } from "../pod/pod";

/** Keeps every page of a lab up to date. */
export type Broadcast = {
  /** Something shown has changed: a picture follows at once, or when the last one is 200 ms old. */
  readonly changed: () => void;
  /** Sends a picture now, whatever was sent before. */
  readonly now: () => void;
  readonly close: () => void;
};

/** At most five pictures a second, and at least one, for the clocks in them. */
const soonestMs = 200;
const latestMs = 1000;

/** Starts broadcasting; consoles and screens get everything, a seat its own pod only. */
export function createBroadcast(options: {
  readonly lab: LabCode;
  readonly control: ControlPlane;
  readonly pods: () => readonly Pod[];
  readonly picture: () => LabPicture;
}): Broadcast {
  const { lab, control } = options;
  let sentAt = Number.NEGATIVE_INFINITY;
  let timer: NodeJS.Timeout | null = null;
  const refreshing = setInterval(refresh, latestMs);

  function refresh(): void {
    if (performance.now() - sentAt >= latestMs) send();
  }

  function isEmpty(room: string): boolean {
    return !control.adapter.rooms.has(room);
  }

  function send(): void {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    sentAt = performance.now();
    const operators = operatorsRoom(lab);
    const pods = options.pods();
    if (isEmpty(operators) && pods.every(({ id }) => isEmpty(podRoom(lab, id)))) return;
    const picture = options.picture();
    control.to(operators).emit("picture", picture);
    for (const pod of pods) {
      const seats = podRoom(lab, pod.id);
      control.to(seats).emit("picture", { ...picture, pods: picture.pods.filter(({ id }) => id === pod.id) });
      const events = pod.timeline.take();
      if (events.length > 0) control.to(operators).to(seats).emit("timeline", { pod: pod.id, events });
    }
  }

  return {
    changed() {
      timer ??= setTimeout(send, Math.max(0, soonestMs - (performance.now() - sentAt)));
    },
    now: send,
    close() {
      clearInterval(refreshing);
      if (timer !== null) clearTimeout(timer);
    },
  };
}
