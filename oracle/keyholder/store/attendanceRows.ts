import type { ServiceStore } from "../../store/serviceStore.ts";

/** A stretch of the chain's time in which the key holder answered. */
interface Attendance {
  fromS: number;
  toS: number;
}

/** What is not on the disk yet is at most so long. */
const WRITE_S = 5;
/** More of them are none of the time in which somebody can still be blamed, or of a service that comes and goes. */
const MOST_ROWS = 1_000;

/** When the key holder was there: who could do nothing without it is blamed for no time in which it was away. */
export class AttendanceRows {
  readonly #store: ServiceStore;
  /** The latest, which may be longer than on the disk. */
  #last: (Attendance & { writtenS: number }) | undefined;

  constructor(store: ServiceStore) {
    this.#store = store;
    const row = store.one("SELECT fromS, toS FROM attendance ORDER BY id DESC LIMIT 1");
    if (row === undefined) return;
    const toS = Number(row.toS);
    this.#last = { fromS: Number(row.fromS), toS, writtenS: toS };
  }

  /**
   * It is there.
   * @param mostGapS so much later than it was there last it counts as not having been away
   */
  note(atS: number, mostGapS: number): void {
    const last = this.#last;
    if (last === undefined || atS - last.toS > mostGapS) {
      this.#begin(atS);
      return;
    }
    // A reorganisation takes time back.
    last.toS = Math.max(last.toS, atS);
    if (last.toS - last.writtenS < WRITE_S) return;
    this.#write(last);
    last.writtenS = last.toS;
  }

  #begin(atS: number): void {
    this.#store.transaction(() => {
      if (this.#last !== undefined) this.#write(this.#last);
      this.#store.run("INSERT INTO attendance (fromS, toS) VALUES (?, ?)", atS, atS);
      const sql = "DELETE FROM attendance WHERE id <= (SELECT max(id) FROM attendance) - ?";
      this.#store.run(sql, MOST_ROWS);
    });
    this.#last = { fromS: atS, toS: atS, writtenS: atS };
  }

  /** The latest row's end. */
  #write({ toS }: Attendance): void {
    const sql = "UPDATE attendance SET toS = ? WHERE id = (SELECT max(id) FROM attendance)";
    this.#store.run(sql, toS);
  }

  /** Whether it was there from one moment to another. */
  covers(fromS: number, toS: number): boolean {
    const isIn = (one: Attendance) => one.fromS <= fromS && toS <= one.toS;
    if (this.#last !== undefined && isIn(this.#last)) return true;
    const sql = "SELECT id FROM attendance WHERE fromS <= ? AND toS >= ? LIMIT 1";
    return this.#store.one(sql, fromS, toS) !== undefined;
  }
}
