import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import type { MatcherChain } from "../../../../../oracle/matcher/chain/matcherChain.ts";
import { EpochMirror } from "../../../../../oracle/matcher/epochs/epochMirror.ts";
import type { KeyHolderClient } from "../../../../../oracle/matcher/keyHolder/keyHolderClient.ts";
import { MissingKeyError } from "../../../../../oracle/matcher/matcherErrors.ts";
import { BlobStore } from "../../../../../oracle/matcher/store/blobStore.ts";
import { MATCHER_TABLES } from "../../../../../oracle/matcher/store/matcherTables.ts";
import { ServiceStore } from "../../../../../oracle/store/serviceStore.ts";
import { encodeManifest, manifestHash } from "../../../../../sdk/private/epochs/epochManifest.ts";
import { rejection } from "../../../../helpers/rejection.ts";
import { KEYS, MANIFEST, serviceOf } from "../../../sdk/private/epochs/epochScene.ts";

const OTHER = { ...MANIFEST, fromPeriod: MANIFEST.fromPeriod + 1n };
const KEY_PATH = /^\/epochs\/\d+\/[a-z-]+$/;

/** Never ends by itself. */
async function untilAborted(signal?: AbortSignal): Promise<never> {
  if (signal === undefined) throw new Error("Nobody can end this.");
  await new Promise((resolve) => signal.addEventListener("abort", resolve));
  throw signal.reason;
}

describe("EpochMirror", () => {
  let folder = "";
  let store: ServiceStore;
  let announced: string;
  let mirror: EpochMirror;
  let blobs: BlobStore;
  let asked: string[];
  let open: () => EpochMirror;
  /** Called where the key holder is asked for a key and says nothing; unless given, it answers. */
  let onSilence: (() => void) | undefined;

  beforeEach(async () => {
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
    blobs = await BlobStore.open(path.join(folder, "blobs"));
    const service = serviceOf();
    asked = service.asked;
    onSilence = undefined;
    const keyHolder = {
      get: async (keyPath: string, signal?: AbortSignal) => {
        if (onSilence === undefined || !KEY_PATH.test(keyPath)) {
          return service.client.get(keyPath, signal);
        }
        const aborted = untilAborted(signal);
        onSilence();
        return aborted;
      },
    } as unknown as KeyHolderClient;
    open = () => new EpochMirror({ store, blobs, chain, keyHolder });
    mirror = open();
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
  });

  it("has none that the chain has not, also after a reorganisation", () => {
    keep(MANIFEST);
    expect(mirror.manifestOf(MANIFEST.epoch)).to.deep.equal(MANIFEST);
    announced = manifestHash(OTHER);
    expect(mirror.manifestOf(MANIFEST.epoch)).to.equal(undefined);
    keep(OTHER);
    expect(mirror.manifestOf(MANIFEST.epoch)).to.deep.equal(OTHER);
  });

  /** Of the relinearisation keys. */
  const keyFile = () => {
    const digits = MANIFEST.relinKeysHash.slice(2);
    return path.join(folder, "blobs", digits.slice(0, 2), digits);
  };

  it("fetches each key once, and after a start none that is there", async () => {
    await mirror.refresh();
    expect(mirror.missing).to.deep.equal([]);
    expect(asked).to.have.length(4);
    mirror = open();
    expect(mirror.missing, "not looked at yet").to.deep.equal([MANIFEST.epoch]);
    await mirror.refresh();
    expect(mirror.missing).to.deep.equal([]);
    expect(asked).to.have.length(4);
  });

  for (const [what, spoil] of [
    ["is missing", () => rmSync(keyFile())],
    ["was damaged", () => writeFileSync(keyFile(), "damaged")],
  ] as const) {
    it(`fetches a key again that ${what} at the start`, async () => {
      await mirror.refresh();
      spoil();
      mirror = open();
      await mirror.refresh();
      expect(asked.slice(4)).to.deep.equal([`/epochs/${MANIFEST.epoch}/relin-keys`]);
      expect(mirror.missing).to.deep.equal([]);
      expect((await mirror.epoch(MANIFEST.epoch))!.relinKeys).to.deep.equal(KEYS["relin-keys"]);
    });
  }

  for (const [what, prepare] of [
    ["of a new epoch", async () => {}],
    [
      "that the disk has lost",
      async () => {
        await mirror.refresh();
        rmSync(keyFile());
        mirror = open();
      },
    ],
  ] as const) {
    it(`waits no longer for a key ${what} when it is to stop`, async () => {
      await prepare();
      const stopping = new AbortController();
      const reason = new Error("The service stops.");
      onSilence = () => stopping.abort(reason);
      expect(await rejection(mirror.refresh(stopping.signal))).to.equal(reason);
    });
  }

  it("says which key cannot be read, counts its epoch as missing, and fetches it again", async () => {
    await mirror.refresh();
    rmSync(keyFile());
    const error = await mirror.keyOf(MANIFEST, "relin-keys").catch((thrown: unknown) => thrown);
    expect(error).to.be.instanceOf(MissingKeyError).and.to.include({ status: 503 });
    expect((error as Error).message).to.match(/relin-keys of epoch 2 .*fetches it/s);
    expect(mirror.missing).to.deep.equal([MANIFEST.epoch]);
    await mirror.refresh();
    expect(mirror.missing).to.deep.equal([]);
    expect(await mirror.keyOf(MANIFEST, "relin-keys")).to.deep.equal(KEYS["relin-keys"]);
  });

  it("names the keys of all that it has fetched", () => {
    keep(MANIFEST);
    announced = manifestHash(OTHER);
    const { publicKeyHash, relinKeysHash, deliveryKeyHash } = MANIFEST;
    expect(mirror.keyHashes).to.have.keys([publicKeyHash, relinKeysHash, deliveryKeyHash]);
  });
});
