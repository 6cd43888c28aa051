import { expect } from "chai";
import { saveCiphertext } from "../../../../../sdk/private/matching/ciphertextBytes.ts";
import { DistanceMasker } from "../../../../../sdk/private/matching/distanceMasker.ts";
import { encodeBid, encodeOffer } from "../../../../../sdk/private/matching/encodePlan.ts";
import type { FeatureCode } from "../../../../../sdk/private/matching/featureSchema.ts";
import { openEncryptor } from "../../../../../sdk/private/matching/heKeys.ts";
import {
  MalformedCiphertextError,
  TruncatedCiphertextError,
  WrongParametersError,
} from "../../../../../sdk/private/matching/matchingError.ts";
import { PlanCipher } from "../../../../../sdk/private/matching/planCipher.ts";
import { PlanReader } from "../../../../../sdk/private/matching/planReader.ts";
import { SlotLayout } from "../../../../../sdk/private/matching/slotLayout.ts";
import { UploadBlinder } from "../../../../../sdk/private/matching/uploadCheck.ts";
import {
  LEAST,
  limitCode,
  MARKET_CODE,
  matchingScheme,
  MOST,
  packOffers,
  PRIVATE_CODE,
  SEED,
  type KeyedScheme,
} from "./matchingScene.ts";

describe("PlanReader", function () {
  this.timeout(60_000);
  let keyed: KeyedScheme;
  const plan = { ...LEAST, price: 512_345, quantity: 7_777, energyType: "hydro" };

  before(async () => {
    keyed = await matchingScheme();
  });

  const readerOf = (code: FeatureCode) => new PlanReader(keyed.scheme, code, keyed.keys.secretKey);
  const cipherOf = (code: FeatureCode) => new PlanCipher(keyed.scheme, code, keyed.keys.publicKey);
  /** A plan with any slots, as a cheater can make it. */
  const forge = (
    code: FeatureCode,
    change: (slots: BigUint64Array, layout: SlotLayout) => void,
  ) => {
    const { scheme, keys } = keyed;
    const layout = new SlotLayout(code, scheme.slots);
    const slots = layout.spread(encodeOffer(code, plan), scheme.parameters.plainModulus);
    change(slots, layout);
    const [plain, ciphertext] = [scheme.newPlaintext(), scheme.newCiphertext()];
    scheme.encoder.encode(slots, plain);
    openEncryptor(scheme, keys.publicKey, scheme).encrypt(plain, ciphertext);
    return saveCiphertext(scheme, ciphertext);
  };

  for (const [name, code] of [
    ["market-wide weights", MARKET_CODE],
    ["private weights", PRIVATE_CODE],
    ["a limit", limitCode("market")],
    ["a limit of its own block", limitCode("private")],
  ] as const) {
    it(`reads what a plan was encoded as, with ${name}`, () => {
      const cipher = cipherOf(code);
      const reader = readerOf(code);
      const own = { price: 15, quantity: 3 };
      for (const values of [plan, LEAST, MOST]) {
        // As text: −0 and 0 are one.
        expect(String(reader.numbers(cipher.encryptOffer(values).bytes))).to.equal(
          String(encodeOffer(code, values)),
        );
        expect(String(reader.numbers(cipher.encryptBid(values, own).bytes))).to.equal(
          String(encodeBid(code, values, own)),
        );
      }
    });

    it(`has no number of a block that is not even, with ${name}`, () => {
      const reader = readerOf(code);
      const want = encodeOffer(code, plan);
      for (const block of [0, code.blocks - 1]) {
        for (const place of ["first", "last"]) {
          const numbers = reader.numbers(
            forge(code, (slots, layout) => {
              slots[layout.slotOf(block, place === "first" ? 0 : layout.packSize - 1)]! += 1n;
            }),
          );
          want.forEach((number, i) =>
            expect(numbers[i], `block ${i}`).to.deep.equal(i === block ? Number.NaN : number),
          );
        }
      }
      // What the blocks leave over is nobody's.
      const spare = forge(code, (slots, { blocks, packSize }) => slots.fill(9n, blocks * packSize));
      expect(reader.numbers(spare)).to.deep.equal(want);
    });
  }

  it("finds no number in a pack or in a blinded upload", () => {
    const { bytes } = cipherOf(MARKET_CODE).encryptOffer(plan);
    const other = cipherOf(MARKET_CODE).encryptOffer(MOST).bytes;
    const blinder = new UploadBlinder(keyed.scheme, keyed.keys.publicKey);
    const reader = readerOf(MARKET_CODE);
    expect(reader.numbers(blinder.blind(bytes))).to.deep.equal(Array(9).fill(Number.NaN));
    const [first] = reader.numbers(packOffers(keyed, MARKET_CODE, [bytes, other])[0]!);
    expect(first).to.deep.equal(Number.NaN);
  });

  it("refuses what is no plan's ciphertext", () => {
    const { scheme, keys } = keyed;
    const { bytes } = cipherOf(MARKET_CODE).encryptOffer(plan);
    const reader = readerOf(MARKET_CODE);
    expect(() => reader.numbers(bytes.slice(1_000))).to.throw(MalformedCiphertextError);
    expect(() => reader.numbers(bytes.slice(0, -8))).to.throw(TruncatedCiphertextError);
    const packs = packOffers(keyed, MARKET_CODE, [bytes]);
    const masker = new DistanceMasker(scheme, MARKET_CODE, { ...keys, seed: SEED }, packs, 1);
    const [result] = masker.mask(bytes).distances;
    expect(() => reader.numbers(result!)).to.throw(WrongParametersError);
    reader.close();
    expect(() => reader.numbers(bytes)).to.throw();
  });
});
