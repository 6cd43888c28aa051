import type { Ciphertext as SealCiphertext } from "node-seal";
import { loadCiphertext } from "../../../sdk/private/matching/ciphertextBytes.ts";
import { DistanceMasker } from "../../../sdk/private/matching/distanceMasker.ts";
import { compileFeatures } from "../../../sdk/private/matching/featureSchema.ts";
import { HeScheme } from "../../../sdk/private/matching/heScheme.ts";
import { CiphertextError } from "../../../sdk/private/matching/matchingError.ts";
import { OfferPacker } from "../../../sdk/private/matching/offerPacker.ts";
import { MATCHING_PARAMETERS } from "../../../sdk/private/matching/parameters.ts";
import { SquaresMasker } from "../../../sdk/private/matching/squaresMasker.ts";
import type { Answer, Ask, Ciphertext, ComputeKind, ComputeTask } from "./computeTasks.ts";
import type { BadCiphertext } from "./distanceEngine.ts";

type Steps = { [K in ComputeKind]: (ask: Ask<K>) => Answer<K> };

/**
 * One SEAL and what a thread computes with it. A ciphertext that is none is reported; whatever else goes wrong is
 * thrown, and then this SEAL is not to be relied on any more.
 */
export class Computer {
  readonly #scheme: HeScheme;
  readonly #upload: SealCiphertext;
  #masker: DistanceMasker | undefined;

  static async create(): Promise<Computer> {
    return new Computer(await HeScheme.create(MATCHING_PARAMETERS));
  }

  private constructor(scheme: HeScheme) {
    this.#scheme = scheme;
    this.#upload = scheme.newCiphertext();
  }

  /** @throws what is no ciphertext's fault */
  answer<K extends ComputeKind>({ kind, ask }: ComputeTask<K>): Answer<K> {
    return this.#steps[kind](ask);
  }

  readonly #steps: Steps = {
    check: ({ ciphertexts }) => {
      const { freshLevel } = this.#scheme;
      const bad = withoutBad(ciphertexts, ({ bytes }) =>
        loadCiphertext(this.#scheme, freshLevel, "plan's ciphertext", bytes, this.#upload),
      );
      return { bad };
    },
    pack: ({ schema, offers }) => {
      const packer = new OfferPacker(this.#scheme, compileFeatures(schema));
      try {
        const bad = withoutBad(offers, ({ place, bytes }) => packer.add(place, bytes));
        return { part: bad.length === offers.length ? undefined : packer.finish(), bad };
      } finally {
        packer.close();
      }
    },
    sum: ({ schema, parts }) => {
      const packer = new OfferPacker(this.#scheme, compileFeatures(schema));
      try {
        for (const part of parts) packer.addPart(part);
        return packer.finish();
      } finally {
        packer.close();
      }
    },
    squares: ({ schema, keys, pack, offers }) => {
      const masker = new SquaresMasker(this.#scheme, compileFeatures(schema), keys);
      try {
        return masker.mask(pack, offers);
      } finally {
        masker.close();
      }
    },
    open: ({ schema, keys, packs, offers }) => {
      // First: a process of SEAL never gives memory back, but uses it again.
      this.#masker?.close();
      this.#masker = undefined;
      const code = compileFeatures(schema);
      this.#masker = new DistanceMasker(this.#scheme, code, keys, packs, offers);
    },
    mask: ({ bids }) => {
      const masker = this.#masker;
      if (masker === undefined) throw new Error("No round is open.");
      const masked: Answer<"mask">["masked"] = [];
      const bad = withoutBad(bids, ({ contentHash, bytes }) => {
        masked.push({ contentHash, masked: masker.mask(bytes) });
      });
      return { masked, bad };
    },
  };
}

/** Does something with each of the ciphertexts. @returns those that are none */
function withoutBad<C extends Ciphertext>(
  ciphertexts: readonly C[],
  work: (ciphertext: C) => void,
): BadCiphertext[] {
  const bad: BadCiphertext[] = [];
  for (const ciphertext of ciphertexts) {
    try {
      work(ciphertext);
    } catch (error) {
      if (!(error instanceof CiphertextError)) throw error;
      bad.push({ contentHash: ciphertext.contentHash, message: error.shortMessage });
    }
  }
  return bad;
}
