import { type DBSchema, type IDBPDatabase, openDB } from "idb";
import * as z from "zod/mini";
import { labCodeSchema, seatIdSchema } from "../protocol/ids";

const seatSecretSchema = z.object({ seatId: seatIdSchema, secret: z.string(), code: labCodeSchema });
export type SeatSecret = z.infer<typeof seatSecretSchema>;
type VaultDb = DBSchema & { seats: { key: string; value: SeatSecret } };

/**
 * The secrets of the seats that this browser holds. They stay in IndexedDB: never in a URL, never in
 * another tab's message. Where there is no IndexedDB nothing is found, and a refresh gets a new seat.
 */
export type Vault = {
  readonly find: (seatId: string) => Promise<SeatSecret | null>;
  readonly keep: (seat: SeatSecret) => Promise<void>;
  readonly forget: (seatId: string) => Promise<void>;
  readonly all: () => Promise<readonly SeatSecret[]>;
};

export function createVault(): Vault {
  async function withDb<T>(fallback: T, work: (db: IDBPDatabase<VaultDb>) => Promise<T>): Promise<T> {
    try {
      const db = await openDB<VaultDb>("faultline-seats", 1, {
        upgrade: (fresh) => {
          fresh.createObjectStore("seats", { keyPath: "seatId" });
        },
      });
      try {
        return await work(db);
      } finally {
        db.close();
      }
    } catch {
      return fallback;
    }
  }

  return {
    find: (seatId) =>
      withDb<SeatSecret | null>(null, async (db) => {
        const seat = seatSecretSchema.safeParse(await db.get("seats", seatId));
        return seat.success ? seat.data : null;
      }),
    keep: (seat) => withDb(undefined, async (db) => void (await db.put("seats", seat))),
    forget: (seatId) => withDb(undefined, (db) => db.delete("seats", seatId)),
    all: () =>
      withDb<readonly SeatSecret[]>([], async (db) => {
        const seats = z.array(seatSecretSchema).safeParse(await db.getAll("seats"));
        return seats.success ? seats.data : [];
      }),
  };
}
