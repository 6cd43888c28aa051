import type { Log } from "../../operations/log.ts";
import type { KeyHolderChain } from "../chain/keyHolderChain.ts";
import type { Finding, SignedProof } from "../store/evidenceRows.ts";
import type { KeyHolderStore } from "../store/keyHolderStore.ts";

/** Keeps what shows that somebody lied, or lost what was its to keep, with the request that showed it. */
export class Witness {
  readonly #store: KeyHolderStore;
  readonly #chain: KeyHolderChain;
  readonly #log: Log;

  constructor(store: KeyHolderStore, chain: KeyHolderChain, log: Log) {
    this.#store = store;
    this.#chain = chain;
    this.#log = log;
  }

  /** @param proof the request that shows it, as its sender signed it */
  keep(finding: Finding, proof?: SignedProof): void {
    this.#store.evidence.add(finding, this.#chain.lastNowS, proof);
    const { kind, culprit, subject, fact } = finding;
    // Anybody can send a delivery that is none, again and again.
    const repeatKey = `${kind} ${culprit}`;
    this.#log.warn("Evidence is kept.", { kind, culprit, subject, fact }, { repeatKey });
  }
}
