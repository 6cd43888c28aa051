import { expect } from "chai";
import { id } from "ethers";
import { poolInterface } from "../../../../../sdk/private/chain/poolInterface.ts";
import {
  MalformedPoolLogError,
  parsePoolLog,
  type RawPoolLog,
} from "../../../../../sdk/private/chain/poolLog.ts";

function raw(name: string, values: readonly unknown[]): RawPoolLog {
  const { topics, data } = poolInterface.encodeEventLog(name, values);
  return { topics, data, blockNumber: 7, index: 3, transactionHash: id("transaction") };
}
const note = raw("NoteAdded", [5n, 1n, 2n ** 200n, 1n, [1n, 2n, 3n, 4n, 5n]]);

describe("poolLog", () => {
  it("is what the log says, and where it stands", () => {
    expect(parsePoolLog(note)).to.deep.equal({
      name: "NoteAdded",
      leafIndex: 5,
      kind: "generation",
      commitment: 2n ** 200n,
      outputIndex: 1,
      memo: [1n, 2n, 3n, 4n, 5n],
      blockNumber: 7,
      logIndex: 3,
      transactionHash: id("transaction"),
    });
    const opening = [1n, 2n, 3n, 4n, 5n];
    expect(parsePoolLog(raw("MatchProposed", [1n, 2n, 3n, 9n, opening]))).to.deep.include({
      record: 1n,
      sellPlan: 2n,
      buyPlan: 3n,
      confirmBy: 9,
      opening,
    });
  });

  it("is none of the authority's, or of another contract", () => {
    const address = `0x${"11".repeat(20)}`;
    expect(parsePoolLog(raw("AuthorityUpdated", [address]))).to.equal(undefined);
    expect(parsePoolLog({ ...note, topics: [id("Other()")] })).to.equal(undefined);
  });

  it("refuses a kind of note that there is not, and data that is cut", () => {
    for (const kind of [2n, 2n ** 255n]) {
      const other = raw("NoteAdded", [5n, kind, 1n, 1n, [1n]]);
      expect(() => parsePoolLog(other)).to.throw(MalformedPoolLogError, "no note is of kind");
    }
    const cut = { ...note, data: note.data.slice(0, -64) };
    expect(() => parsePoolLog(cut)).to.throw(MalformedPoolLogError, "Log 3 of transaction 0x");
    const huge = { ...note, topics: [note.topics[0]!, `0x${"ff".repeat(32)}`] };
    expect(parsePoolLog(huge)).to.include({ leafIndex: Number(2n ** 256n - 1n) });
  });
});
