import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import type { MatcherChain } from "../../../../oracle/matcher/chain/matcherChain.ts";
import { firstKeptPeriod, prune, removeOrphans } from "../../../../oracle/matcher/pruning.ts";
import { AnswerBook } from "../../../../oracle/matcher/store/answerBook.ts";
import { BlobStore } from "../../../../oracle/matcher/store/blobStore.ts";
import { DeliveryBook } from "../../../../oracle/matcher/store/deliveryBook.ts";
import { MATCHER_TABLES } from "../../../../oracle/matcher/store/matcherTables.ts";
import { RoundBook } from "../../../../oracle/matcher/store/roundBook.ts";
import { UploadBook } from "../../../../oracle/matcher/store/uploadBook.ts";
import { Log } from "../../../../oracle/operations/log.ts";
import { ServiceStore } from "../../../../oracle/store/serviceStore.ts";
import { contentHash } from "../../../../sdk/private/matching/contentHash.ts";
import type { ServiceAnswer } from "../../../../sdk/private/wire/serviceClient.ts";

const POOL = { chainId: 31_337n, pool: `0x${"ab".repeat(20)}` };
const terms = { genesis: 1_000, periodLength: 100, reportingTime: 50 };
const chainAt = (nowS: number) => ({ nowS, terms }) as unknown as MatcherChain;

describe("prune", () => {
  let folder = "";
  let store: ServiceStore;
  let blobs: BlobStore;
  let uploads: UploadBook;
  let deliveries: DeliveryBook;
  let rounds: RoundBook;
  let answers: AnswerBook;

  beforeEach(async () => {
    folder = mkdtempSync(path.join(tmpdir(), "sealwatt-prune-"));
    const owner = { service: "matcher", ...POOL };
    store = ServiceStore.open(path.join(folder, "m.sqlite"), { owner, tables: MATCHER_TABLES });
    blobs = await BlobStore.open(path.join(folder, "blobs"));
    uploads = new UploadBook(store);
    deliveries = new DeliveryBook(store);
    rounds = new RoundBook(store);
    answers = new AnswerBook(store);
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
    const left = uploads.put({
      header: { ...header, originContentHash: content, envelopeHash, uploadAddress, signature },
      receipt: { plan, contentHash: content, takenAtS: 1, signature },
      bytes: 9,
    });
    return { hashes: [content, envelopeHash], left };
  };
  const run = (nowS: number) => {
    const log = new Log({ write: () => {} });
    const books = { uploads, deliveries, rounds, answers, blobs };
    return prune({ ...books, chain: chainAt(nowS), keepS: 200, log });
  };

  it("keeps a period until its age after the end of its reports", () => {
    // Of period 3: 1,000 + 4 · 100 + 50 + 200.
    expect(firstKeptPeriod(chainAt(1_649), 200)).to.equal(3n);
    expect(firstKeptPeriod(chainAt(1_650), 200)).to.equal(4n);
    expect(firstKeptPeriod(chainAt(0), 200)).to.equal(0n);
  });

  it("removes what is old, once, and leaves the rest", async () => {
    const { hashes: old } = await upload(1n, 3n);
    const { hashes: fresh } = await upload(2n, 4n);
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
    const [content, envelope] = (await upload(1n, 3n, "shared")).hashes as [string, string];
    await upload(2n, 4n, "shared");
    await run(1_650);
    expect(await blobs.has(content)).to.equal(false);
    expect(await blobs.has(envelope)).to.equal(true);
  });

  const draw = (period: bigint, id: string) => {
    const place = { format: "sealwatt round 1" as const, period, round: 0, epoch: 1 };
    return rounds.draw({ ...place, plans: [], bidLeaves: [], offerLeaves: [] }, id, 1);
  };
  const answerOf = (question: string): { question: string; answer: ServiceAnswer } => {
    const call = { method: "POST", path: "/x", body: new Uint8Array() };
    const bytes = Buffer.from(question);
    return {
      question,
      answer: { call, status: 200, bytes, signature: "0x" } as unknown as ServiceAnswer,
    };
  };

  it("forgets old rounds that have ended and their answers, but for what is evidence", async () => {
    const ids = ["0xaa", "0xab", "0xac"] as const;
    const [old, open, fresh] = [draw(2n, ids[0]), draw(3n, ids[1]), draw(4n, ids[2])];
    for (const round of [old, fresh]) rounds.setState(round, "finished");
    rounds.setState(open, "paired");
    const questions = (id: string) =>
      ["round", "squares", "ranks", "pairs", "pair", "finish"].map((kind) =>
        ["ranks", "pair"].includes(kind) ? `${kind} ${id} 7` : `${kind} ${id}`,
      );
    for (const id of ids) answers.keep(questions(id).map(answerOf));
    // Each of the two is worth nothing without the other.
    answers.keep([{ question: "pairs 0xaa", answer: answerOf("otherwise").answer }]);
    await run(1_650);
    expect(questions("0xaa").filter((one) => answers.get(one) !== undefined)).to.deep.equal([
      "pairs 0xaa",
    ]);
    for (const id of ["0xab", "0xac"]) {
      expect(questions(id).every((one) => answers.get(one) !== undefined)).to.equal(true);
    }
    expect([2n, 3n, 4n].map((period) => rounds.ofPeriod(period).length)).to.deep.equal([0, 1, 1]);
  });

  it("tells what the upload that is replaced has left", async () => {
    const { hashes, left } = await upload(1n, 3n);
    expect(left).to.deep.equal([]);
    expect((await upload(1n, 3n, "another")).left).to.deep.equal(hashes);
  });

  it("removes files that crashes left, at a start", async () => {
    const { hashes } = await upload(1n, 3n);
    const [pruned] = (await upload(2n, 3n)).hashes as [string];
    uploads.setPruned([2n]);
    const record = 7n;
    const delivered = await blob("energy");
    const ofDelivery = { contentHash: delivered, envelopeHash: delivered };
    deliveries.put({ record, period: 3n, epoch: 1, ...ofDelivery }, 5);
    const key = await blob("an epoch's key");
    const unknown = await blob("written before the process died");
    const log = new Log({ write: () => {} });
    const epochs = { keyHashes: new Set([key]) };
    await removeOrphans({ uploads, deliveries, epochs, blobs, log });
    const there = async (all: readonly string[]) => Promise.all(all.map((hash) => blobs.has(hash)));
    expect(await there([...hashes, delivered, key])).to.deep.equal([true, true, true, true]);
    expect(await there([pruned, unknown])).to.deep.equal([false, false]);
  });
});
