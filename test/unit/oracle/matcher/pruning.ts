import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import type { MatcherChain } from "../../../../oracle/matcher/chain/matcherChain.ts";
import { firstKeptPeriod, prune } from "../../../../oracle/matcher/pruning.ts";
import { BlobStore } from "../../../../oracle/matcher/store/blobStore.ts";
import { DeliveryBook } from "../../../../oracle/matcher/store/deliveryBook.ts";
import { MATCHER_TABLES } from "../../../../oracle/matcher/store/matcherTables.ts";
import { UploadBook } from "../../../../oracle/matcher/store/uploadBook.ts";
import { Log } from "../../../../oracle/operations/log.ts";
import { ServiceStore } from "../../../../oracle/store/serviceStore.ts";
import { contentHash } from "../../../../sdk/private/matching/contentHash.ts";

const POOL = { chainId: 31_337n, pool: `0x${"ab".repeat(20)}` };
const terms = { genesis: 1_000, periodLength: 100, reportingTime: 50 };
const chainAt = (nowS: number) => ({ nowS, terms }) as unknown as MatcherChain;

describe("prune", () => {
  let folder = "";
  let store: ServiceStore;
  let blobs: BlobStore;
  let uploads: UploadBook;
  let deliveries: DeliveryBook;

  beforeEach(async () => {
    folder = mkdtempSync(path.join(tmpdir(), "sealwatt-prune-"));
    const owner = { service: "matcher", ...POOL };
    store = ServiceStore.open(path.join(folder, "m.sqlite"), { owner, tables: MATCHER_TABLES });
    blobs = await BlobStore.open(path.join(folder, "blobs"));
    uploads = new UploadBook(store);
    deliveries = new DeliveryBook(store);
  });

  afterEach(() => {
    store.close();
    rmSync(folder, { recursive: true });
  });

  const blob = async (text: string) => {
    const bytes = Buffer.from(text);
    const hash = contentHash(bytes);
    await blobs.write(hash, bytes);
    return hash;
  };
  const upload = async (plan: bigint, period: bigint, envelope = `envelope ${plan}`) => {
    const [content, envelopeHash] = [await blob(`plan ${plan}`), await blob(envelope)];
    const uploadAddress = `0x${"11".repeat(20)}`;
    const signature = `0x${"22".repeat(65)}`;
    const header = { plan, period, side: "buy" as const, epoch: 1, contentHash: content };
    uploads.put({
      header: { ...header, originContentHash: content, envelopeHash, uploadAddress, signature },
      receipt: { plan, contentHash: content, takenAtS: 1, signature },
      bytes: 9,
    });
    return [content, envelopeHash] as const;
  };
  const run = (nowS: number) => {
    const log = new Log({ write: () => {} });
    return prune({ chain: chainAt(nowS), uploads, deliveries, blobs, keepS: 200, log });
  };

  it("keeps a period until its age after the end of its reports", () => {
    // Of period 3: 1,000 + 4 · 100 + 50 + 200.
    expect(firstKeptPeriod(chainAt(1_649), 200)).to.equal(3n);
    expect(firstKeptPeriod(chainAt(1_650), 200)).to.equal(4n);
    expect(firstKeptPeriod(chainAt(0), 200)).to.equal(0n);
  });

  it("removes what is old, once, and leaves the rest", async () => {
    const old = await upload(1n, 3n);
    const fresh = await upload(2n, 4n);
    const record = 7n;
    const ofDelivery = { contentHash: await blob("energy"), envelopeHash: await blob("signed") };
    deliveries.put({ record, period: 3n, epoch: 1, ...ofDelivery }, 5);
    expect(await run(1_649)).to.equal(0);
    expect(await run(1_650)).to.equal(4);
    for (const hash of [...old, ofDelivery.contentHash, ofDelivery.envelopeHash]) {
      expect(await blobs.has(hash)).to.equal(false);
    }
    for (const hash of fresh) expect(await blobs.has(hash)).to.equal(true);
    expect(await run(1_650)).to.equal(0);
    // That there was one is known.
    expect(uploads.get(1n)).to.not.equal(undefined);
  });

  it("leaves what something else needs", async () => {
    const [content, envelope] = await upload(1n, 3n, "shared");
    await upload(2n, 4n, "shared");
    await run(1_650);
    expect(await blobs.has(content)).to.equal(false);
    expect(await blobs.has(envelope)).to.equal(true);
  });
});
