import { expect } from "chai";
import { stepsOf } from "../../../../../sdk/private/audit/poolSteps.ts";
import type { PoolLog } from "../../../../../sdk/private/chain/poolLog.ts";
import { busyPool } from "../chain/poolScene.ts";
import { auditAll, figuresOf } from "./auditScene.ts";

const { pool } = busyPool();
const logs = pool.logs;

/** All in one transaction, as a contract that calls often would make it. */
const inOne = (given: readonly PoolLog[]): PoolLog[] =>
  given.map((log, logIndex) => ({ ...log, blockNumber: 1, logIndex, transactionHash: "0x01" }));

describe("poolSteps", () => {
  it("are the calls, one by one", () => {
    const verbs = stepsOf(logs).map(({ verb }) => verb);
    expect(verbs).to.not.include("unknown");
    const counted = (wanted: string) => verbs.filter((verb) => verb === wanted).length;
    expect(
      ["deposit", "issueGeneration", "merge", "submitPlan", "refund", "settle", "withdraw"].map(
        counted,
      ),
    ).to.deep.equal([3, 1, 1, 3, 3, 4, 1]);
    expect(stepsOf(logs).flatMap((step) => step.logs)).to.have.members(logs);
  });

  it("are the same where a transaction holds many calls", () => {
    const steps = stepsOf(inOne(logs));
    expect(steps.map(({ verb }) => verb)).to.deep.equal(stepsOf(logs).map(({ verb }) => verb));
  });

  it("take leaves that were inserted within a call before it", () => {
    const [deposit] = stepsOf(logs).filter(({ verb }) => verb === "deposit");
    const [deposited, note] = deposit!.logs as [PoolLog, PoolLog];
    const inserted = logs.find(({ name }) => name === "LeavesInserted")!;
    const steps = stepsOf(inOne([deposited, inserted, note, deposited, note]));
    expect(steps.map(({ verb }) => verb)).to.deep.equal(["single", "deposit", "deposit"]);
  });

  it("take a withdrawal without change where the tree was full", () => {
    const spent = logs.find(({ name }) => name === "NullifierSpent")!;
    const withdrawn = logs.find(({ name }) => name === "Withdrawn")!;
    const [step] = stepsOf(inOne([spent, withdrawn]));
    expect(step).to.include({ verb: "withdraw", change: undefined });
  });

  it("name logs whose others are missing", () => {
    const parts = ["Deposited", "NullifierSpent", "PlanAdded", "PlanRefunded", "MatchSettled"];
    for (const name of [...parts, "Withdrawn"]) {
      const log = logs.find((each) => each.name === name)!;
      expect(stepsOf([log])[0], name).to.include({ verb: "unknown", log });
    }
    const credit = logs.find((log) => log.name === "NoteAdded" && log.kind === "credit")!;
    expect(stepsOf([credit])[0]).to.include({ verb: "unknown" });
    expect(figuresOf(auditAll(logs.filter(({ name }) => name !== "Withdrawn")))).to.include("step");
  });
});
