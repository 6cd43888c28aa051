import { expect } from "chai";
import { encodeBytes32String, Interface } from "ethers";
import { ENERGY_MARKET_ABI } from "../../../../sdk/abi/energyMarket.ts";
import { decodeContractError, formatContractError } from "../../../../sdk/events/contractError.ts";
import { decodeOpeningRefused, decodeReadingRefused } from "../../../../sdk/events/refusals.ts";

const market = new Interface(ENERGY_MARKET_ABI);

describe("decodeContractError", () => {
  it("names an error of the market and its values", () => {
    const error = decodeContractError(market.encodeErrorResult("GateClosed", [12, 1_760_000_180]));
    expect(error).to.deep.equal({
      name: "GateClosed",
      args: { period: 12n, closedAt: 1_760_000_180n },
    });
    expect(formatContractError(error)).to.equal("GateClosed(period 12, closedAt 1760000180)");
  });

  it("shows the name of a rule as text", () => {
    const error = decodeContractError(
      market.encodeErrorResult("ParametersInvalid", [encodeBytes32String("gateClosure"), 0]),
    );
    expect(formatContractError(error)).to.equal("ParametersInvalid(name gateClosure, value 0)");
  });

  it("names an error without values", () => {
    const error = decodeContractError(market.encodeErrorResult("ZeroAmount"));
    expect(formatContractError(error)).to.equal("ZeroAmount");
  });

  it("names the errors of the token, the registry and Solidity itself", () => {
    const names = [
      new Interface(["error ERC20InsufficientBalance(address,uint256,uint256)"]).encodeErrorResult(
        "ERC20InsufficientBalance",
        [`0x${"11".repeat(20)}`, 1, 2],
      ),
      new Interface(["error SerialInvalid(string)"]).encodeErrorResult("SerialInvalid", ["3"]),
      new Interface(["error Error(string)"]).encodeErrorResult("Error", ["no"]),
      new Interface(["error Panic(uint256)"]).encodeErrorResult("Panic", [0x11]),
    ].map((data) => decodeContractError(data).name);
    expect(names).to.deep.equal(["ERC20InsufficientBalance", "SerialInvalid", "Error", "Panic"]);
  });

  const unknown: [string, string][] = [
    ["nothing", "0x"],
    ["a selector of nobody's", "0x01020304"],
    ["a known selector with other contents", market.getError("GateClosed")!.selector],
  ];
  for (const [condition, data] of unknown) {
    it(`keeps the bytes of ${condition}`, () => {
      expect(decodeContractError(data)).to.deep.equal({ name: "UnknownError", args: { data } });
    });
  }
});

describe("decodeOpeningRefused and decodeReadingRefused", () => {
  it("say what was refused and why", () => {
    expect(
      decodeOpeningRefused({
        period: 4n,
        participant: 2n,
        reason: market.encodeErrorResult("AlreadyOpened", [2, 4]),
      }),
    ).to.deep.equal({
      period: 4,
      participant: 2,
      reason: { name: "AlreadyOpened", args: { participant: 2n, period: 4n } },
    });
    expect(
      decodeReadingRefused({
        period: 4n,
        participant: 2n,
        reason: market.encodeErrorResult("CounterBackwards", [2, 9, 8]),
      }),
    ).to.deep.equal({
      period: 4,
      participant: 2,
      reason: { name: "CounterBackwards", args: { participant: 2n, before: 9n, given: 8n } },
    });
  });
});
