import { expect } from "chai";
import { ZeroAddress } from "ethers";
import { FIELD_ORDER } from "../../../../../sdk/private/field.ts";
import { GATEWAY_TAG, stagePool } from "../../../../helpers/privateMarket.ts";
import { fresh } from "../../../../helpers/privateVerbs.ts";
import { expectRefusal } from "../../../../helpers/refusal.ts";

describe("Gateways.setGateway", () => {
  const scene = stagePool(async () => Promise.resolve({}));

  it("registers, changes and removes a gateway", async () => {
    const { pool, actors } = scene;
    const { operator, stranger } = actors;
    for (const tag of [fresh(), FIELD_ORDER - 1n, 0n]) {
      await expect(pool.connect(operator).setGateway(stranger.address, tag))
        .to.emit(pool, "GatewaySet")
        .withArgs(stranger.address, tag);
      expect(await pool.gatewayTag(stranger.address)).to.equal(tag);
    }
  });

  it("gives a tag to one gateway at a time", async () => {
    const { pool, actors } = scene;
    const { gateway, stranger } = actors;
    const operator = pool.connect(actors.operator);
    await operator.setGateway(gateway.address, GATEWAY_TAG);
    await expectRefusal(
      operator.setGateway(stranger.address, GATEWAY_TAG),
      pool,
      "GatewayTagTaken",
      GATEWAY_TAG,
      gateway.address,
    );
    await operator.setGateway(gateway.address, fresh());
    await operator.setGateway(stranger.address, GATEWAY_TAG);
    await operator.setGateway(stranger.address, 0);
    await operator.setGateway(gateway.address, GATEWAY_TAG);
  });

  it("removes any number of gateways: tag 0 is nobody's", async () => {
    const { pool, actors } = scene;
    const operator = pool.connect(actors.operator);
    await operator.setGateway(actors.gateway.address, 0);
    await operator.setGateway(actors.stranger.address, 0);
    expect(await pool.gatewayTag(actors.gateway.address)).to.equal(0n);
  });

  it("is the operator's alone", async () => {
    const { pool, actors } = scene;
    for (const by of [actors.regulator, actors.matcher, actors.gateway, actors.stranger]) {
      await expectRefusal(
        pool.connect(by).setGateway(by.address, 7),
        pool,
        "AccessManagedUnauthorized",
        by.address,
      );
    }
  });

  it("refuses nobody's address, and no field element", async () => {
    const { pool, actors } = scene;
    const operator = pool.connect(actors.operator);
    await expectRefusal(operator.setGateway(ZeroAddress, 7), pool, "ZeroAddress");
    await expectRefusal(
      operator.setGateway(actors.stranger.address, FIELD_ORDER),
      pool,
      "SignalNotCanonical",
      0,
      FIELD_ORDER,
    );
  });
});
