import { expect } from "chai";
import { ZeroAddress } from "ethers";
import { stage } from "../../../helpers/stage.ts";
import { storageLayoutOf } from "../../../helpers/storage.ts";

describe("EnergyMarket, MarketExtension, MarketReads: one storage", () => {
  const scene = stage(async () => ({}));

  const configuration = async (change: object = {}) => ({
    accessManager: await scene.accessManager.getAddress(),
    forwarder: await scene.forwarder.getAddress(),
    grid: scene.actors.grid.address,
    token: await scene.token.getAddress(),
    wrapsEther: false,
    genesis: scene.genesis,
    periodLength: 900,
    parameters: scene.parameters,
    ...change,
  });

  it("have the same layout", async () => {
    const [core, extension, reads] = await Promise.all(
      ["EnergyMarket", "MarketExtension", "MarketReads"].map(async (name) => {
        const { storage } = await storageLayoutOf(name);
        return storage.map(({ label, slot, offset, type }) => [
          label,
          slot,
          offset,
          type.replace(/\)\d+/g, ")"),
        ]);
      }),
    );
    expect(core!.length).to.be.greaterThan(15);
    expect(extension).to.deep.equal(core);
    expect(reads).to.deep.equal(core);
  });

  it("the core is made with an extension, and that with reads, that have code", async () => {
    const { ethers, actors, core } = scene;
    for (const address of [ZeroAddress, actors.stranger.address]) {
      for (const name of ["EnergyMarket", "MarketExtension"]) {
        await expect(
          ethers.deployContract(name, [await configuration(), address]),
        ).to.be.revertedWithCustomError(core, "ZeroAddress");
      }
    }
  });

  it("the core checks its rules and its grid", async () => {
    const { ethers, core, marketAddress, parameters } = scene;
    await expect(
      ethers.deployContract("EnergyMarket", [
        await configuration({ parameters: { ...parameters, gateClosure: 0 } }),
        marketAddress,
      ]),
    ).to.be.revertedWithCustomError(core, "ParametersInvalid");
    await expect(
      ethers.deployContract("EnergyMarket", [
        await configuration({ grid: ZeroAddress }),
        marketAddress,
      ]),
    ).to.be.revertedWithCustomError(core, "ZeroAddress");
  });

  it("an extension called by itself has no accounts and takes no money", async () => {
    const { ethers, token, market, actors } = scene;
    const reads = await ethers.deployContract("MarketReads", [await configuration()]);
    const alone = await ethers.deployContract("MarketExtension", [
      await configuration(),
      await reads.getAddress(),
    ]);
    await token.connect(actors.treasurer).mint(actors.treasurer.address, 10);
    await token.connect(actors.treasurer).approve(await alone.getAddress(), 10);
    await expect(alone.connect(actors.treasurer).deposit(1, 10)).to.be.revertedWithCustomError(
      market,
      "UnknownParticipant",
    );
    const view = await ethers.getContractAt("IEnergyMarket", await alone.getAddress());
    expect(await view.accountCount()).to.equal(0n);
  });

  it("calls that no part knows revert", async () => {
    const { actors, marketAddress, ethers } = scene;
    await expect(
      actors.stranger.sendTransaction({ to: marketAddress, data: "0x12345678" }),
    ).to.be.revert(ethers);
  });
});
