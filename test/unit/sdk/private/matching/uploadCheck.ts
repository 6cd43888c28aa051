import { expect } from "chai";
import {
  CIPHERTEXT_PREFIX_BYTES,
  loadCiphertext,
} from "../../../../../sdk/private/matching/ciphertextBytes.ts";
import { EnergyCipher } from "../../../../../sdk/private/matching/energyCipher.ts";
import { floodNoise } from "../../../../../sdk/private/matching/floodNoise.ts";
import { loadSecretKey } from "../../../../../sdk/private/matching/heKeys.ts";
import { PlanCipher } from "../../../../../sdk/private/matching/planCipher.ts";
import { UploadBlinder, UploadJudge } from "../../../../../sdk/private/matching/uploadCheck.ts";
import {
  deliveryScheme,
  MARKET_CODE,
  matchingScheme,
  rankCiphertexts,
  type KeyedScheme,
} from "./matchingScene.ts";

const VALUES = {
  price: 420_000,
  quantity: 9_000,
  environment: 80,
  reputation: 97,
  energyType: "bio",
};

describe("the check of uploads", function () {
  this.timeout(60_000);
  let keyed: KeyedScheme;
  let cipher: PlanCipher;
  let blinder: UploadBlinder;
  let judge: UploadJudge;

  before(async () => {
    keyed = await matchingScheme();
    cipher = new PlanCipher(keyed.scheme, MARKET_CODE, keyed.keys.publicKey);
    blinder = new UploadBlinder(keyed.scheme, keyed.keys.publicKey);
    judge = new UploadJudge(keyed.scheme, keyed.keys.secretKey);
  });

  /** Coefficients below every prime that nobody encrypted: the right form, and nothing but noise. */
  const garbage = (): Uint8Array => {
    const bytes = cipher.encryptOffer(VALUES).bytes;
    const words = new DataView(bytes.buffer, bytes.byteOffset + CIPHERTEXT_PREFIX_BYTES);
    const random = new Uint32Array(1);
    for (let at = 0; at < words.byteLength; at += 8) {
      words.setUint32(at, crypto.getRandomValues(random)[0]!, true);
    }
    return bytes;
  };

  it("passes what was just encrypted", () => {
    for (let run = 0; run < 20; run++) {
      expect(judge.isSound(blinder.blind(cipher.encryptOffer(VALUES).bytes))).to.be.true;
    }
  });

  it("refuses what would spoil the pack that it is in, and would indeed", () => {
    const spoiler = garbage();
    expect(judge.isSound(blinder.blind(spoiler))).to.be.false;
    const offers = Array.from({ length: 8 }, () => cipher.encryptOffer(VALUES).bytes);
    const bid = cipher.encryptBid(VALUES).bytes;
    const [good] = rankCiphertexts(keyed, MARKET_CODE, [bid], offers);
    expect(good!.outOfRange).to.be.empty;
    let strays = 0;
    for (let run = 0; run < 6; run++) {
      const [spoilt] = rankCiphertexts(keyed, MARKET_CODE, [bid], [...offers, garbage()]);
      strays += spoilt!.outOfRange.filter((position) => position < offers.length).length;
    }
    // A quarter of random numbers is out of range; 48 of them never are within.
    expect(strays).to.be.above(0);
  });

  it("refuses noise that is above the border", () => {
    for (const bits of [22, 40, 58]) {
      const { bytes } = cipher.encryptOffer(VALUES);
      floodNoise(keyed.scheme, bytes, { primes: 3, bits });
      expect(judge.isSound(blinder.blind(bytes)), `${bits} bits`).to.be.false;
    }
  });

  it("shows the key holder far more noise than the upload's own", () => {
    const { scheme, keys } = keyed;
    const key = loadSecretKey(scheme, keys.secretKey);
    const decryptor = scheme.own(new scheme.seal.Decryptor(scheme.context, key));
    const ciphertext = scheme.newCiphertext();
    const budget = (bytes: Uint8Array): number => {
      loadCiphertext(scheme, scheme.freshLevel, "plan", bytes, ciphertext);
      return decryptor.invariantNoiseBudget(ciphertext);
    };
    const { bytes } = cipher.encryptOffer(VALUES);
    expect(budget(bytes)).to.be.at.least(135);
    expect(budget(blinder.blind(bytes))).to.be.within(122, 123);
  });

  it("is the same for energies", async () => {
    const { scheme, keys } = await deliveryScheme();
    const energies = new EnergyCipher(scheme, keys.publicKey);
    const energyBlinder = new UploadBlinder(scheme, keys.publicKey);
    const energyJudge = new UploadJudge(scheme, keys.secretKey);
    const isSound = (bits?: number): boolean => {
      const bytes = energies.encrypt(1_000n);
      if (bits !== undefined) floodNoise(scheme, bytes, { primes: 3, bits });
      return energyJudge.isSound(energyBlinder.blind(bytes));
    };
    expect(isSound()).to.be.true;
    expect(isSound(22)).to.be.false;
  });

  it("shows the key holder random numbers instead of the plan", () => {
    const { scheme, keys } = keyed;
    const { seal, context, encoder, freshLevel, slots } = scheme;
    const decryptor = scheme.own(
      new seal.Decryptor(context, loadSecretKey(scheme, keys.secretKey)),
    );
    const [ciphertext, plain] = [scheme.newCiphertext(), scheme.newPlaintext()];
    const open = (bytes: Uint8Array): bigint[] => {
      loadCiphertext(scheme, freshLevel, "blinded plan", bytes, ciphertext);
      decryptor.decrypt(ciphertext, plain);
      return [...(encoder.decodeBigUint64(plain) as BigUint64Array)];
    };
    const { bytes } = cipher.encryptOffer(VALUES);
    expect(new Set(open(bytes)).size, "a plan as it is").to.be.below(15);
    const seen = open(blinder.blind(bytes));
    expect(new Set(seen).size).to.be.above(slots - 10);
    const half = scheme.parameters.plainModulus / 2n;
    expect(seen.filter((value) => value < half).length).to.be.within(slots * 0.45, slots * 0.55);
    expect(open(blinder.blind(bytes))).not.to.deep.equal(seen);
  });
});
