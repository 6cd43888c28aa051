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
  latest: Evidence;
};

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
    const isTold = known !== undefined && evidence.atMs < known.toldAtMs + TELL_EVERY_MS;
    const toldAtMs = isTold ? known.toldAtMs : evidence.atMs;
    this.#open.set(code, { code, explanation, suggestion, latest: evidence, toldAtMs });
    if (isTold) return;
    let id: number | undefined;
    await change(() => {
      ({ id } = store.quarantine.report({ participant, ...suspicion }));
    });
    if (known !== undefined) return;
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

  /** An operator has decided on the entry of a code: what comes now is judged anew. */
  forget(code: string): void {
    this.#open.delete(code);
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
          { code, explanation, suggestion, latest, toldAtMs: latest.atMs },
        ]),
    );
  }
}
