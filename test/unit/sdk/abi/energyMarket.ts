import { expect } from "chai";
import { Interface } from "ethers";
import { ACCESS_MANAGER_ABI } from "../../../../sdk/abi/accessManager.ts";
import { COMMUNITY_CURRENCY_ABI } from "../../../../sdk/abi/communityCurrency.ts";
import { ENERGY_MARKET_ABI } from "../../../../sdk/abi/energyMarket.ts";
import { FORWARDER_ABI } from "../../../../sdk/abi/forwarder.ts";
import { REGISTRY_ABI } from "../../../../sdk/abi/registry.ts";
import { WRAPPED_ETHER_ABI } from "../../../../sdk/abi/wrappedEther.ts";

const abis: [string, readonly string[], string[]][] = [
  [
    "the market",
    ENERGY_MARKET_ABI,
    ["submitOrder", "openOrder", "clear", "reportReading", "settle", "nonces", "authority"],
  ],
  ["the registry", REGISTRY_ABI, ["register", "authorise", "bindMeter", "setOpeningKey"]],
  ["the currency", COMMUNITY_CURRENCY_ABI, ["mint", "permit", "balanceOf"]],
  ["wrapped ether", WRAPPED_ETHER_ABI, ["permit", "deposit()", "withdraw"]],
  ["the forwarder", FORWARDER_ABI, ["execute", "verify", "nonces"]],
  ["the access manager", ACCESS_MANAGER_ABI, ["hasRole", "grantRole", "schedule", "execute"]],
];

describe("sdk/abi", () => {
  for (const [name, abi, functions] of abis) {
    it(`parses for ${name}`, () => {
      const parsed = new Interface(abi);
      expect(parsed.fragments).to.have.length(abi.length);
      for (const key of functions) expect(parsed.getFunction(key), key).not.to.equal(null);
    });
  }

  it("has the market's events and errors, and those of what it calls", () => {
    const parsed = new Interface(ENERGY_MARKET_ABI);
    for (const event of ["OrdersOpened", "TradesFormed", "ReadingsReported", "AccountsSettled"])
      expect(parsed.getEvent(event), event).not.to.equal(null);
    for (const error of ["GateClosed", "AccessManagedUnauthorized", "SafeERC20FailedOperation"])
      expect(parsed.getError(error), error).not.to.equal(null);
  });
});
