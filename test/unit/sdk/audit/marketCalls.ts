import { expect } from "chai";
import { getAddress, Interface, ZeroAddress, ZeroHash } from "ethers";
import { ENERGY_MARKET_ABI } from "../../../../sdk/abi/energyMarket.ts";
import { FORWARDER_ABI } from "../../../../sdk/abi/forwarder.ts";
import { decodeMarketCalls } from "../../../../sdk/audit/marketCalls.ts";

const market = new Interface(ENERGY_MARKET_ABI);
const forwarder = new Interface(FORWARDER_ABI);
const MARKET = getAddress(`0x${"ab".repeat(20)}`);
const OTHER = `0x${"11".repeat(20)}`;
const NOTHING = { openings: [], readings: [], sealedFor: [] };
const one = { period: 4, opening: 5n, salt: ZeroHash };
const proof = Array.from({ length: 7 }, () => ZeroHash);

const openOrder = market.encodeFunctionData("openOrder", [4, { opening: 5n, salt: ZeroHash }]);
const request = (to: string, data: string) => ({
  from: ZeroAddress,
  to,
  value: 0,
  gas: 0,
  deadline: 0,
  data,
  signature: "0x",
});

describe("decodeMarketCalls", () => {
  it("takes openings from direct calls, alone and in batches, with and without their path", () => {
    const calls: [string, unknown[]][] = [
      ["openOrder", [4, { opening: 5n, salt: ZeroHash }]],
      ["openOrders", [4, [{ opening: 5n, salt: ZeroHash }]]],
      ["openScheduledOrder", [4, { opening: 5n, salt: ZeroHash, proof }]],
      ["openScheduledOrders", [4, [{ opening: 5n, salt: ZeroHash, proof }]]],
    ];
    const openings = calls.map(
      ([name, args]) =>
        decodeMarketCalls({ to: MARKET, data: market.encodeFunctionData(name, args) }, MARKET)!
          .openings[0],
    );
    expect(openings).to.deep.equal([
      { ...one, isAlone: true },
      { ...one, isAlone: false },
      { ...one, proof, isAlone: true },
      { ...one, proof, isAlone: false },
    ]);
  });

  it("takes readings", () => {
    const reading = { reading: 7n, r: ZeroHash, vs: ZeroHash };
    const single = market.encodeFunctionData("reportReading", [reading]);
    const batch = market.encodeFunctionData("reportReadings", [[reading, reading]]);
    expect(decodeMarketCalls({ to: MARKET, data: single }, MARKET)!.readings).to.deep.equal([
      { ...reading, isAlone: true },
    ]);
    expect(decodeMarketCalls({ to: MARKET, data: batch }, MARKET)!.readings).to.have.length(2);
  });

  it("knows for whom an agent sealed", () => {
    const data = market.encodeFunctionData("submitOrderFor", [6, 4, ZeroHash, "0x"]);
    expect(decodeMarketCalls({ to: MARKET, data }, MARKET)!.sealedFor).to.deep.equal([6]);
  });

  it("looks through a forwarder, past requests to others", () => {
    const single = forwarder.encodeFunctionData("execute", [request(MARKET, openOrder)]);
    const batch = forwarder.encodeFunctionData("executeBatch", [
      [request(OTHER, openOrder), request(MARKET, openOrder)],
      ZeroAddress,
    ]);
    for (const data of [single, batch]) {
      expect(decodeMarketCalls({ to: OTHER, data }, MARKET)!.openings).to.deep.equal([
        { ...one, isAlone: true },
      ]);
    }
  });

  it("finds nothing in another call of the market, and in data that is none", () => {
    const data = market.encodeFunctionData("settle", [1, 2, 3]);
    expect(decodeMarketCalls({ to: MARKET.toLowerCase(), data }, MARKET)).to.deep.equal(NOTHING);
    expect(decodeMarketCalls({ to: MARKET, data: "0x01" }, MARKET)).to.deep.equal(NOTHING);
  });

  it("says where calls do not show: within another contract, and at its creation", () => {
    expect(decodeMarketCalls({ to: OTHER, data: "0x12345678" }, MARKET)).to.equal(undefined);
    expect(decodeMarketCalls({ to: null, data: "0x" }, MARKET)).to.equal(undefined);
  });
});
