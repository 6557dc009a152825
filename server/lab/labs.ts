import type { LabCode } from "../../lib/protocol/ids";
import type { NewLabPlan } from "../catalogue";
import type { ServerClock } from "../clock";
import type { Config } from "../config";
import type { ControlPlane } from "../gateway/rooms";
import type { Metrics } from "../metrics";
import { hashSecret, newCode, newSecret } from "../secrets";
import type { LabStore } from "../store/lab-store";
import type { LabEventOf } from "./events";
import { type Lab, openLab } from "./lab";
import { createLabLog } from "./lab-log";
import { createdLab, foldLab } from "./state";

/** All labs of this server. */
export type Labs = {
  /** Makes a lab; its key and replay token are told here and never again. */
  readonly create: (wish: NewLab) => Promise<CreatedLab>;
  /** The lab of that code; null when there is none, or it has expired. */
  readonly get: (code: LabCode) => Lab | null;
  readonly all: () => readonly Lab[];
  /** Ends a lab and erases everything recorded of it. */
  readonly erase: (lab: Lab) => Promise<void>;
  readonly close: () => Promise<void>;
};
export type NewLab = NewLabPlan & { readonly title: string };
export type CreatedLab = { readonly lab: Lab; readonly key: string; readonly replayToken: string };

export type LabsOptions = {
  readonly config: Config;
  readonly store: LabStore;
  readonly clock: ServerClock;
  readonly control: ControlPlane;
  readonly onError: (error: unknown) => void;
  readonly metrics: Metrics;
};

const sweepEveryMs = 5_000;

/** Brings every lab of the store back to work. A lab that cannot be read is reported and left alone. */
export async function openLabs(options: LabsOptions): Promise<Labs> {
  const { store, clock, config } = options;
  const labs = new Map<LabCode, Lab>();
  const sweeping = setInterval(sweep, sweepEveryMs);

  function isOver(lab: Lab): boolean {
    return lab.state().expiresAtMs <= clock.wall();
  }

  async function erase(lab: Lab): Promise<void> {
    labs.delete(lab.code);
    await lab.close(true);
    await store.erase(lab.code);
  }

  function sweep(): void {
    for (const lab of labs.values()) if (isOver(lab)) void erase(lab).catch(options.onError);
  }

  function freeCode(): LabCode {
    const code = newCode();
    return labs.has(code) ? freeCode() : code;
  }

  async function create({ title, cluster, sites }: NewLab): Promise<CreatedLab> {
    const [key, replayToken] = [newSecret(), newSecret()];
    const atMs = clock.wall();
    const created: LabEventOf<"created"> = {
      type: "created",
      code: freeCode(),
      title,
      cluster,
      sites: [...sites],
      keyHash: hashSecret(key),
      replayTokenHash: hashSecret(replayToken),
      atMs,
      expiresAtMs: atMs + config.labTtlMs,
    };
    await store.append(created.code, [created]);
    const lab = await openLab({ ...options, log: createLabLog(store, createdLab(created)) });
    labs.set(lab.code, lab);
    return { lab, key, replayToken };
  }

  async function load(code: LabCode): Promise<void> {
    try {
      const log = createLabLog(store, foldLab(await store.read(code)));
      labs.set(code, await openLab({ ...options, log }));
    } catch (error) {
      options.onError(error);
    }
  }

  for (const code of await store.labs()) await load(code);
  sweep();

  return {
    create,
    get(code) {
      const lab = labs.get(code) ?? null;
      return lab === null || isOver(lab) ? null : lab;
    },
    all: () => [...labs.values()],
    erase,
    async close() {
      clearInterval(sweeping);
      await Promise.all([...labs.values()].map((lab) => lab.close(false)));
    },
  };
}
