import { AbiCoder, keccak256 } from "ethers";
import { ContractRevertedError } from "../../../sdk/clients/revertError.ts";
import { verifySignature } from "../../../sdk/private/eddsa.ts";
import type { Verdict } from "../../../sdk/private/matching/deviationJudge.ts";
import { CiphertextError } from "../../../sdk/private/matching/matchingError.ts";
import { gatewayTag } from "../../../sdk/private/owner.ts";
import { scopeOf } from "../../../sdk/private/pool.ts";
import {
  decodeDeliveryEnvelope,
  meteredMessage,
  type DeliveryEnvelope,
} from "../../../sdk/private/uploads/deliveryUpload.ts";
import { openEnvelope } from "../../../sdk/private/uploads/envelope.ts";
import { deliveryEnvelopePlace } from "../../../sdk/private/uploads/envelopePlace.ts";
import { EnvelopeError } from "../../../sdk/private/uploads/uploadError.ts";
import type { Log } from "../../operations/log.ts";
import type { KeyHolderChain } from "../chain/keyHolderChain.ts";
import type { EpochKeeper } from "../epochs/epochKeeper.ts";
import type { Witness } from "../evidence/witness.ts";
import { InTurn } from "../inTurn.ts";
import { notYet } from "../refusal.ts";
import type { SignedProof } from "../store/evidenceRows.ts";
import type { KeyHolderStore } from "../store/keyHolderStore.ts";
import type { KeptMatch } from "../store/matchRows.ts";
import type { KeptVerdict } from "../store/verdictRows.ts";

/** A delivery as the matcher asks about it. */
export interface AskedDelivery {
  record: bigint;
  /** Of the gateway's ciphertext. */
  contentHash: string;
  /** The masked margins of this delivery alone: one that spoils its ciphertext spoils no other's. */
  masked: Uint8Array;
  envelope: Uint8Array;
}

/** What is answered of one. Refused is no last word: another upload may be judged. */
export interface AnsweredDelivery {
  record: bigint;
  verdict: Verdict | "refused";
  reason?: string;
}

interface VerdictParts {
  store: KeyHolderStore;
  chain: KeyHolderChain;
  epochs: EpochKeeper;
  witness: Witness;
  log: Log;
}

/** Older ones are deeper than a chain is reorganised. */
const RELOGGED_VERDICTS = 1_000;

/** Judges deliveries, each once: the verdict is kept, logged and recorded on chain before it is told. */
export class VerdictDesk {
  readonly #parts: VerdictParts;
  readonly #turns = new InTurn();

  constructor(parts: VerdictParts) {
    this.#parts = parts;
  }

  /** @throws Refusal before the period is over, and what the chain's node throws */
  judge(
    period: bigint,
    deliveries: readonly AskedDelivery[],
    proof: SignedProof,
  ): Promise<AnsweredDelivery[]> {
    return this.#turns.run("verdicts", () => this.#judge(period, deliveries, proof));
  }

