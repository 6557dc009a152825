import { jsonBytes } from "../kernel/json-bytes";
import { limits } from "../protocol/limits";
import type { ReplicatedOp } from "../protocol/site/replicated-op";

/** A write kept for catching up, with the size of its JSON in UTF-8. */
export type LoggedOp = { readonly op: ReplicatedOp; readonly bytes: number };

/** The newest writes of every stream, each stream without gaps; bounded in number and size. */
export type OpLog = {
  /** Adds the write that comes next in its stream. */
  readonly add: (stream: string, op: ReplicatedOp) => LoggedOp;
  /** The stream's writes after the `n`th; null when the log no longer reaches back that far. */
  readonly since: (stream: string, n: number) => readonly LoggedOp[] | null;
  /** Every write of one key, in no order. */
  readonly of: (key: string) => readonly ReplicatedOp[];
  /** The stream now starts after its `n`th write: those up to it came in a copy. */
  readonly restart: (stream: string, n: number) => void;
  /** Gives up the stream's writes up to its `n`th: whoever lacks one of them gets a copy. */
  readonly forget: (stream: string, n: number) => void;
};

type Stream = { floor: number; ops: LoggedOp[] };

/** An empty log. */
export function createOpLog(): OpLog {
  const streams = new Map<string, Stream>();
  let count = 0;
  let bytes = 0;

  function drop(stream: Stream, n: number): void {
    for (const dropped of stream.ops.splice(0, n)) {
      stream.floor += 1;
      count -= 1;
      bytes -= dropped.bytes;
    }
  }

  /** The longest stream gives up its oldest, so that one busy site does not push out a quiet one's writes. */
  function trim(): void {
    while (count > limits.logEntries || bytes > limits.logBytes) {
      const longest = [...streams.values()].reduce((a, b) => (b.ops.length > a.ops.length ? b : a));
      drop(longest, Math.max(1, longest.ops.length >> 4));
    }
  }

  return {
    add(stream, op) {
      const logged = { op, bytes: jsonBytes(op) };
      const held = streams.get(stream) ?? { floor: op.seq - 1, ops: [] };
      streams.set(stream, held);
      held.ops.push(logged);
      count += 1;
      bytes += logged.bytes;
      trim();
      return logged;
    },
    since(stream, n) {
      const held = streams.get(stream);
      return held === undefined || n < held.floor ? null : held.ops.slice(n - held.floor);
    },
    of(key) {
      const found: ReplicatedOp[] = [];
      for (const { ops } of streams.values()) for (const { op } of ops) if (op.op.key === key) found.push(op);
      return found;
    },
    restart(stream, n) {
      const held = streams.get(stream);
      if (held !== undefined) drop(held, held.ops.length);
      streams.set(stream, { floor: n, ops: [] });
    },
    forget(stream, n) {
      const held = streams.get(stream);
      if (held !== undefined && n > held.floor) drop(held, Math.min(n - held.floor, held.ops.length));
    },
  };
}
