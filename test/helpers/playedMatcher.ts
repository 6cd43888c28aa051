// Plays the matcher towards a key holder, step by step, so that a test can do any of them wrong.
import type { Signer } from "ethers";
import { drawRound, type DrawnRound } from "../../oracle/matcher/rounds/roundPlan.ts";
import { seedCommitment } from "../../sdk/private/rounds/periodSeed.ts";
import { pairByRanks, type RoundPair } from "../../sdk/private/rounds/pairByRanks.ts";
import { periodSeed } from "../../sdk/private/rounds/periodSeed.ts";
import type { RoundPlan } from "../../sdk/private/rounds/roundOpening.ts";
import { DistanceMasker, type MaskedBid } from "../../sdk/private/matching/distanceMasker.ts";
import { SquaresMasker } from "../../sdk/private/matching/squaresMasker.ts";
import { UploadBlinder } from "../../sdk/private/matching/uploadCheck.ts";
import { encodeFrame } from "../../sdk/private/wire/frame.ts";
import type { ServiceClient } from "../../sdk/private/wire/serviceClient.ts";
import { packOffers } from "../unit/sdk/private/matching/matchingScene.ts";
import type { MadeUpload, OpenEpoch } from "./keyHolderScene.ts";

/** What the key holder answers of a bid. */
export interface ToldRanks {
  position: number;
  nearest: number[];
  outOfRange: number[];
}

/** What it answers of a pair. */
export interface ToldPair {
  formed: boolean;
  banned?: string[];
  reason?: string;
}

/** What it answers of a finished round. */
export interface ToldRound {
  proposed: { record: string; sellPlan: string; buyPlan: string }[];
  refused: { sellPlan: string; buyPlan: string; reason: string }[];
}

export class PlayedMatcher {
  readonly client: ServiceClient;
  readonly epoch: OpenEpoch;
  readonly seed = new Uint8Array(32).fill(3);

  constructor(client: ServiceClient, epoch: OpenEpoch) {
    this.client = client;
    this.epoch = epoch;
  }

  /** What commits to the seed on chain. */
  async commit(record: { connect(signer: Signer): unknown }, signer: Signer): Promise<void> {
    const contract = record.connect(signer) as {
      commitSeed(epoch: number, commitment: string): Promise<unknown>;
    };
    await contract.commitSeed(this.epoch.manifest.epoch, seedCommitment(this.seed));
  }

