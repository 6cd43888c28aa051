import type { SealedMatch } from "../../../sdk/private/matches/matchOpening.ts";
import type { ServiceStore } from "../../store/serviceStore.ts";
import type { Row } from "../../store/table.ts";

/** Formed: to be proposed. Proposed: the chain has it. Refused: it did not take it. */
export type MatchState = "formed" | "proposed" | "refused";

/** A match that this key holder has formed. */
export interface KeptMatch extends SealedMatch {
  round: string;
  period: bigint;
  /** The manifest hash of its epoch. */
  epoch: string;
  energyWh: bigint;
  /** The sell plan's owner. */
  seller: bigint;
  /** The tag of the sell plan's gateway. */
  gateway: bigint;
  state: MatchState;
  /** Why it was refused. */
  reason: string | undefined;
}

/** A match that was just formed. */
export type FormedMatch = Omit<KeptMatch, "state" | "reason">;

const toMatch = (row: Row): KeptMatch => ({
  record: BigInt(row.record as string),
  round: String(row.round),
  period: BigInt(row.period as number),
  epoch: String(row.epoch),
  sellPlan: BigInt(row.sellPlan as string),
  buyPlan: BigInt(row.buyPlan as string),
  energyWh: BigInt(row.energyWh as number),
  opening: (JSON.parse(String(row.opening)) as string[]).map(BigInt),
  seller: BigInt(row.seller as string),
  gateway: BigInt(row.gateway as string),
  state: row.state as MatchState,
  reason: typeof row.reason === "string" ? row.reason : undefined,
});

/** The formed matches of a store, and who is banned. */
export class MatchRows {
  readonly #store: ServiceStore;

  constructor(store: ServiceStore) {
    this.#store = store;
  }

  add(match: FormedMatch): void {
    this.#store.run(
      `INSERT INTO matches (record, round, period, epoch, sellPlan, buyPlan, energyWh, opening, seller, gateway, state)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'formed')`,
      match.record.toString(),
      match.round,
      Number(match.period),
      match.epoch,
      match.sellPlan.toString(),
      match.buyPlan.toString(),
      Number(match.energyWh),
      JSON.stringify(match.opening.map(String)),
      match.seller.toString(),
      match.gateway.toString(),
    );
  }

  find(record: bigint): KeptMatch | undefined {
    const row = this.#store.one("SELECT * FROM matches WHERE record = ?", record.toString());
    return row === undefined ? undefined : toMatch(row);
  }

  ofRound(round: string): KeptMatch[] {
    return this.#store
      .all("SELECT * FROM matches WHERE round = ? ORDER BY rowid", round)
      .map(toMatch);
  }

  /** Those that are yet to be proposed. */
  formed(): KeptMatch[] {
    return this.#store
      .all("SELECT * FROM matches WHERE state = 'formed' ORDER BY rowid")
      .map(toMatch);
  }

  /** Those of a period and later ones that the chain has got. */
  proposedFrom(period: bigint): KeptMatch[] {
    const sql = "SELECT * FROM matches WHERE state = 'proposed' AND period >= ?";
    return this.#store.all(sql, Number(period)).map(toMatch);
  }

  /** The plans of a period that are in a formed match which was not proposed yet. */
  formedPlans(period: bigint): Set<bigint> {
    const sql = "SELECT sellPlan, buyPlan FROM matches WHERE state = 'formed' AND period = ?";
    const rows = this.#store.all(sql, Number(period));
    return new Set(
      rows.flatMap(({ sellPlan, buyPlan }) => [
        BigInt(sellPlan as string),
        BigInt(buyPlan as string),
      ]),
    );
  }

  setState(record: bigint, state: MatchState, reason?: string): void {
    const sql = "UPDATE matches SET state = ?, reason = ? WHERE record = ?";
    this.#store.run(sql, state, reason ?? null, record.toString());
  }

  counts(): Record<MatchState, number> {
    const rows = this.#store.all("SELECT state, count(*) AS rows FROM matches GROUP BY 1");
    const of = (state: MatchState) => Number(rows.find((row) => row.state === state)?.rows ?? 0);
    return { formed: of("formed"), proposed: of("proposed"), refused: of("refused") };
  }

  // ── the agreed energy under the delivery key ───────────────────────────────

  encryptedEnergy(record: bigint): Uint8Array | undefined {
    const row = this.#store.one("SELECT energy FROM matches WHERE record = ?", record.toString());
    return row?.energy instanceof Uint8Array ? row.energy : undefined;
  }

  setEncryptedEnergy(record: bigint, bytes: Uint8Array): void {
    const sql = "UPDATE matches SET energy = ? WHERE record = ?";
    this.#store.run(sql, bytes, record.toString());
  }

  // ── bans ───────────────────────────────────────────────────────────────────

  ban(plan: bigint, period: bigint, reason: string): void {
    const sql = "INSERT OR IGNORE INTO bans VALUES (?, ?, ?)";
    this.#store.run(sql, plan.toString(), Number(period), reason);
  }

  bannedIn(period: bigint): Set<bigint> {
    const rows = this.#store.all("SELECT plan FROM bans WHERE period = ?", Number(period));
    return new Set(rows.map(({ plan }) => BigInt(plan as string)));
  }

  bans(most: number): { plan: string; period: number; reason: string }[] {
    const sql = "SELECT plan, period, reason FROM bans ORDER BY rowid DESC LIMIT ?";
    return this.#store.all(sql, most) as { plan: string; period: number; reason: string }[];
  }
}
