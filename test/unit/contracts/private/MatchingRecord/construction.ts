import { expect } from "chai";
import { ZeroAddress } from "ethers";
import { stagePool } from "../../../../helpers/privateMarket.ts";
import { expectRefusal } from "../../../../helpers/refusal.ts";

describe("MatchingRecord", () => {
  const scene = stagePool(async () => Promise.resolve({}));
  const deploy = (...args: [accessManager: string, pool: string]) =>
    scene.ethers.deployContract("MatchingRecord", args);

  it("names its pool and its authority, and has nothing yet", async () => {
    const { record, poolAddress, configuration } = scene;
    expect(await record.pool()).to.equal(poolAddress);
    expect(await record.authority()).to.equal(configuration.accessManager);
    expect(await record.epochCount()).to.equal(0n);
  });

  it("refuses to do without access manager or pool", async () => {
    const { record, poolAddress, configuration, actors } = scene;
    await expectRefusal(deploy(ZeroAddress, poolAddress), record, "ZeroAddress");
    for (const none of [ZeroAddress, actors.stranger.address]) {
      await expectRefusal(deploy(configuration.accessManager, none), record, "PoolMissing", none);
    }
  });

  it("refuses a contract that has no terms", async () => {
    const { configuration } = scene;
    const refused = deploy(configuration.accessManager, configuration.token);
    await expect(refused).to.be.revertedWithoutReason(scene.ethers);
  });
});
