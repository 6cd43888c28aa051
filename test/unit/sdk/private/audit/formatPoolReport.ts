import { expect } from "chai";
import type { AuditedMatching } from "../../../../../sdk/private/audit/auditMatching.ts";
import { formatPoolReport } from "../../../../../sdk/private/audit/formatPoolReport.ts";
import type { PoolReplay } from "../../../../../sdk/private/audit/poolReplay.ts";
import { toPoolReport } from "../../../../../sdk/private/audit/poolReport.ts";
import { SYNTHETIC_POOL } from "../../../../helpers/syntheticPool.ts";
import { ADDRESSES, busyPool } from "../chain/poolScene.ts";
import { ALICE } from "../scene.ts";
import { auditAll, auditOne, falsify } from "./auditScene.ts";

const { pool } = busyPool();

function linesOf(replay: PoolReplay, owner?: bigint, matching?: AuditedMatching): string[] {
  const report = toPoolReport({
    replay,
    matching,
    owner,
    pool: SYNTHETIC_POOL,
    fromBlock: 0,
    toBlock: 37,
    logs: pool.logs.length,
    refunds: 3,
    tokenNano: 530_000n,
    differences: replay.differences.list,
  });
  return formatPoolReport(report).split("\n");
}

/** The cells of the line that begins with something. */
const cellsOf = (lines: readonly string[], beginning: string) =>
  lines.find((line) => line.startsWith(beginning))!.split(/ {2,}/);

describe("formatPoolReport", () => {
  it("tells the regulator who has what, who traded with whom, and that the money is there", () => {
    const lines = linesOf(auditAll(pool.logs));
    const { pool: address } = SYNTHETIC_POOL;
    expect(lines.slice(0, 3)).to.deep.equal([
      `Private market ${address} on chain 31337, blocks 0 to 37, ${pool.logs.length} events, read with the audit key.`,
      "16 notes, 15 of them in the tree, 6 nullifiers; 2 participants; audit key version 2.",
      "24 memos read.",
    ]);
    expect(cellsOf(lines, "participant").slice(2)).to.deep.equal([
      "balance",
      "locked",
      "deposited",
      "withdrawn",
      "earned",
      "paid",
      "lost bonds",
      "strikes",
      "sold Wh",
      "bought Wh",
      "state",
    ]);
    expect(cellsOf(lines, ADDRESSES[0]).slice(2)).to.deep.equal([
      "0.00004",
      "0",
      "0",
      "0.00006",
      "0.0001",
      "0",
      "0",
      "0",
      "400",
      "0",
      "joined",
    ]);
    expect(cellsOf(lines, ADDRESSES[2]).slice(2)).to.deep.equal([
      "0.000089",
      "0",
      "0.00009",
      "0",
      "0",
      "0",
      "0.000001",
      "1",
      "0",
      "0",
      "expelled",
    ]);
    const trade = lines.find((line) => line.includes(" 250 "))!.split(/ {2,}/);
    const owner = (digits: bigint) => `${digits}`.slice(0, 8) + "…";
    expect(trade[1]).to.equal(owner(ALICE.owner));
    expect(trade.slice(3)).to.deep.equal(["12", "500", "250", "400", "400", "0.0001", "settled"]);
    expect(lines.slice(-4)).to.deep.equal([
      "Plans refunded: 3; matches lapsed: 1.",
      "Deposited 0.00059, withdrawn 0.00006; tokens held 0.00053.",
      "Of it balances 0.000529, plans 0, matches 0, lost bonds 0.000001.",
      "Clean: every figure agrees.",
    ]);
  });

  it("tells what was opened, and of how many verdicts it can tell whether they are right", () => {
    const round = `0x${"ab".repeat(32)}`;
    const opening = { period: 12, round, content: round, blockNumber: 30, transactionHash: round };
    const trade = { match: "7", period: 12, matchedWh: "500", actualWh: "500" };
    const lines = linesOf(auditAll(pool.logs), undefined, {
      record: ADDRESSES[0],
      epochs: [{ epoch: 1, fromPeriod: 5, manifestHash: round }],
      openings: [{ ...opening, kind: "ranks", count: 40 }],
      verdicts: [
        { ...trade, verdict: "within", expected: "within" },
        { ...trade, verdict: "within", expected: null },
        { ...trade, verdict: "beyond", expected: "within" },
      ],
    });
    expect(lines).to.include(
      `Matching record ${ADDRESSES[0]}: epochs 1, openings 1; verdicts within 2, beyond 1, of which 2 were compared with what was delivered.`,
    );
    expect(lines).to.include(
      "Of 1 no delivery was reported, or none that this reader opens: not compared.",
    );
    expect(cellsOf(lines, "opened")).to.deep.equal([
      "opened",
      "round",
      "period",
      "results",
      "block",
    ]);
    expect(cellsOf(lines, "ranks")).to.deep.equal(["ranks", "0xabababab…", "12", "40", "30"]);
  });

  it("claims nothing of others with a viewing key", () => {
    const lines = linesOf(auditOne(pool.logs, ALICE), ALICE.owner);
    expect(lines[0]).to.match(/read with a viewing key: what is of others is not seen\.$/);
    expect(lines.join("\n")).to.not.include(ADDRESSES[1]).and.to.not.include("Of it balances");
    expect(lines.find((line) => line.includes(" 250 "))!.split(/ {2,}/)[2]).to.equal("?");
  });

  it("is loud about what could not be read, and names each difference", () => {
    const logs = falsify(pool.logs, "NoteAdded", (log) => [{ ...log, memo: [0n, 0n, 0n, 0n] }], 1);
    const lines = linesOf(auditAll(logs));
    expect(lines).to.include(
      "1 COULD NOT BE READ, which the proofs make impossible: the chain's data or a verifier is not what it should be.",
    );
    expect(lines.find((line) => line.startsWith("note 1: memo"))).to.match(
      /^note 1: memo is The memo of note \d+ .* in 0x\w{64}, computed what opens the commitment$/,
    );
    expect(lines.at(-1)).to.match(/^\d differences found\.$/);
  });
});
