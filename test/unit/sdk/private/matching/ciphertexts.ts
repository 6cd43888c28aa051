import { expect } from "chai";
import {
  CIPHERTEXT_PREFIX_BYTES,
  loadCiphertext,
} from "../../../../../sdk/private/matching/ciphertextBytes.ts";
import { contentHash } from "../../../../../sdk/private/matching/contentHash.ts";
import { DistanceMasker } from "../../../../../sdk/private/matching/distanceMasker.ts";
import {
  CiphertextError,
  MalformedCiphertextError,
  MalformedKeyError,
  OversizedCiphertextError,
  TruncatedCiphertextError,
  WrongParametersError,
} from "../../../../../sdk/private/matching/matchingError.ts";
import { loadPublicKey, loadSecretKey } from "../../../../../sdk/private/matching/heKeys.ts";
import { OfferPacker } from "../../../../../sdk/private/matching/offerPacker.ts";
import { PlanCipher } from "../../../../../sdk/private/matching/planCipher.ts";
import { RankReader } from "../../../../../sdk/private/matching/rankReader.ts";
import { seededRandom } from "../../../../../sdk/seededRandom.ts";
import {
  deliveryScheme,
  MARKET_CODE,
  matchingScheme,
  packOffers,
  SEED,
  type KeyedScheme,
} from "./matchingScene.ts";

const VALUES = {
  price: 420_000,
  quantity: 12_000,
  environment: 80,
  reputation: 97,
  energyType: "solar",
};

const changed = (bytes: Uint8Array, change: (copy: Uint8Array) => void): Uint8Array => {
  const copy = bytes.slice();
  change(copy);
  return copy;
};

