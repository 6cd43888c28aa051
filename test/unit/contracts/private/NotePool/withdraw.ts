import { expect } from "chai";
import { ZeroAddress } from "ethers";
import { addressWord } from "../../../../../sdk/private/context.ts";
import { deployPool, stagePool, type PoolFixture } from "../../../../helpers/privateMarket.ts";
import {
  DEADLINE,
  deposit,
  fresh,
  nameSignals,
  proofOf,
  withdraw,
} from "../../../../helpers/privateVerbs.ts";
import { expectRefusal } from "../../../../helpers/refusal.ts";

describe("NotePool.withdraw", () => {
  const scene = stagePool(async (fixture) => {
    await deposit(fixture, 1_000);
    await fixture.pool.insertLeaves(1);
    return {};
  });

  it("pays recipient and relayer, and adds the change", async () => {
    const { pool, token, poolAddress, actors } = scene;
    const { stranger, relayer } = actors;
    const bound = [addressWord(stranger.address), addressWord(relayer.address), 30n];
    const proof = await proofOf(scene, "Withdraw", { amountNano: 400 }, { bound });
    const { nullifier, change } = nameSignals("Withdraw", proof.signals);
    const call = pool
      .connect(actors.buyer)
      .withdraw(proof, DEADLINE, stranger.address, relayer.address, 30);
    await expect(call)
      .to.emit(pool, "Withdrawn")
      .withArgs(stranger.address, 400, relayer.address, 30);
    await expect(call).to.emit(pool, "NullifierSpent").withArgs(nullifier);
    await expect(call)
      .to.emit(pool, "NoteAdded")
      .withArgs(1, 0, change, 0, proof.signals.slice(2, 6));
    await expect(call).to.changeTokenBalances(
      scene.ethers,
      token,
      [poolAddress, stranger, relayer, actors.buyer],
      [-400, 370, 30, 0],
    );
  });

  it("pays all there is, to the last nano, and not one more", async () => {
    const { token } = scene;
    await withdraw(scene, { amountNano: 1_000 });
    await expectRefusal(withdraw(scene, { amountNano: 1 }), token, "ERC20InsufficientBalance");
  });

  it("pays nothing where nothing is asked for", async () => {
    const { token, poolAddress } = scene;
    await withdraw(scene, { amountNano: 0 });
    expect(await token.balanceOf(poolAddress)).to.equal(1_000n);
  });

  it("gives a relayer at most the whole amount", async () => {
    const { pool, token, actors } = scene;
    await expectRefusal(
      withdraw(scene, { amountNano: 100, feeNano: 101 }),
      pool,
      "FeeExceedsAmount",
      101,
      100,
    );
    await expect(withdraw(scene, { amountNano: 100, feeNano: 100 })).to.changeTokenBalances(
      scene.ethers,
      token,
      [actors.relayer, actors.stranger],
      [100, 0],
    );
  });

  it("refuses to pay nobody", async () => {
    const { pool } = scene;
    await expectRefusal(withdraw(scene, { recipient: ZeroAddress }), pool, "ZeroAddress");
    await expectRefusal(withdraw(scene, { relayer: ZeroAddress, feeNano: 1 }), pool, "ZeroAddress");
    await withdraw(scene, { relayer: ZeroAddress, feeNano: 0 });
  });

  it("refuses to pay the pool itself, which could never pay it out again", async () => {
    const { pool, token, poolAddress } = scene;
    for (const payees of [
      { recipient: poolAddress },
      { relayer: poolAddress, feeNano: 1 },
      { relayer: poolAddress, feeNano: 0 },
    ]) {
      await expectRefusal(withdraw(scene, payees), pool, "PoolIsPayee");
    }
    expect(await token.balanceOf(poolAddress)).to.equal(1_000n);
  });

  it("refuses another recipient, relayer or fee than the proof is bound to", async () => {
    const { pool, actors } = scene;
    const [recipient, relayer] = [actors.stranger.address, actors.relayer.address];
    for (const bound of [
      [actors.buyer.address, relayer, 5n],
      [recipient, actors.buyer.address, 5n],
      [recipient, relayer, 4n],
    ]) {
      await expectRefusal(
        withdraw(scene, { feeNano: 5 }, { bound: bound.map((word) => BigInt(word)) }),
        pool,
        "ForeignContext",
      );
    }
    await withdraw(scene, { feeNano: 5 });
  });

  for (const decimals of [6, 9, 18]) {
    it(`moves whole units of a token of ${decimals} decimals`, async () => {
      const token = await scene.ethers.deployContract("PlainToken", [decimals]);
      const other: PoolFixture = await deployPool(scene, { token });
      const { pool, actors, poolAddress } = other;
      const call = (name: string, ...values: unknown[]): Promise<unknown> =>
        token.getFunction(name)(...values);
      const nano = decimals < 9 ? 10n ** BigInt(9 - decimals) : 1n;
      const units = decimals > 9 ? 10n ** BigInt(decimals - 9) : 1n;
      await call("mint", actors.payer.address, 100n * units);
      await (token.connect(actors.payer).getFunction("approve")(
        poolAddress,
        100n * units,
      ) as Promise<unknown>);
      await deposit(other, 100n * nano);
      expect(await call("balanceOf", poolAddress)).to.equal(100n * units);
      await pool.insertLeaves(1);
      await withdraw(other, { amountNano: 10n * nano, feeNano: 3n * nano });
      expect(await call("balanceOf", actors.stranger.address)).to.equal(7n * units);
      expect(await call("balanceOf", actors.relayer.address)).to.equal(3n * units);
      if (nano === 1n) return;
      const odd = nano + 1n;
      const name = "AmountNotRepresentable";
      await expectRefusal(deposit(other, odd), pool, name, odd, nano);
      await expectRefusal(withdraw(other, { amountNano: odd }), pool, name, odd, nano);
      await expectRefusal(
        withdraw(other, { amountNano: 10n * nano, feeNano: 1 }),
        pool,
        name,
        1,
        nano,
      );
    });
  }

  it("tells its token", async () => {
    expect(await scene.pool.token()).to.equal(await scene.token.getAddress());
    expect(await scene.pool.isSpent(fresh())).to.equal(false);
  });
});
