import { ownerOf } from "../../../sdk/private/owner.ts";
import {
  encodeReputation,
  reputationPlace,
  type ReputationQuestion,
} from "../../../sdk/private/reputation/reputationCode.ts";
import { sealEnvelope } from "../../../sdk/private/uploads/envelope.ts";
import type { KeyHolderChain } from "../chain/keyHolderChain.ts";
import type { KeyHolderStore } from "../store/keyHolderStore.ts";

/**
 * Tells owners their reputation. Who asks is not asked to prove anything: the answer opens with the viewing key of the
 * address that it is about, which is part of the owner.
 */
export class ReputationDesk {
  readonly #store: KeyHolderStore;
  readonly #chain: KeyHolderChain;

  constructor(store: KeyHolderStore, chain: KeyHolderChain) {
    this.#store = store;
    this.#chain = chain;
  }

  async answer(question: ReputationQuestion): Promise<Uint8Array> {
    const { account, viewKey } = question.address;
    const reputation = this.#store.reputations.of(ownerOf(account, viewKey));
    const plain = encodeReputation({ reputation, atS: this.#chain.lastNowS });
    return sealEnvelope(viewKey, plain, reputationPlace(this.#chain.pool, question));
  }
}
