import type { Log } from "../operations/log.ts";
import type { GatewayStore } from "../store/gatewayStore.ts";
import type { Evidence, Suspicion } from "../store/quarantine.ts";

export interface SuspicionsOptions {
  participant: number;
  store: GatewayStore;
  /** Makes changes of the store, together with those of others; resolves when they are durable. */
  change: (work: () => void) => Promise<void>;
  nowS: () => number;
  log: Log;
}

/** What is wrong with a meter now, of one code. */
export type OpenSuspicion = Pick<Suspicion, "code" | "explanation" | "suggestion"> & {
  latest: Latest;
};

/** What the next sample is compared with. The bytes of thousands of meters are left to the store. */
type Latest = Pick<Evidence, "atMs" | "importWh" | "exportWh">;

/** How often the store is told of a suspicion that lasts. */
const TELL_EVERY_MS = 60_000;

/** The suspicions of one meter: the latest sample of each in memory, and all that an operator needs in the store. */
export class Suspicions {
  readonly #options: SuspicionsOptions;
  #meterId: number | undefined;
  #open = new Map<string, OpenSuspicion & { toldAtMs: number }>();

  constructor(options: SuspicionsOptions) {
    this.#options = options;
  }

  /** Those of a binding, as they were when the process before ended or as they have come up since. */
  of(meterId: number): readonly OpenSuspicion[] {
    this.#turnTo(meterId);
    return [...this.#open.values()];
  }

  /** Notes a suspicious value. The first of its code and one a minute are kept in the store. */
  async report(suspicion: Omit<Suspicion, "participant">): Promise<void> {
    const { participant, store, change, log } = this.#options;
    const { meterId, code, explanation, suggestion, evidence } = suspicion;
    this.#turnTo(meterId);
    const known = this.#open.get(code);
    const agoMs = evidence.atMs - (known?.toldAtMs ?? -Infinity);
    // A clock that was set back is no reason to be silent for longer.
    const isTold = Math.abs(agoMs) < TELL_EVERY_MS;
    const toldAtMs = isTold ? evidence.atMs - agoMs : evidence.atMs;
    this.#open.set(code, { code, explanation, suggestion, latest: latestOf(evidence), toldAtMs });
    if (isTold) return;
    let id: number | undefined;
    await change(() => {
      // An operator may have released it a moment ago.
      if (this.#open.has(code)) ({ id } = store.quarantine.report({ participant, ...suspicion }));
    });
    if (id === undefined || Number.isFinite(known?.toldAtMs)) return;
    log.warn("a value is in quarantine", {
      quarantine: id,
      participant,
      code,
      explanation,
      suggestion,
    });
  }

  /** Ends all of a binding: they went away without an operator. */
  async resolve(meterId: number, note: string): Promise<void> {
    const { participant, store, change, nowS, log } = this.#options;
    this.#turnTo(meterId);
    if (this.#open.size === 0) return;
    this.#open.clear();
    const atMs = Math.floor(nowS() * 1000);
    await change(() => {
      for (const { id } of store.quarantine.openOf(participant, meterId)) {
        store.quarantine.decide(id, { state: "resolved", atMs, note });
      }
    });
    log.info("a meter's values left quarantine by themselves", { participant, note });
  }

  /** Ends all of the bindings before one, also those that another process has left open. */
  async resolveBefore(meterId: number, note: string): Promise<void> {
    const { participant, store, change, nowS } = this.#options;
    if (store.quarantine.openBefore(participant, meterId).length === 0) return;
    const atMs = Math.floor(nowS() * 1000);
    await change(() => {
      for (const { id } of store.quarantine.openBefore(participant, meterId)) {
        store.quarantine.decide(id, { state: "resolved", atMs, note });
      }
    });
  }

  /** An operator believes what there is of a binding: what comes now is judged from there. */
  release(meterId: number): void {
    if (this.#meterId === meterId) this.#open.clear();
  }

  /** An operator does not believe what there is of a code: what goes on from there opens another entry. */
  reject(meterId: number, code: string): void {
    const open = this.#meterId === meterId ? this.#open.get(code) : undefined;
    if (open !== undefined) open.toldAtMs = -Infinity;
  }

  #turnTo(meterId: number): void {
    if (this.#meterId === meterId) return;
    this.#meterId = meterId;
    const { participant, store } = this.#options;
    this.#open = new Map(
      store.quarantine
        .openOf(participant, meterId)
        .map(({ code, explanation, suggestion, latest }) => [
          code,
          { code, explanation, suggestion, latest: latestOf(latest), toldAtMs: latest.atMs },
        ]),
    );
  }
}

const latestOf = ({ atMs, importWh, exportWh }: Evidence): Latest => ({ atMs, importWh, exportWh });
