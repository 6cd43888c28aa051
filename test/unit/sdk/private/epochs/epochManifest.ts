import { expect } from "chai";
import { keccak256 } from "ethers";
import { InvalidPointError } from "../../../../../sdk/private/babyJubjub.ts";
import {
  encodeManifest,
  envelopeKeyOf,
  manifestHash,
  packEnvelopeKey,
  parseManifest,
} from "../../../../../sdk/private/epochs/epochManifest.ts";
import { DEFAULT_FEATURES } from "../../../../../sdk/private/matching/defaultFeatures.ts";
import { MalformedMessageError } from "../../../../../sdk/private/wire/messageError.ts";
import { lowOrderPoints } from "../scene.ts";
import { KEY, MANIFEST, sent } from "./epochScene.ts";

describe("epochManifest", () => {
  it("comes back as it was, whatever the order of its keys", () => {
    expect(parseManifest(sent())).to.deep.equal(MANIFEST);
    const reversed = Object.fromEntries(Object.entries(sent()).reverse());
    expect(manifestHash(parseManifest(reversed))).to.equal(manifestHash(MANIFEST));
    expect(envelopeKeyOf(MANIFEST)).to.deep.equal(KEY);
  });

  it("has the hash of the bytes that are served", () => {
    expect(manifestHash(MANIFEST)).to.equal(keccak256(encodeManifest(MANIFEST)));
  });

  it("is refused where anything is missing, unknown or of another kind", () => {
    for (const key of Object.keys(sent())) {
      const { [key]: _, ...without } = sent();
      expect(() => parseManifest(without), key).to.throw(MalformedMessageError);
      expect(() => parseManifest(sent({ [key]: null })), key).to.throw(MalformedMessageError);
    }
    const [price] = DEFAULT_FEATURES.features;
    for (const changes of [
      { format: "sealwatt epoch 2" },
      { fromPeriod: 7 },
      { epoch: "2" },
      { extra: 1 },
      { schema: { ...DEFAULT_FEATURES, weights: "own" } },
      { schema: { ...DEFAULT_FEATURES, features: [{ ...price, kind: "other" }] } },
      { schema: { ...DEFAULT_FEATURES, features: [null] } },
      { schema: { ...DEFAULT_FEATURES, features: [{ ...price, least: "0" }] } },
      { schema: { ...DEFAULT_FEATURES, features: Array<unknown>(65).fill(price) } },
    ]) {
      expect(() => parseManifest(sent(changes))).to.throw(MalformedMessageError);
    }
  });

  it("is refused with an envelope key of low order", () => {
    for (const point of lowOrderPoints()) {
      const envelopeKey = packEnvelopeKey(point);
      expect(() => parseManifest(sent({ envelopeKey }))).to.throw(InvalidPointError);
    }
  });
});
