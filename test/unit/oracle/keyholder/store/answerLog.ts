import {
  appendFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { AnswerLog } from "../../../../../oracle/keyholder/store/answerLog.ts";
import { RankBook } from "../../../../../oracle/keyholder/store/rankBook.ts";
import { rejection } from "../../../../helpers/rejection.ts";

const answerOf = (position: number) =>
  JSON.stringify({ position, nearest: [3, 1], outOfRange: [] });

describe("AnswerLog", function () {
  // A busy disk takes its time for each sync.
  this.timeout(20_000);
  let folder: string;
  let file: string;

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "sealwatt-answers-"));
    file = path.join(folder, "round.ranks");
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("keeps many answers at once, over a restart, for nobody else", async () => {
    const log = new AnswerLog(file);
    await Promise.all(Array.from({ length: 50 }, (_, i) => log.add(i, answerOf(i))));
    await log.add(50, answerOf(50));
    await log.close();
    const again = new AnswerLog(file);
    expect([...again.answers.keys()]).to.deep.equal(Array.from({ length: 51 }, (_, i) => i));
    expect(again.answers.get(7)).to.equal(answerOf(7));
    expect(statSync(file).mode & 0o777).to.equal(0o600);
  });

  it("shows an answer only when it is on the disk", async () => {
    const log = new AnswerLog(file);
    const kept = log.add(0, answerOf(0));
    expect(log.answers.size).to.equal(0);
    await kept;
    expect(readFileSync(file, "utf8")).to.contain(answerOf(0));
    await log.close();
  });

  it("cuts off what a crash has torn, at whichever byte, and goes on behind the last whole answer", async () => {
    const log = new AnswerLog(file);
    await log.add(0, answerOf(0));
    const whole = readFileSync(file).length;
    await log.add(1, answerOf(1));
    await log.close();
    const bytes = readFileSync(file);
    for (let cut = whole; cut < bytes.length; cut += 17) {
      writeFileSync(file, bytes.subarray(0, cut));
      const torn = new AnswerLog(file);
      expect([...torn.answers.keys()]).to.deep.equal([0]);
      await torn.add(2, answerOf(2));
      await torn.close();
      expect([...new AnswerLog(file).answers.keys()]).to.deep.equal([0, 2]);
    }
  });

  it("does not take a changed answer for none: it was told", async () => {
    const log = new AnswerLog(file);
    await log.add(0, answerOf(0));
    await log.add(1, answerOf(1));
    await log.close();
    const bytes = readFileSync(file);
    bytes[20] = bytes[20]! ^ 1;
    writeFileSync(file, bytes);
    expect(() => new AnswerLog(file)).to.throw(/changed/);
  });

  it("says that it cannot write, to everybody who waits, and keeps what was kept", async () => {
    const log = new AnswerLog(path.join(folder, "missing", "round.ranks"));
    const [first, second] = await Promise.all([
      rejection(log.add(0, answerOf(0))),
      rejection(log.add(1, answerOf(1))),
    ]);
    expect([first.name, second.name]).to.deep.equal(["StoreWriteError", "StoreWriteError"]);
    expect(log.fault).to.equal(first);
    expect(log.answers.size).to.equal(0);
  });
});

describe("RankBook", () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(path.join(tmpdir(), "sealwatt-ranks-"))));
  afterEach(() => rmSync(folder, { recursive: true }));

  it("has each round's answers apart, of more rounds than are open at once", async () => {
    const book = new RankBook(folder);
    const rounds = Array.from({ length: 9 }, (_, i) => `0x${String(i).repeat(64)}`);
    await Promise.all(rounds.map((round, i) => book.add(round, i, answerOf(i))));
    for (const [i, round] of rounds.entries()) {
      expect([...book.answersOf(round)]).to.deep.equal([[i, answerOf(i)]]);
      expect(book.answerOf(round, i + 1)).to.equal(undefined);
    }
    await book.forget(rounds.slice(0, 8));
    expect(book.answersOf(rounds[0]!).size).to.equal(0);
    expect(book.answersOf(rounds[8]!).size).to.equal(1);
    await book.close();
  });

  it("is not confused by what else lies in its folder", async () => {
    appendFileSync(path.join(folder, "README"), "text");
    const book = new RankBook(folder);
    expect(book.answersOf(`0x${"a".repeat(64)}`).size).to.equal(0);
    await book.close();
  });
});
