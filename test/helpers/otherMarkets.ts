import type { Addressable } from "ethers";
import { ROLES } from "../../ignition/modules/Sealwatt.ts";
import { commitmentDomain } from "../../sdk/orders/commitment.ts";
import { marketDomain } from "../../sdk/readings/reading.ts";
import type { MarketFixture } from "./market.ts";

/**
 * A second market beside a fixture's, with the same actors and rules and a settlement token of its own. Its
 * accounts are opened by the operator, who holds the registry's role.
 */
export async function deployBeside(
  fixture: MarketFixture,
  token: Addressable,
  wrapsEther = false,
): Promise<MarketFixture> {
  const { ethers, accessManager, actors, forwarder, genesis, periodLength, parameters } = fixture;
  const configuration = {
    accessManager: await accessManager.getAddress(),
    forwarder: await forwarder.getAddress(),
    grid: actors.grid.address,
    token: await token.getAddress(),
    wrapsEther,
    genesis,
    periodLength,
    parameters,
  };
  const reads = await ethers.deployContract("MarketReads", [configuration]);
  const extension = await ethers.deployContract("MarketExtension", [
    configuration,
    await reads.getAddress(),
  ]);
  const core = await ethers.deployContract("EnergyMarket", [
    configuration,
    await extension.getAddress(),
  ]);
  const marketAddress = await core.getAddress();
  const byAdmin = accessManager.connect(actors.admin);
  const selectors = [
    "openAccount",
    "setAuthorised",
    "setEnergyType",
    "bindMeter",
    "rebindMeter",
    "liftSuspension",
  ].map((name) => fixture.market.interface.getFunction(name as "openAccount").selector);
  await byAdmin.setTargetFunctionRole(marketAddress, selectors, ROLES.operator);
  await byAdmin.setTargetFunctionRole(
    marketAddress,
    [fixture.market.interface.getFunction("setFrozen").selector],
    ROLES.regulator,
  );
  return {
    ...fixture,
    core,
    market: await ethers.getContractAt("IEnergyMarket", marketAddress),
    marketAddress,
    domain: commitmentDomain(31337, marketAddress),
    typedDomain: marketDomain(31337, marketAddress),
  };
}
