import type { EngineSnapshot } from "../engine/types";
import type { Json } from "../kernel/json";
import type { LinkInfo } from "../net/link";
import type { PodId, SiteId } from "../protocol/ids";
import type { LabPicture, PodPicture } from "../protocol/lab/picture";
import type { ApiError } from "../protocol/lab/wire";
import type { Operation, Outcome } from "../protocol/operation";
import type { TraceEvent } from "../protocol/trace";

/**
 * A store outside React: `useSyncExternalStore(store.subscribe, store.get)`. `get` returns the same
 * object until something changed, and changes at most once per animation frame.
 */
export type Store<T> = { readonly get: () => T; readonly subscribe: (listener: () => void) => () => void };

/** Where a seat is in its life; each variant carries only what is true then. */
export type SeatView =
  | { readonly phase: "joining" }
  | { readonly phase: "refused"; readonly error: ApiError }
  | { readonly phase: "over"; readonly why: "kicked" | "superseded" | "lab-ended" }
  | ({ readonly phase: "running" } & RunningSeat);

export type RunningSeat = {
  readonly lab: {
    readonly code: string;
    readonly title: string;
    readonly frozen: boolean;
    readonly locked: boolean;
  };
  readonly pod: PodId;
  readonly site: SiteId;
  readonly city: string;
  readonly seatId: string;
  /** True when the claim wanted an older seat and got a new one (duplicated tab, expired seat). */
  readonly freshSeat: boolean;
  readonly server: "connected" | "connecting" | "away";
  /** Since when the server is away, ms on the page's clock; null while connected. */
  readonly serverAwaySince: number | null;
  readonly state: "running" | "crashed" | "paused";
  readonly engine: EngineSnapshot;
  /** One sentence: why a write here would not be acknowledged now; null when it would. */
  readonly cannotWrite: string | null;
  readonly links: readonly LinkInfo[];
  /** The pod as the server last described it; null before the first picture. */
  readonly podPicture: PodPicture | null;
  /** This seat's own operations, newest first, at most 100. */
  readonly ops: readonly OpLine[];
  /** This site's story (role, view, detect, fault, discard, note), newest first, at most 200. */
  readonly story: readonly TraceEvent[];
  readonly page: SharedPageView;
  readonly clock: { readonly offsetMs: number; readonly errMs: number; readonly skewMs: number };
  /** Sentences about what this tab cannot do: no disk, a damaged journal, why the site stopped. */
  readonly notices: readonly string[];
  /** Counted, named errors of messages that were dropped. */
  readonly dropped: Readonly<Record<string, number>>;
};

export type OpLine = {
  readonly id: string;
  readonly op: Operation;
  /** Null while it is under way. */
  readonly outcome: Outcome | null;
  readonly startedAt: number;
  readonly tookMs: number | null;
};

/** The pod's shared page: the same text by y-webrtc + Yjs, and as one last-write-wins value. */
export type SharedPageView = {
  readonly ready: boolean;
  readonly text: string;
  /** The same page kept as one LWW value in the pod (key `page`). */
  readonly lwwText: string;
  readonly cursors: readonly {
    readonly site: SiteId;
    readonly city: string;
    readonly at: number;
    readonly head: number;
  }[];
};

/** What a student's page can do. Every promise resolves; failures are outcomes, not exceptions. */
export type Seat = {
  readonly store: Store<SeatView>;
  /** The view as it is now: a script must not see a state older than the answer it just got. */
  readonly look: () => SeatView;
  /** `held` settles: the write replaces everything that this site holds of the key, read or not. */
  readonly run: (op: Operation, context?: "held") => Promise<Outcome & { readonly tookMs: number }>;
  /** Fail my site: like a crashed process. `disk: "lost"` also wipes the journal. The view shows it when this resolves. */
  readonly crash: (disk: "kept" | "lost") => Promise<void>;
  readonly restart: () => Promise<void>;
  /** Lets a diverged site back in, without the writes that it alone holds. Null when it was, else one sentence why not. */
  readonly rejoin: () => Promise<string | null>;
  readonly dismissDiscarded: () => void;
  readonly editPage: (edit: {
    readonly at: number;
    readonly remove: number;
    readonly insert: string;
  }) => void;
  /** Keeps the LWW copy of the page as a whole value. */
  readonly writeLwwPage: (text: string) => void;
  readonly moveCursor: (at: number, head: number) => void;
  readonly close: () => void;
};

/** What the page asks for: from `?site=` and `?pod=`; the seat it resumes is in the fragment. */
export type SeatOptions = {
  readonly code: string;
  readonly wish: { readonly site?: string; readonly pod?: string };
};

export type LabView =
  | { readonly phase: "connecting" }
  | { readonly phase: "refused"; readonly error: ApiError }
  | { readonly phase: "over"; readonly why: "lab-ended" }
  | {
      readonly phase: "open";
      readonly server: "connected" | "away";
      readonly picture: LabPicture;
      /** Per pod, oldest first, at most 500. */
      readonly timeline: Readonly<Record<string, readonly TraceEvent[]>>;
    };

/** What the console's and the screen's pages hold; only the console's `command` is obeyed. */
export type LabClient = {
  readonly store: Store<LabView>;
  readonly command: (
    verb: string,
    fields: Readonly<Record<string, Json>>,
  ) => Promise<
    | {
        readonly ok: true;
        readonly tookMs: number;
        readonly unreached: readonly SiteId[];
        readonly outcome?: Outcome;
      }
    | { readonly ok: false; readonly error: ApiError }
  >;
  readonly close: () => void;
};