describe("ciphertexts from outside", function () {
  this.timeout(60_000);
  let keyed: KeyedScheme;
  let good: Uint8Array;

  before(async () => {
    keyed = await matchingScheme();
    const cipher = new PlanCipher(keyed.scheme, MARKET_CODE, keyed.keys.publicKey);
    good = cipher.encryptOffer(VALUES).bytes;
  });

  const load = (bytes: Uint8Array): void => {
    const ciphertext = new keyed.scheme.seal.Ciphertext();
    try {
      loadCiphertext(
        keyed.scheme,
        keyed.scheme.freshLevel,
        "offer's ciphertext",
        bytes,
        ciphertext,
      );
    } finally {
      ciphertext.delete();
    }
  };

  it("come through bytes unchanged, below 500 kB", () => {
    const { scheme } = keyed;
    const ciphertext = new scheme.seal.Ciphertext();
    loadCiphertext(scheme, scheme.freshLevel, "offer's ciphertext", good, ciphertext);
    const again = ciphertext.saveToArray(scheme.seal.ComprModeType.none) as Uint8Array;
    ciphertext.delete();
    expect(again).to.deep.equal(good);
    expect(good.length).to.equal(393_329);
  });

  it("are taken as a Buffer and from within other bytes, and so are keys", () => {
    const { scheme, keys } = keyed;
    load(Buffer.from(good));
    load(new Uint8Array([1, 2, 3, ...good]).subarray(3));
    loadPublicKey(scheme, Buffer.from(keys.publicKey));
    loadSecretKey(scheme, new Uint8Array([1, ...keys.secretKey]).subarray(1));
  });

  it("differ for one plan, and so do their hashes", () => {
    const cipher = new PlanCipher(keyed.scheme, MARKET_CODE, keyed.keys.publicKey);
    const [first, second] = [cipher.encryptOffer(VALUES), cipher.encryptOffer(VALUES)];
    expect(first.contentHash)
      .to.match(/^0x[0-9a-f]{64}$/)
      .and.equal(contentHash(first.bytes));
    expect(second.contentHash).not.to.equal(first.contentHash);
  });

  const cases: [string, new (...args: never[]) => CiphertextError, () => Uint8Array][] = [
    ["nothing", TruncatedCiphertextError, () => new Uint8Array()],
    ["a header alone", TruncatedCiphertextError, () => good.slice(0, 16)],
    ["one byte too few", TruncatedCiphertextError, () => good.slice(0, -1)],
    ["one byte too many", OversizedCiphertextError, () => Uint8Array.from([...good, 0])],
    [
      "ten ciphertexts in one",
      OversizedCiphertextError,
      () => new Uint8Array(Buffer.concat(Array.from({ length: 10 }, () => good))),
    ],
    ["random bytes", MalformedCiphertextError, () => crypto.getRandomValues(new Uint8Array(5_000))],
    ["text", MalformedCiphertextError, () => new TextEncoder().encode('{"ciphertext":"…"}')],
    ["another version", MalformedCiphertextError, () => changed(good, (copy) => (copy[3] = 5))],
    [
      "a wrong length inside",
      MalformedCiphertextError,
      () => changed(good, (copy) => copy.fill(255, 8, 16)),
    ],
    [
      "an id of other parameters",
      WrongParametersError,
      () => changed(good, (copy) => (copy[20]! ^= 1)),
    ],
    ["NTT form", MalformedCiphertextError, () => changed(good, (copy) => (copy[48] = 1))],
    ["three polynomials", MalformedCiphertextError, () => changed(good, (copy) => (copy[49] = 3))],
    [
      "a coefficient at its prime",
      MalformedCiphertextError,
      () =>
        changed(good, (copy) =>
          new DataView(copy.buffer).setBigUint64(
            CIPHERTEXT_PREFIX_BYTES,
            keyed.scheme.parameters.coeffModulus[0]!,
            true,
          ),
        ),
    ],
    [
      "nothing secret: a second polynomial of 0",
      MalformedCiphertextError,
      () => changed(good, (copy) => copy.fill(0, CIPHERTEXT_PREFIX_BYTES + 196_608)),
    ],
    [
      "zeros",
      MalformedCiphertextError,
      () => changed(good, (copy) => copy.fill(0, CIPHERTEXT_PREFIX_BYTES)),
    ],
  ];
  for (const [what, errorClass, make] of cases) {
    it(`are refused where they are ${what}`, () => {
      expect(() => load(make())).to.throw(
        errorClass as unknown as ErrorConstructor,
        "offer's ciphertext",
      );
      load(good);
    });
  }

  it("are refused compressed, of a size that SEAL would unpack", () => {
    const { seal, context } = keyed.scheme;
    const ciphertext = new seal.Ciphertext();
    ciphertext.loadFromArray(context, good);
    for (const mode of [seal.ComprModeType.zlib, seal.ComprModeType.zstd]) {
      const bytes = ciphertext.saveToArray(mode) as Uint8Array;
      expect(() => load(bytes)).to.throw(MalformedCiphertextError, "uncompressed");
    }
    ciphertext.delete();
  });

  it("are refused of the other scheme", async () => {
    const { scheme, keys } = await deliveryScheme();
    const encryptor = new scheme.seal.Encryptor(
      scheme.context,
      loadPublicKey(scheme, keys.publicKey),
    );
    const ciphertext = new scheme.seal.Ciphertext();
    encryptor.encryptZero(ciphertext);
    const bytes = ciphertext.saveToArray(scheme.seal.ComprModeType.none) as Uint8Array;
    ciphertext.delete();
    encryptor.delete();
    expect(() => load(bytes)).to.throw(WrongParametersError);
  });

  it("never bring SEAL down, whatever byte is changed", () => {
    const source = seededRandom(3, "bytes");
    const random = () => source.uniform();
    let refused = 0;
    for (let run = 0; run < 400; run++) {
      const at = Math.floor(random() * (run % 2 === 0 ? CIPHERTEXT_PREFIX_BYTES : good.length));
      const bytes = changed(good, (copy) => (copy[at]! ^= 1 << Math.floor(random() * 8)));
      try {
        load(bytes);
      } catch (error) {
        expect(error).to.be.instanceOf(CiphertextError);
        refused++;
      }
    }
    expect(refused).to.be.at.least(200);
    load(good);
  });

  it("leave a pack as it was where one is refused", () => {
    const packer = new OfferPacker(keyed.scheme, MARKET_CODE);
    packer.add(0, good);
    expect(() => packer.add(1, good.slice(1))).to.throw(CiphertextError);
    const pack = packer.finish();
    expect(pack).to.deep.equal(packOffers(keyed, MARKET_CODE, [good])[0]);
  });

  it("have a position within the pack", () => {
    const packer = new OfferPacker(keyed.scheme, MARKET_CODE);
    // Nine numbers: 910 positions; the next one would be the first of another block.
    packer.add(909, good);
    for (const position of [910, -1, 0.5]) {
      expect(() => packer.add(position, good)).to.throw(RangeError, `${position} is not below 910`);
    }
    packer.close();
  });

  it("are not opened by the key holder as they are, nor as packs", () => {
    const reader = new RankReader(keyed.scheme, MARKET_CODE, keyed.keys.secretKey);
    expect(() => reader.rank({ distances: [good], limits: [] }, 1)).to.throw(WrongParametersError);
    expect(() =>
      reader.rank({ distances: packOffers(keyed, MARKET_CODE, [good]), limits: [] }, 1),
    ).to.throw(WrongParametersError);
    expect(() => reader.rank({ distances: [], limits: [] }, 1)).to.throw(
      MalformedCiphertextError,
      "0 ciphertexts for 1 offers",
    );
  });

  it("are ranked only as far as is asked for", () => {
    const { scheme, keys } = keyed;
    const offers = [1, 2, 3, 4, 5].map(() => good);
    const packs = packOffers(keyed, MARKET_CODE, offers);
    const masker = new DistanceMasker(scheme, MARKET_CODE, { ...keys, seed: SEED }, packs, 5);
    const masked = masker.mask(good);
    const reader = new RankReader(scheme, MARKET_CODE, keys.secretKey);
    const all = reader.rank(masked, 5).nearest;
    expect(all).to.have.length(5);
    expect(reader.rank(masked, 5, 2).nearest).to.deep.equal(all.slice(0, 2));
    expect(() => reader.rank(masked, 2 ** 17)).to.throw(RangeError);
  });

  it("are not taken as masked distances of more offers than there are packs", () => {
    const packs = packOffers(keyed, MARKET_CODE, [good]);
    const keys = { ...keyed.keys, seed: SEED };
    expect(() => new DistanceMasker(keyed.scheme, MARKET_CODE, keys, packs, 5_000)).to.throw(
      RangeError,
    );
  });
});

describe("keys from outside", () => {
  it("are refused cut, compressed, of other parameters, or of another kind", async () => {
    const { scheme, keys } = await matchingScheme();
    const other = await deliveryScheme();
    const { publicKey, secretKey } = keys;
    expect(() => loadPublicKey(scheme, publicKey.slice(0, -1))).to.throw(MalformedKeyError);
    expect(() => loadPublicKey(scheme, new Uint8Array(3))).to.throw(MalformedKeyError);
    expect(() =>
      loadPublicKey(
        scheme,
        changed(publicKey, (copy) => (copy[5] = 2)),
      ),
    ).to.throw(MalformedKeyError);
    expect(() => loadPublicKey(scheme, other.keys.publicKey)).to.throw(MalformedKeyError);
    expect(() => loadPublicKey(scheme, secretKey)).to.throw(MalformedKeyError);
    expect(() => loadSecretKey(scheme, publicKey)).to.throw(MalformedKeyError);
    loadSecretKey(scheme, secretKey);
  });
});