  async #json<T>(path: string, body: Uint8Array | object): Promise<T> {
    return (await this.client.post(path, body)).json() as T;
  }

  blind(ciphertext: Uint8Array): Uint8Array {
    const blinder = new UploadBlinder(this.epoch.scheme, this.epoch.publicKey);
    try {
      return blinder.blind(ciphertext);
    } finally {
      blinder.close();
    }
  }

  judge(
    { header, ciphertext }: Pick<MadeUpload, "header" | "ciphertext">,
    blinded = this.blind(ciphertext),
  ): Promise<{ plan: string; contentHash: string; sound: boolean }> {
    return this.#json("/uploads", encodeFrame({ header }, [blinded]));
  }

  async beacon(period: bigint): Promise<string> {
    return (await this.#json<{ beacon: string }>("/beacons", { period })).beacon;
  }

  /** A round's positions and leaves, as an honest matcher draws them. */
  async draw(period: bigint, round: number, uploads: readonly MadeUpload[]): Promise<DrawnRound> {
    const { manifest, manifestHash } = this.epoch;
    const plans: RoundPlan[] = uploads.map(({ header: { plan, contentHash, side } }) => {
      return { plan, contentHash, side };
    });
    const beacon = await this.beacon(period);
    const { pool, epoch } = { pool: this.epoch.pool, epoch: manifest.epoch };
    const epochSeed = this.seed;
    return drawRound({ pool, period, round, epoch, manifestHash, epochSeed, beacon, plans });
  }

  async open({ opening }: DrawnRound): Promise<string> {
    return (await this.#json<{ id: string }>("/rounds", opening)).id;
  }

  /** The masked results of all bids by position. */
  async mask(
    { opening, arrangement: { bids, offers } }: DrawnRound,
    uploads: readonly MadeUpload[],
  ): Promise<MaskedBid[]> {
    const { scheme, code, publicKey, relinKeys } = this.epoch;
    const of = ({ plan }: RoundPlan) =>
      uploads.find(({ header }) => header.plan === plan)!.ciphertext;
    const keyed = { scheme, keys: { publicKey, relinKeys, secretKey: new Uint8Array() } };
    const packs = packOffers(keyed, code, offers.map(of));
    const seed = periodSeed(this.seed, await this.beacon(opening.period));
    const masker = new DistanceMasker(
      scheme,
      code,
      { publicKey, relinKeys, seed },
      packs,
      offers.length,
    );
    try {
      return bids.map((bid) => masker.mask(of(bid)));
    } finally {
      masker.close();
    }
  }

  /** Has the offers' squares checked, of one pack. */
  async squares(
    { roundId, opening, arrangement: { offers } }: DrawnRound,
    uploads: readonly MadeUpload[],
  ): Promise<number[]> {
    const { scheme, code, publicKey, relinKeys } = this.epoch;
    const of = ({ plan }: RoundPlan) =>
      uploads.find(({ header }) => header.plan === plan)!.ciphertext;
    const ciphertexts = offers.map(of);
    const keyed = { scheme, keys: { publicKey, relinKeys, secretKey: new Uint8Array() } };
    const [pack] = packOffers(keyed, code, ciphertexts);
    const seed = periodSeed(this.seed, await this.beacon(opening.period));
    const masker = new SquaresMasker(scheme, code, { publicKey, relinKeys, seed });
    try {
      const masked = masker.mask(pack!, ciphertexts);
      const path = `/rounds/${roundId}/squares`;
      return (await this.#json<{ cheaters: number[] }>(path, encodeFrame({}, [masked]))).cheaters;
    } finally {
      masker.close();
    }
  }

  rank({ roundId }: DrawnRound, position: number, masked: MaskedBid): Promise<ToldRanks> {
    return this.#json(`/rounds/${roundId}/bids/${position}`, rankFrame(masked));
  }

  async rankAll(drawn: DrawnRound, uploads: readonly MadeUpload[]): Promise<ToldRanks[]> {
    const masked = await this.mask(drawn, uploads);
    const told: ToldRanks[] = [];
    for (const [position, one] of masked.entries())
      told.push(await this.rank(drawn, position, one));
    return told;
  }

  pair({ roundId }: DrawnRound, pairs: readonly RoundPair[]): Promise<{ pairsHash: string }> {
    const body = { pairs: pairs.map(({ bid, offer }) => [bid, offer]) };
    return this.#json(`/rounds/${roundId}/pairs`, body);
  }

  /** What opens a pair, to be sent as it is or altered. */
  pairFrame(
    { arrangement: { bids, offers, saltOf } }: DrawnRound,
    { bid, offer }: RoundPair,
    uploads: readonly MadeUpload[],
  ) {
    const [bought, sold] = [bids[bid]!, offers[offer]!];
    const of = ({ plan }: RoundPlan) => uploads.find(({ header }) => header.plan === plan)!;
    const opened = (salt: string, { plan, contentHash }: RoundPlan) => ({
      salt,
      plan,
      contentHash,
    });
    return {
      header: {
        bid: opened(saltOf("buy", bid), bought),
        offer: opened(saltOf("sell", offer), sold),
      },
      parts: [of(bought).envelope, of(bought).ciphertext, of(sold).envelope, of(sold).ciphertext],
    };
  }

  openPair(
    drawn: DrawnRound,
    pair: RoundPair,
    uploads: readonly MadeUpload[],
    { header, parts } = this.pairFrame(drawn, pair, uploads),
  ): Promise<ToldPair> {
    return this.#json(`/rounds/${drawn.roundId}/pairs/${pair.bid}`, encodeFrame(header, parts));
  }

  finish({ roundId }: DrawnRound): Promise<ToldRound> {
    return this.#json(`/rounds/${roundId}/finish`, {});
  }

  /** A round up to its pairs. */
  async rankedRound(period: bigint, round: number, uploads: readonly MadeUpload[]) {
    const drawn = await this.draw(period, round, uploads);
    await this.open(drawn);
    const told = await this.rankAll(drawn, uploads);
    const pairs = pairByRanks(told.map(({ nearest }) => nearest));
    return { drawn, told, pairs };
  }

  /** A round with all its steps. */
  async playRound(period: bigint, round: number, uploads: readonly MadeUpload[]) {
    const { drawn, told, pairs } = await this.rankedRound(period, round, uploads);
    await this.pair(drawn, pairs);
    const opened: ToldPair[] = [];
    for (const pair of pairs) opened.push(await this.openPair(drawn, pair, uploads));
    return { drawn, told, pairs, opened, finished: await this.finish(drawn) };
  }
}

export function rankFrame({ distances, limits }: MaskedBid): Uint8Array {
  const header = { distances: distances.length, limits: limits.length };
  return encodeFrame(header, [...distances, ...limits]);
}
