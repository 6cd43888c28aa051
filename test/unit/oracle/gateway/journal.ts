import { appendFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { Journal, JournalError, type JournalEntry } from "../../../../oracle/gateway/journal.ts";
import { ForeignJournalError, ReadingStore } from "../../../../oracle/gateway/readingStore.ts";

const OWNER = { chainId: 1n, market: "0x1111111111111111111111111111111111111111" };
const reading = (period: number, participant = 5) => ({
  participant,
  meterId: 9,
  period,
  importWh: 1000n * BigInt(period),
  exportWh: 7n,
});

async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe("Journal", () => {
  let folder: string;
  let path: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "sealwatt-test-"));
    path = join(folder, "readings.jsonl");
  });

  afterEach(() => rm(folder, { recursive: true }));

  it("gives back what was appended", async () => {
    const entry: JournalEntry = { type: "sent", participant: 2, period: 3 };
    const { journal } = await Journal.open(path);
    await journal.append([entry]);
    await journal.close();
    const again = await Journal.open(path);
    await again.journal.close();
    expect(again.entries).to.deep.equal([entry]);
  });

  it("cuts off a line that a crash left unfinished, and goes on behind the last whole one", async () => {
    const entry: JournalEntry = { type: "sent", participant: 2, period: 3 };
    await writeFile(path, `${JSON.stringify(entry)}\n{"type":"sent","partic`);
    const { journal, entries } = await Journal.open(path);
    await journal.append([entry]);
    await journal.close();
    expect(entries).to.deep.equal([entry]);
    expect(await readFile(path, "utf8")).to.equal(`${JSON.stringify(entry)}\n`.repeat(2));
  });

  it("names a line that is damaged", async () => {
    await writeFile(path, '{"type":"sent","participant":1,"period":1}\nnoise\n{}\n');
    const error = await failureOf(Journal.open(path));
    expect(error).to.be.instanceOf(JournalError);
    expect((error as JournalError).shortMessage).to.match(/^Line 2 of the journal/);
  });

  it("says where its folder is missing", async () => {
    const error = await failureOf(Journal.open(join(folder, "missing", "journal")));
    expect(error).to.be.instanceOf(JournalError);
  });

  it("writes nothing more after a write has failed", async () => {
    const { journal } = await Journal.open(path);
    await journal.append([{ type: "sent", participant: 1, period: 1 }]);
    await journal.close();
    const first = await failureOf(journal.append([{ type: "sent", participant: 1, period: 2 }]));
    const second = await failureOf(journal.append([{ type: "sent", participant: 1, period: 3 }]));
    expect(first).to.be.instanceOf(JournalError);
    expect(second).to.equal(first);
  });

  describe("as a store of readings", () => {
    it("has every step of every reading again after a restart", async () => {
      const store = await ReadingStore.open(path, OWNER);
      await store.storeRead([reading(1), reading(2), reading(3)], 100);
      const [first, second] = store.pending();
      first!.signed = { reading: 1n, r: "0x01", vs: "0x02" };
      second!.signed = { reading: 2n, r: "0x03", vs: "0x04" };
      await store.storeSigned([first!, second!]);
      await store.storeSent([first!]);
      await store.storeOutcome([{ type: "counted", participant: 5, period: 1, hash: "0xaa" }]);
      await store.close();

      const again = await ReadingStore.open(path, OWNER);
      const pending = again.pending();
      await again.close();
      expect(pending.map(({ reading: { period } }) => period)).to.deep.equal([2, 3]);
      expect(pending[0]!.signed).to.include({ r: "0x03", vs: "0x04" });
      expect(pending[0]!.reading).to.deep.equal(reading(2));
      expect(pending[1]!.signed).to.equal(undefined);
      expect(again.latestPeriodOf(5)).to.equal(3);
      expect(again.latestPeriodOf(6)).to.equal(-1);
      expect(again.counts).to.deep.equal({ read: 3, counted: 1, refused: 0 });
    });

    it("gives readings in the order of their periods, whenever they were stored", async () => {
      const store = await ReadingStore.open(path, OWNER);
      await store.storeRead([reading(3, 8), reading(2, 9), reading(2, 4)], 100);
      const places = store
        .pending()
        .map(({ reading: { period, participant } }) => [period, participant]);
      await store.close();
      expect(places).to.deep.equal([
        [2, 4],
        [2, 9],
        [3, 8],
      ]);
    });

    it("counts a reading once, however often it was sent", async () => {
      const store = await ReadingStore.open(path, OWNER);
      await store.storeRead([reading(1)], 100);
      const outcome = { type: "counted", participant: 5, period: 1, hash: "0xaa" } as const;
      await store.storeOutcome([outcome, outcome]);
      await store.close();
      expect(store.counts).to.deep.equal({ read: 1, counted: 1, refused: 0 });
    });

    it("refuses the journal of another market", async () => {
      await (await ReadingStore.open(path, OWNER)).close();
      const other = { ...OWNER, chainId: 2n };
      expect(await failureOf(ReadingStore.open(path, other))).to.be.instanceOf(ForeignJournalError);
    });

    it("survives a torn line at its end", async () => {
      const store = await ReadingStore.open(path, OWNER);
      await store.storeRead([reading(1)], 100);
      await store.close();
      await appendFile(path, '{"type":"read","participant":5,"meterId":9,"per');
      const again = await ReadingStore.open(path, OWNER);
      await again.close();
      expect(again.pending().map(({ reading: { period } }) => period)).to.deep.equal([1]);
    });
  });
});
