import { expect } from "chai";
import { GroupCommit } from "../../../../oracle/daemon/groupCommit.ts";
import { rejection } from "../../../helpers/rejection.ts";

describe("GroupCommit", () => {
  it("writes in one go what comes within a turn of the event loop, in order", async () => {
    const writes: (readonly number[])[] = [];
    const commit = new GroupCommit<number>((items) => writes.push(items));
    const first = commit.add([1, 2]);
    await Promise.resolve();
    await Promise.all([first, commit.add([3])]);
    expect(writes).to.deep.equal([[1, 2, 3]]);
    await commit.add([4]);
    expect(writes).to.deep.equal([[1, 2, 3], [4]]);
  });

  it("resolves only when all is written", async () => {
    let written = false;
    const commit = new GroupCommit<number>(() => (written = true));
    await commit.add([1]);
    expect(written).to.equal(true);
  });

  it("fails everybody who waits with what the write threw, and nobody after", async () => {
    let full = true;
    const commit = new GroupCommit<number>(() => {
      if (full) throw new Error("full");
    });
    const failures = await Promise.all([rejection(commit.add([1])), rejection(commit.add([2]))]);
    expect(failures.map(({ message }) => message)).to.deep.equal(["full", "full"]);
    full = false;
    await commit.add([3]);
  });

  it("takes what comes while it writes into the next write", async () => {
    const writes: (readonly number[])[] = [];
    let later: Promise<void> | undefined;
    const commit = new GroupCommit<number>((items) => {
      writes.push(items);
      later ??= commit.add([2]);
    });
    await commit.add([1]);
    await later;
    expect(writes).to.deep.equal([[1], [2]]);
  });
});
