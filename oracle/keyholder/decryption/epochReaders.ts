import { contentHash } from "../../../sdk/private/matching/contentHash.ts";
import { DeviationJudge, type Verdict } from "../../../sdk/private/matching/deviationJudge.ts";
import type { MaskedBid } from "../../../sdk/private/matching/distanceMasker.ts";
import { EnergyCipher } from "../../../sdk/private/matching/energyCipher.ts";
import { compileFeatures, type FeatureCode } from "../../../sdk/private/matching/featureSchema.ts";
import type { HeScheme } from "../../../sdk/private/matching/heScheme.ts";
import { MalformedCiphertextError } from "../../../sdk/private/matching/matchingError.ts";
import { PlanReader } from "../../../sdk/private/matching/planReader.ts";
import { RankReader, type Ranking } from "../../../sdk/private/matching/rankReader.ts";
import { SlotLayout } from "../../../sdk/private/matching/slotLayout.ts";
import { SquaresReader } from "../../../sdk/private/matching/squaresReader.ts";
import { UploadJudge } from "../../../sdk/private/matching/uploadCheck.ts";
import type { DecryptionKeys } from "./decryptionTasks.ts";

/** All that opens what was encrypted for an epoch. */
export class EpochReaders {
  readonly #layout: SlotLayout;
  readonly #uploads: UploadJudge;
  readonly #ranks: RankReader;
  readonly #squares: SquaresReader;
  readonly #plans: PlanReader;
  readonly #deviations: DeviationJudge;
  readonly #energies: EnergyCipher;

  /** @throws CiphertextError where a key is none of its scheme's */
  constructor(matching: HeScheme, delivery: HeScheme, keys: DecryptionKeys) {
    const code: FeatureCode = compileFeatures(keys.schema);
    this.#layout = new SlotLayout(code, matching.slots);
    this.#uploads = new UploadJudge(matching, keys.matchingKey);
    this.#ranks = new RankReader(matching, code, keys.matchingKey);
    this.#squares = new SquaresReader(matching, code, keys.matchingKey);
    this.#plans = new PlanReader(matching, code, keys.matchingKey);
    this.#deviations = new DeviationJudge(delivery, keys.deliveryKey);
    this.#energies = new EnergyCipher(delivery, keys.deliveryPublicKey);
  }

  judge(blinded: Uint8Array): boolean {
    return this.#uploads.isSound(blinded);
  }

  rank(masked: MaskedBid, offers: number): Ranking {
    return this.#ranks.rank(masked, offers);
  }

  /** Positions of offers, over all packs, whose squares are not their numbers'. */
  squares(masked: readonly Uint8Array[], offers: number): number[] {
    if (masked.length !== this.#layout.packsFor(offers)) {
      const fault = `has ${masked.length} ciphertexts for ${offers} offers`;
      throw new MalformedCiphertextError("set of masked squares", fault);
    }
    return masked.flatMap((bytes, pack) => {
      const first = pack * this.#layout.packSize;
      const wrong = this.#squares.wrongSquares(bytes, this.#layout.takenIn(pack, offers));
      return wrong.map((place) => first + place);
    });
  }

  /** @throws CiphertextError */
  plan(ciphertext: Uint8Array, hash: string): number[] | undefined {
    return contentHash(ciphertext) === hash ? this.#plans.numbers(ciphertext) : undefined;
  }

  verdict(masked: Uint8Array): Verdict {
    return this.#deviations.verdicts(masked, 1)[0]!;
  }

  energy(energyWh: bigint): Uint8Array {
    return this.#energies.encrypt(energyWh);
  }

  /** Frees what it holds. */
  close(): void {
    for (const reader of [
      this.#uploads,
      this.#ranks,
      this.#squares,
      this.#plans,
      this.#deviations,
      this.#energies,
    ]) {
      reader.close();
    }
  }
}
