import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import type { MatcherChain } from "../../../../../oracle/matcher/chain/matcherChain.ts";
import { EpochMirror } from "../../../../../oracle/matcher/epochs/epochMirror.ts";
import type { KeyHolderClient } from "../../../../../oracle/matcher/keyHolder/keyHolderClient.ts";
import type { BlobStore } from "../../../../../oracle/matcher/store/blobStore.ts";
import { MATCHER_TABLES } from "../../../../../oracle/matcher/store/matcherTables.ts";
import { ServiceStore } from "../../../../../oracle/store/serviceStore.ts";
import { encodeManifest, manifestHash } from "../../../../../sdk/private/epochs/epochManifest.ts";
import { MANIFEST } from "../../../sdk/private/epochs/epochScene.ts";

const OTHER = { ...MANIFEST, fromPeriod: MANIFEST.fromPeriod + 1n };

describe("EpochMirror", () => {
  let folder = "";
  let store: ServiceStore;
  let announced: string;
  let mirror: EpochMirror;

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "sealwatt-epochs-"));
    const owner = { service: "matcher", chainId: 31_337n, pool: `0x${"ab".repeat(20)}` };
    store = ServiceStore.open(path.join(folder, "m.sqlite"), { owner, tables: MATCHER_TABLES });
    announced = manifestHash(MANIFEST);
    const { epoch, fromPeriod } = MANIFEST;
    const chain = {
      get epochs() {
        return [{ epoch, fromPeriod, manifestHash: announced }];
      },
    } as unknown as MatcherChain;
    const blobs = {} as unknown as BlobStore;
    const keyHolder = {} as unknown as KeyHolderClient;
    mirror = new EpochMirror({ store, blobs, chain, keyHolder });
  });

  afterEach(() => {
    store.close();
    rmSync(folder, { recursive: true });
  });

  const keep = (manifest: typeof MANIFEST) =>
    store.run(
      "INSERT OR REPLACE INTO epochs VALUES (?, ?, '0x')",
      manifest.epoch,
      Buffer.from(encodeManifest(manifest)).toString(),
    );

  it("reads a manifest once, however often it is asked for", () => {
    expect(mirror.manifestOf(MANIFEST.epoch)).to.equal(undefined);
    expect(mirror.missing).to.deep.equal([MANIFEST.epoch]);
    keep(MANIFEST);
    const first = mirror.manifestOf(MANIFEST.epoch);
    expect(first).to.deep.equal(MANIFEST);
    expect(mirror.manifestOf(MANIFEST.epoch)).to.equal(first);
    expect(mirror.known).to.deep.equal([{ manifest: MANIFEST, manifestHash: announced }]);
    expect(mirror.missing).to.deep.equal([]);
  });

  it("has none that the chain has not, also after a reorganisation", () => {
    keep(MANIFEST);
    expect(mirror.manifestOf(MANIFEST.epoch)).to.deep.equal(MANIFEST);
    announced = manifestHash(OTHER);
    expect(mirror.manifestOf(MANIFEST.epoch)).to.equal(undefined);
    keep(OTHER);
    expect(mirror.manifestOf(MANIFEST.epoch)).to.deep.equal(OTHER);
  });

  it("names the keys of all that it has fetched", () => {
    keep(MANIFEST);
    announced = manifestHash(OTHER);
    const { publicKeyHash, relinKeysHash, deliveryKeyHash } = MANIFEST;
    expect(mirror.keyHashes).to.have.keys([publicKeyHash, relinKeysHash, deliveryKeyHash]);
  });
});