  async #judge(
    period: bigint,
    deliveries: readonly AskedDelivery[],
    proof: SignedProof,
  ): Promise<AnsweredDelivery[]> {
    const { chain, store } = this.#parts;
    await chain.sync();
    const waitS = chain.times.endOf(period) - chain.lastNowS;
    if (waitS > 0) throw notYet(`Period ${period} is not over.`, waitS);
    const reasons = new Map<AskedDelivery, string>();
    const fresh = new Map<bigint, { match: KeptMatch; contentHash: string; verdict: Verdict }>();
    for (const delivery of deliveries) {
      const { record, contentHash } = delivery;
      if (store.verdicts.find(record) !== undefined || fresh.has(record)) continue;
      const found = await this.#verdictOf(period, delivery, proof);
      if ("reason" in found) reasons.set(delivery, found.reason);
      else fresh.set(record, { ...found, contentHash });
    }
    this.#keep(period, fresh);
    await this.#record();
    return deliveries.map((delivery) => {
      const { record } = delivery;
      const kept = store.verdicts.find(record);
      if (kept !== undefined) return { record, verdict: kept.verdict };
      return { record, verdict: "refused", reason: reasons.get(delivery)! };
    });
  }

  async #verdictOf(
    period: bigint,
    delivery: AskedDelivery,
    proof: SignedProof,
  ): Promise<{ match: KeptMatch; verdict: Verdict } | { reason: string }> {
    const { store, chain, epochs, witness } = this.#parts;
    const { record, masked } = delivery;
    const match = store.matches.find(record);
    if (match?.period !== period) {
      return { reason: "this key holder has formed no such match of the period" };
    }
    if (chain.state.matches.get(record)?.state !== "agreed") {
      return { reason: "the match is not agreed" };
    }
    const reason = await this.#senderFault(match, delivery);
    if (reason !== undefined) {
      const fact = `A delivery of match ${record} came that its gateway has not signed: ${reason}.`;
      const subject = `match ${record}, ${delivery.contentHash}`;
      const culprit = "sender of a delivery";
      witness.keep({ kind: "delivery", culprit, subject, period, fact }, proof);
      return { reason };
    }
    const { epoch } = match;
    try {
      return { match, verdict: await epochs.decryption.run("verdict", { epoch, masked }) };
    } catch (error) {
      if (!(error instanceof CiphertextError)) throw error;
      const fact = `The matcher had judged what is no masked delivery: ${error.shortMessage}`;
      const subject = `match ${record}`;
      witness.keep(
        { kind: "foreign ciphertext", culprit: "matcher", subject, period, fact },
        proof,
      );
      return { reason: error.shortMessage };
    }
  }

  /** Why a delivery is not of the gateway that the sold energy came from, if it is not. */
  async #senderFault(
    { gateway, epoch }: KeptMatch,
    { record, contentHash, envelope }: AskedDelivery,
  ): Promise<string | undefined> {
    const { pool } = this.#parts.chain;
    const { envelopeScalar } = await this.#parts.epochs.secretsOf(epoch);
    let opened: DeliveryEnvelope;
    try {
      const place = deliveryEnvelopePlace(pool, { record, contentHash });
      opened = decodeDeliveryEnvelope(await openEnvelope(envelopeScalar, envelope, place));
    } catch (error) {
      if (error instanceof EnvelopeError) return "its envelope does not open";
      throw error;
    }
    const { gatewayKey, signature } = opened;
    if (gatewayTag(gatewayKey) !== gateway) return "its gateway is not that of the sell plan";
    const message = meteredMessage(scopeOf(pool), record, contentHash);
    return verifySignature(gatewayKey, message, signature)
      ? undefined
      : "its gateway has not signed this ciphertext";
  }

  #keep(
    period: bigint,
    fresh: ReadonlyMap<bigint, { match: KeptMatch; contentHash: string; verdict: Verdict }>,
  ): void {
    if (fresh.size === 0) return;
    const { store, chain } = this.#parts;
    const batch = batchOf(
      period,
      [...fresh].map(([record, { verdict }]) => ({ record, verdict })),
    );
    store.transaction(() => {
      for (const [record, { match, contentHash, verdict }] of fresh) {
        store.verdicts.add({ record, period, contentHash, verdict, batch });
        store.reputations.apply(match.seller, verdict, chain.lastNowS);
      }
    });
  }

  /** Brings to the chain what was decided, such as before a crash. @throws what the chain's node throws */
  resume(): Promise<void> {
    return this.#turns.run("verdicts", () => this.#record());
  }

  /** Takes back to decided what a reorganisation took off the chain. */
  relog(): void {
    const { store, chain } = this.#parts;
    store.transaction(() => {
      for (const { record } of store.verdicts.recorded(RELOGGED_VERDICTS)) {
        if (!chain.record.verdicts.has(record)) store.verdicts.setState(record, "decided");
      }
    });
  }

  async #record(): Promise<void> {
    const { store } = this.#parts;
    const decided = store.verdicts.decided();
    for (const batch of new Set(decided.map((verdict) => verdict.batch))) {
      await this.#recordBatch(
        batch,
        decided.filter((verdict) => verdict.batch === batch),
      );
    }
  }

  async #recordBatch(batch: string, verdicts: readonly KeptVerdict[]): Promise<void> {
    const { chain, store } = this.#parts;
    const { period } = verdicts[0]!;
    const count = store.verdicts.ofBatch(batch).length;
    await chain.logOnce({ kind: "verdicts", period, round: batch, content: batch, count });
    const open: KeptVerdict[] = [];
    for (const verdict of verdicts) {
      if ((await chain.reads.verdictOf(verdict.record)) === undefined) open.push(verdict);
    }
    try {
      if (open.length > 0) await chain.writer.recordVerdicts(period, open);
    } catch (error) {
      if (!(error instanceof ContractRevertedError)) throw error;
      // One of them is of a match that was agreed before a reorganisation: the verdict stays, and is tried again.
      this.#parts.log.warn("Verdicts could not be recorded.", { period, batch, error });
      return;
    }
    store.transaction(() => {
      for (const { record } of verdicts) store.verdicts.setState(record, "recorded");
    });
  }
}

/** What names a batch of verdicts on chain. */
function batchOf(
  period: bigint,
  verdicts: readonly { record: bigint; verdict: Verdict }[],
): string {
  return keccak256(
    AbiCoder.defaultAbiCoder().encode(
      ["string", "uint256", "uint256[]", "bool[]"],
      [
        "sealwatt verdicts 1",
        period,
        verdicts.map(({ record }) => record),
        verdicts.map(({ verdict }) => verdict === "within"),
      ],
    ),
  );
}
