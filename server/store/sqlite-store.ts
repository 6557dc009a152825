import { mkdirSync } from "node:fs";
import { join } from "node:path";
import Database from "libsql";
import { z } from "zod";
import { type LabCode, labCodeSchema } from "../../lib/protocol/ids";
import { type TraceEvent, traceEventSchema } from "../../lib/protocol/trace";
import { labEventSchema } from "../lab/events";
import type { LabStore } from "./lab-store";

const tables = `
  CREATE TABLE IF NOT EXISTS events (lab TEXT, n INTEGER, json TEXT NOT NULL, PRIMARY KEY (lab, n)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS trace (lab TEXT, pod TEXT, row INTEGER, site TEXT, e INTEGER, json TEXT NOT NULL,
    PRIMARY KEY (lab, pod, row)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS trace_counter (lab TEXT, pod TEXT, site TEXT, e INTEGER, PRIMARY KEY (lab, pod, site)) WITHOUT ROWID;
`;

const rows = {
  lab: z.array(z.object({ lab: labCodeSchema })),
  json: z.array(z.object({ json: z.string() })),
  trace: z.array(z.object({ row: z.int(), json: z.string() })),
  bounds: z.object({ first: z.int().nullable(), last: z.int().nullable(), events: z.int() }),
  counter: z.array(z.object({ site: z.string(), e: z.int() })),
};

/**
 * Labs in one SQLite file of `dataDir`, which is created if missing. Lab events are synced to the
 * disk with each append; the trace has a connection of its own that leaves syncing to the system,
 * so that a flood of trace never slows an epoch down. Throws when the folder cannot be written, or
 * another server uses it.
 */
export function createSqliteStore(dataDir: string): LabStore {
  mkdirSync(dataDir, { recursive: true });
  const lock = lockFolder(dataDir);
  const file = join(dataDir, "faultline.db");
  const durable = open(file, "FULL");
  const bulk = open(file, "NORMAL");
  durable.exec(tables);

  const labs = durable.prepare("SELECT DISTINCT lab FROM events");
  const events = durable.prepare("SELECT json FROM events WHERE lab = ? ORDER BY n");
  const last = durable.prepare("SELECT COALESCE(MAX(n), 0) AS n FROM events WHERE lab = ?");
  const addEvent = durable.prepare("INSERT INTO events (lab, n, json) VALUES (?, ?, ?)");
  const addTrace = bulk.prepare("INSERT INTO trace (lab, pod, row, site, e, json) VALUES (?, ?, ?, ?, ?, ?)");
  const addCounter = bulk.prepare(
    "INSERT INTO trace_counter VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET e = MAX(e, excluded.e)",
  );
  const readTrace = bulk.prepare(
    "SELECT row, json FROM trace WHERE lab = ? AND pod = ? AND row > ? ORDER BY row LIMIT ?",
  );
  const bounds = bulk.prepare(
    "SELECT MIN(row) AS first, MAX(row) AS last, COUNT(*) AS events FROM trace WHERE lab = ? AND pod = ?",
  );
  const counters = bulk.prepare("SELECT site, e FROM trace_counter WHERE lab = ? AND pod = ?");
  const trim = bulk.prepare("DELETE FROM trace WHERE lab = ? AND pod = ? AND row <= ?");

  function appendTrace(lab: LabCode, pod: string, batch: readonly TraceEvent[]): void {
    let row = rows.bounds.parse(bounds.get(lab, pod)).last ?? 0;
    const lastE = new Map<string, number>();
    for (const event of batch) {
      row += 1;
      addTrace.run(lab, pod, row, event.site, event.e, JSON.stringify(event));
      lastE.set(event.site, Math.max(lastE.get(event.site) ?? 0, event.e));
    }
    for (const [site, e] of lastE) addCounter.run(lab, pod, site, e);
  }

  return {
    labs: async () => rows.lab.parse(labs.all()).map(({ lab }) => lab),
    read: async (lab) =>
      rows.json.parse(events.all(lab)).map(({ json }) => labEventSchema.parse(JSON.parse(json))),
    async append(lab, batch) {
      transaction(durable, () => {
        const { n } = z.object({ n: z.int() }).parse(last.get(lab));
        batch.forEach((event, index) => void addEvent.run(lab, n + index + 1, JSON.stringify(event)));
      });
    },
    async appendTrace(lab, pod, batch) {
      transaction(bulk, () => appendTrace(lab, pod, batch));
    },
    async readTrace(lab, pod, after, limit) {
      const found = rows.trace.parse(readTrace.all(lab, pod, after, limit));
      return found.map(({ row, json }) => ({ row, event: traceEventSchema.parse(JSON.parse(json)) }));
    },
    async traceSummary(lab, pod) {
      const found = rows.counter.parse(counters.all(lab, pod));
      return {
        events: rows.bounds.parse(bounds.get(lab, pod)).events,
        lastE: Object.fromEntries(found.map(({ site, e }) => [site, e])),
      };
    },
    async trimTrace(lab, pod, keep) {
      const { last: end, events: held } = rows.bounds.parse(bounds.get(lab, pod));
      if (end === null || held <= keep) return 0;
      return trim.run(lab, pod, end - keep).changes;
    },
    async erase(lab) {
      transaction(durable, () => {
        for (const table of ["events", "trace", "trace_counter"])
          durable.prepare(`DELETE FROM ${table} WHERE lab = ?`).run(lab);
      });
    },
    async close() {
      bulk.close();
      durable.close();
      lock.close();
    },
  };
}

/** Two servers on one folder would both number epochs. The system drops the lock with the process. */
function lockFolder(dataDir: string): Database.Database {
  const lock = new Database(join(dataDir, "faultline.lock"));
  lock.exec("PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE");
  return lock;
}

function open(file: string, synchronous: "FULL" | "NORMAL"): Database.Database {
  const database = new Database(file);
  database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = ${synchronous}; PRAGMA busy_timeout = 5000`);
  return database;
}

function transaction(database: Database.Database, work: () => void): void {
  database.exec("BEGIN IMMEDIATE");
  try {
    work();
    database.exec("COMMIT");
  } catch (error) {
    database.exec("ROLLBACK");
    throw error;
  }
}
