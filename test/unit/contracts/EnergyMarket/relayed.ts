import { expect } from "chai";
import { at, goTo, join } from "../../../helpers/market.ts";
import { stage } from "../../../helpers/stage.ts";
import { saltOf, type Signer } from "../../../helpers/verbs.ts";

const PERIOD = 5;

describe("EnergyMarket, Registry: relayed calls", () => {
  const scene = stage(async (fixture) => {
    await goTo(fixture, PERIOD - 1, 1);
    const alice = await join(fixture, fixture.actors.people[0]!);
    return { alice };
  });

  async function request(from: Signer, to: string, data: string, change: object = {}) {
    const { forwarder } = scene;
    const message = {
      from: from.address,
      to,
      value: 0n,
      gas: 1_000_000n,
      nonce: await forwarder.nonces(from.address),
      deadline: 2n ** 40n,
      data,
      ...change,
    };
    const signature = await from.signTypedData(
      {
        name: "Sealwatt",
        version: "1",
        chainId: 31337,
        verifyingContract: await forwarder.getAddress(),
      },
      {
        ForwardRequest: [
          { name: "from", type: "address" },
          { name: "to", type: "address" },
          { name: "value", type: "uint256" },
          { name: "gas", type: "uint256" },
          { name: "nonce", type: "uint256" },
          { name: "deadline", type: "uint48" },
          { name: "data", type: "bytes" },
        ],
      },
      message,
    );
    return { ...message, signature };
  }

  it("count as the signer's, whoever sends them", async () => {
    const { market, marketAddress, forwarder, alice, actors } = scene;
    const data = market.interface.encodeFunctionData("submitOrder", [PERIOD, saltOf(1, 1), "0x"]);
    await expect(
      forwarder.connect(actors.stranger).execute(await request(alice.owner, marketAddress, data)),
    )
      .to.emit(market, "OrderSealed")
      .withArgs(alice.id, PERIOD, saltOf(1, 1), "0x");
  });

  it("withdraw for the signer alone", async () => {
    const { market, marketAddress, forwarder, token, alice, actors } = scene;
    const data = market.interface.encodeFunctionData("withdraw", [7, alice.owner.address]);
    await forwarder
      .connect(actors.stranger)
      .execute(await request(alice.owner, marketAddress, data));
    expect(await token.balanceOf(alice.owner.address)).to.equal(7n);
    // The stranger signs for itself only, and has no account.
    const own = await request(actors.stranger, marketAddress, data);
    await expect(forwarder.execute(own)).to.be.revertedWithCustomError(forwarder, "FailedCall");
    await expect(
      forwarder.execute({ ...own, from: alice.owner.address }),
    ).to.be.revertedWithCustomError(forwarder, "ERC2771ForwarderInvalidSigner");
  });

  it("keep to roles: the signer's, not the relayer's", async () => {
    const { market, marketAddress, forwarder, alice, actors } = scene;
    const data = market.interface.encodeFunctionData("setFrozen", [alice.id, true]);
    await expect(
      forwarder.connect(actors.regulator).execute(await request(alice.owner, marketAddress, data)),
    ).to.be.revertedWithCustomError(forwarder, "FailedCall");
    await forwarder
      .connect(actors.stranger)
      .execute(await request(actors.regulator, marketAddress, data));
    expect((await market.accountOf(alice.id)).frozen).to.be.true;
  });

  it("register and change profiles", async () => {
    const { registry, forwarder, actors } = scene;
    const profile = {
      displayName: "relayed",
      energyType: 0,
      greenPreference: false,
      microgrid: saltOf(0, 0),
      location: saltOf(0, 0),
    };
    const owner = actors.people[3]!;
    const data = registry.interface.encodeFunctionData("register", [profile]);
    await forwarder
      .connect(actors.stranger)
      .execute(await request(owner, await registry.getAddress(), data));
    expect((await registry.profileOf(owner.address)).displayName).to.equal("relayed");
  });

  it("count once, and not after their deadline", async () => {
    const { market, marketAddress, forwarder, alice, genesis } = scene;
    const data = market.interface.encodeFunctionData("withdraw", [7, alice.owner.address]);
    const once = await request(alice.owner, marketAddress, data);
    await forwarder.execute(once);
    await expect(forwarder.execute(once)).to.be.revertedWithCustomError(
      forwarder,
      "ERC2771ForwarderInvalidSigner",
    );
    const late = await request(alice.owner, marketAddress, data, {
      deadline: BigInt(genesis + PERIOD * 900),
    });
    await at(scene, PERIOD, 1);
    await expect(forwarder.execute(late)).to.be.revertedWithCustomError(
      forwarder,
      "ERC2771ForwarderExpiredRequest",
    );
  });

  it("an appended address from anybody but the forwarder is nobody's", async () => {
    const { market, marketAddress, alice, actors, token } = scene;
    const data = market.interface.encodeFunctionData("withdraw", [7, actors.stranger.address]);
    await expect(
      actors.stranger.sendTransaction({
        to: marketAddress,
        data: data + alice.owner.address.slice(2),
      }),
    ).to.be.revertedWithCustomError(market, "UnknownAccount");
    expect(await token.balanceOf(actors.stranger.address)).to.equal(0n);
  });
});
