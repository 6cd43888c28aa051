import type { MaskedBid } from "../../../sdk/private/matching/distanceMasker.ts";
import { CiphertextError } from "../../../sdk/private/matching/matchingError.ts";
import { wireJson } from "../../../sdk/private/wire/wireJson.ts";
import type { EpochKeeper } from "../epochs/epochKeeper.ts";
import type { Witness } from "../evidence/witness.ts";
import { InTurn } from "../inTurn.ts";
import { Refusal } from "../refusal.ts";
import type { SignedProof } from "../store/evidenceRows.ts";
import type { KeyHolderStore } from "../store/keyHolderStore.ts";
import { requireRanking, type OpenRound, type RoundDesk } from "./roundDesk.ts";

/** Tells ranks, of each bid once: whoever asks again gets the same, whatever is sent. */
export class RankDesk {
  readonly #store: KeyHolderStore;
  readonly #rounds: RoundDesk;
  readonly #epochs: EpochKeeper;
  readonly #witness: Witness;
  readonly #turns = new InTurn();

  constructor(
    { store, epochs, witness }: { store: KeyHolderStore; epochs: EpochKeeper; witness: Witness },
    rounds: RoundDesk,
  ) {
    this.#store = store;
    this.#rounds = rounds;
    this.#epochs = epochs;
    this.#witness = witness;
  }

  /** @returns the answer as JSON. @throws Refusal, CiphertextError */
  async rank(id: string, position: number, masked: MaskedBid, proof: SignedProof): Promise<string> {
    const round = await this.#rounds.requireLive(id);
    const bids = round.opening.bidLeaves.length;
    if (position >= bids) {
      throw new Refusal(
        "UnknownPositionError",
        404,
        `The round has ${bids} bids, at positions from 0.`,
        "Ask for one of them.",
      );
    }
    return this.#turns.run(`${id} ${position}`, async () => {
      const known = this.#store.ranks.answerOf(id, position);
      if (known !== undefined) return known;
      requireRanking(round.kept);
      const answer = await this.#ranked(round, position, masked, proof);
      await this.#store.ranks.add(id, position, answer);
      return answer;
    });
  }

  /** @returns the positions of offers whose squares are not those of their numbers. @throws Refusal, CiphertextError */
  squares(id: string, masked: readonly Uint8Array[], proof: SignedProof): Promise<number[]> {
    return this.#turns.run(`${id} squares`, async () => {
      const round = await this.#rounds.requireLive(id);
      if (round.kept.cheaters !== undefined) return round.kept.cheaters;
      requireRanking(round.kept);
      const cheaters = await this.#cheaters(round, masked, proof);
      this.#store.rounds.setCheaters(id, cheaters);
      return cheaters;
    });
  }

  async #ranked(
    { kept, opening }: OpenRound,
    position: number,
    masked: MaskedBid,
    proof: SignedProof,
  ): Promise<string> {
    const offers = opening.offerLeaves.length;
    const cheaters = new Set(this.#requireCheaters(kept));
    const ranking = await this.#blaming(`${kept.id}, bid ${position}`, kept.period, proof, () =>
      this.#epochs.decryption.run("rank", { epoch: kept.epoch, masked, offers }),
    );
    const isHonest = (offer: number) => !cheaters.has(offer);
    return wireJson({
      position,
      nearest: ranking.nearest.filter(isHonest),
      outOfRange: ranking.outOfRange.filter(isHonest),
    });
  }

  /** Where weights are private, offers' squares are checked before any bid is ranked by them. */
  #requireCheaters({ epoch, cheaters }: OpenRound["kept"]): readonly number[] {
    const { schema } = this.#epochs.manifestOf(epoch).manifest;
    if (schema.weights === "market") return [];
    if (cheaters !== undefined) return cheaters;
    throw new Refusal(
      "SquaresMissingError",
      409,
      "The squares of the round's offers were not checked yet.",
      "Send them to /squares first.",
    );
  }

  async #cheaters(
    { kept, opening }: OpenRound,
    masked: readonly Uint8Array[],
    proof: SignedProof,
  ): Promise<number[]> {
    const { code } = this.#epochs.manifestOf(kept.epoch);
    const offers = opening.offerLeaves.length;
    if (code.schema.weights === "market") {
      throw new Refusal(
        "NoSquaresError",
        409,
        "Weights are market-wide here: offers have no squares.",
        "Ask for ranks at once.",
      );
    }
    return this.#blaming(`${kept.id}, squares`, kept.period, proof, () =>
      this.#epochs.decryption.run("squares", { epoch: kept.epoch, masked, offers }),
    );
  }

  /** What is no result, such as a participant's own ciphertext, is the matcher's doing. */
  async #blaming<T>(
    subject: string,
    period: bigint,
    proof: SignedProof,
    work: () => Promise<T>,
  ): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof CiphertextError)) throw error;
      const fact = `The matcher had opened what is no masked result: ${error.shortMessage}`;
      this.#witness.keep(
        { kind: "foreign ciphertext", culprit: "matcher", subject, period, fact },
        proof,
      );
      throw error;
    }
  }
}
