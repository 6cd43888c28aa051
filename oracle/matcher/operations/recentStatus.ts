import type { ServiceStore } from "../../store/serviceStore.ts";
import type { MatcherChain } from "../chain/matcherChain.ts";
import type { MatcherStatus } from "./matcherStatus.ts";

/** Who asks more often is told the same, unless something was stored or the chain has gone on. */
const FRESH_MS = 1_000;

export interface RecentStatusOptions {
  store: Pick<ServiceStore, "one">;
  chain: Pick<MatcherChain, "nowS">;
  /** Counts what is stored. */
  compute: () => MatcherStatus;
}

/** The status for everybody who asks: however many they are, what is stored is not counted again for each. */
export class RecentStatus {
  readonly #options: RecentStatusOptions;
  #last: { status: MatcherStatus; of: string; atMs: number } | undefined;

  constructor(options: RecentStatusOptions) {
    this.#options = options;
  }

  get(): MatcherStatus {
    const { store, chain, compute } = this.#options;
    const changes = Number(store.one("SELECT total_changes() AS changes")?.changes);
    const of = `${changes} ${chain.nowS}`;
    const atMs = performance.now();
    const last = this.#last;
    if (last?.of === of && atMs - last.atMs < FRESH_MS) return last.status;
    const status = compute();
    this.#last = { status, of, atMs };
    return status;
  }
}
