import { expect } from "chai";
import { SignalNameError, solidityGetters } from "../../../../scripts/keys/solidityGetters.ts";

const ENTRY = { id: 1, file: "a.circom", template: "A", params: [], public: [] };

const gettersOf = (signals: string[]) => solidityGetters({ ...ENTRY, name: "Act", signals });

function refusal(signals: string[]): string {
  let error: unknown;
  try {
    gettersOf(signals);
  } catch (caught) {
    error = caught;
  }
  expect(error).to.be.instanceOf(SignalNameError);
  return (error as SignalNameError).shortMessage;
}

describe("solidityGetters", () => {
  it("names single signals and arrays at their places", () => {
    const source = gettersOf(["root", "memo[0]", "memo[1]", "key[0]"]);
    expect(source).to.contain("library ActSignals {\n    uint256 internal constant COUNT = 4;");
    const bodies = [...source.matchAll(/function (\w+)\(.* returns \((.*)\) \{\n +return (.*);/g)];
    expect(bodies.map((match) => match.slice(1))).to.deep.equal([
      ["root", "uint256", "signals[0]"],
      ["memo", "uint256[] calldata", "signals[1:3]"],
      ["key", "uint256[] calldata", "signals[3:4]"],
    ]);
  });

  it("calls a match record, since Solidity keeps its name", () => {
    expect(gettersOf(["match"])).to.contain("function record(");
    expect(refusal(["match", "record"])).to.match(/record shares its name with/);
  });

  it("refuses names that the contracts could not use, and arrays that are torn", () => {
    expect(refusal(["sealed"])).to.equal(
      "Act: the public signal sealed has a name that Solidity keeps for itself.",
    );
    expect(refusal(["signals"])).to.match(/keeps for itself/);
    expect(refusal(["a", "b", "a"])).to.match(/a shares its name with/);
    expect(refusal(["a[0]", "b", "a[1]"])).to.match(/a\[1\] shares its name with/);
    expect(refusal(["a[1]"])).to.match(/a\[1\] has no predecessor beside it/);
    expect(refusal(["a[0]", "a[2]"])).to.match(/a\[2\] shares its name with/);
    expect(refusal(["a", "a[0]"])).to.match(/a\[0\] shares its name with/);
  });
});
