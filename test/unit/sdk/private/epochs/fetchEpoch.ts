import { expect } from "chai";
import { BASE_POINT, multiplyPoint } from "../../../../../sdk/private/babyJubjub.ts";
import {
  manifestHash,
  packEnvelopeKey,
  type EpochKeyName,
} from "../../../../../sdk/private/epochs/epochManifest.ts";
import { fetchEpoch, fetchEpochKey } from "../../../../../sdk/private/epochs/fetchEpoch.ts";
import { ForeignEpochError, NoEpochError } from "../../../../../sdk/private/epochs/epochError.ts";
import { contentHash } from "../../../../../sdk/private/matching/contentHash.ts";
import { DEFAULT_FEATURES } from "../../../../../sdk/private/matching/defaultFeatures.ts";
import { FeatureSchemaError } from "../../../../../sdk/private/matching/matchingError.ts";
import { rejection } from "../../../../helpers/rejection.ts";
import { KEYS, MANIFEST, serviceOf, recordOf } from "./epochScene.ts";

describe("fetchEpoch", () => {
  it("takes what was announced", async () => {
    const { client, asked } = serviceOf();
    const { manifest, code } = await fetchEpoch(client, recordOf(), 9n);
    expect(manifest).to.deep.equal(MANIFEST);
    expect(code.schema).to.deep.equal(DEFAULT_FEATURES);
    expect(asked).to.deep.equal(["/epochs/2"]);
    for (const name of Object.keys(KEYS) as EpochKeyName[]) {
      expect(Buffer.from(await fetchEpochKey(client, manifest, name))).to.deep.equal(KEYS[name]);
    }
  });

  it("takes nothing before the first epoch", async () => {
    const { client, asked } = serviceOf();
    expect(await rejection(fetchEpoch(client, recordOf(), 6n))).to.be.instanceOf(NoEpochError);
    expect(asked).to.deep.equal([]);
  });

  it("refuses another manifest, whatever of it is another", async () => {
    const [first, ...others] = DEFAULT_FEATURES.features;
    for (const changes of [
      // Keys that whoever serves them has made itself.
      { publicKeyHash: contentHash(Buffer.from("my own")) },
      { envelopeKey: packEnvelopeKey(multiplyPoint(BASE_POINT, 5n)) },
      { publicKeyHash: MANIFEST.deliveryKeyHash, deliveryKeyHash: MANIFEST.publicKeyHash },
      { epoch: 3 },
      { fromPeriod: 8n },
      { schema: { ...DEFAULT_FEATURES, features: [{ ...first, weight: 0.5 }, ...others] } },
      { schema: { ...DEFAULT_FEATURES, features: [...others, first] } },
    ]) {
      const { client } = serviceOf({ ...MANIFEST, ...changes });
      const error = await rejection(fetchEpoch(client, recordOf(), 9n));
      expect(error).to.be.instanceOf(ForeignEpochError);
    }
  });

  it("refuses a manifest that was announced for another epoch", async () => {
    const { client } = serviceOf();
    for (const changes of [{ epoch: 3 }, { fromPeriod: 8n }]) {
      const record = {
        epochOfPeriod: async () => ({
          epoch: 2,
          fromPeriod: 7n,
          manifestHash: manifestHash(MANIFEST),
          ...changes,
        }),
      };
      const error = await rejection(fetchEpoch(client, record, 9n));
      expect(error).to.be.instanceOf(ForeignEpochError);
    }
  });

  it("refuses a schema that cannot be matched by, also where it was announced", async () => {
    const bad = { ...MANIFEST, schema: { ...DEFAULT_FEATURES, resolution: 100_000 } };
    const { client } = serviceOf(bad);
    const error = await rejection(fetchEpoch(client, recordOf(bad), 9n));
    expect(error).to.be.instanceOf(FeatureSchemaError);
  });

  it("refuses keys that were swapped, cut or made by who serves them", async () => {
    const { client } = serviceOf(MANIFEST, {
      "public-key": KEYS["delivery-key"],
      "delivery-key": KEYS["public-key"],
      "relin-keys": KEYS["relin-keys"].slice(1),
    });
    for (const name of Object.keys(KEYS) as EpochKeyName[]) {
      const error = await rejection(fetchEpochKey(client, MANIFEST, name));
      expect(error).to.be.instanceOf(ForeignEpochError);
    }
  });
});
