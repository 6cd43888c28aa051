// A settlement token that does not behave must not make the vault believe what is not there.
import { expect } from "chai";
import type { MarketFixture } from "../../helpers/market.ts";
import { deployBeside } from "../../helpers/otherMarkets.ts";
import { stage } from "../../helpers/stage.ts";
import { sent } from "../../helpers/verbs.ts";

describe("attack: tokens", () => {
  const scene = stage(async () => ({}));

  /** A market in this token, with an account of the first person's and tokens in its hand. */
  async function marketIn(name: string) {
    const { ethers, actors } = scene;
    const token = await ethers.deployContract(name);
    const beside: MarketFixture = await deployBeside(scene, token);
    const owner = actors.people[0]!;
    await beside.market.connect(actors.operator).openAccount(owner.address);
    await token.getFunction("mint")(owner.address, 1_000_000n);
    await token.connect(owner).getFunction("approve")(beside.marketAddress, 1n << 100n);
    return { ...beside, token, owner, id: 2n, me: beside.market.connect(owner) };
  }

  it("one that keeps a fee is not taken", async () => {
    const { market, me, id } = await marketIn("FeeToken");
    await expect(me.deposit(id, 1_000))
      .to.be.revertedWithCustomError(market, "TransferShort")
      .withArgs(1_000, 990);
    await expect(me.fundIncentives(1_000)).to.be.revertedWithCustomError(market, "TransferShort");
    expect(await market.vaultNano()).to.equal(0n);
  });

  it("one that refuses by `false` is not taken", async () => {
    const { market, me, id, ethers } = await marketIn("RefusingToken");
    await expect(me.deposit(id, 1_000)).to.be.revert(ethers);
    expect(await market.vaultNano()).to.equal(0n);
  });

  it("one that says yes and pays nothing is not taken", async () => {
    const { market, me, id } = await marketIn("LyingToken");
    await expect(me.deposit(id, 1_000))
      .to.be.revertedWithCustomError(market, "TransferShort")
      .withArgs(1_000, 0);
  });

  describe("one that calls back", () => {
    const calls: [string, (market: MarketFixture["market"], owner: string) => string][] = [
      ["deposit", (market) => market.interface.encodeFunctionData("deposit", [2, 500])],
      [
        "withdraw",
        (market, owner) => market.interface.encodeFunctionData("withdraw", [500, owner]),
      ],
      ["fundIncentives", (market) => market.interface.encodeFunctionData("fundIncentives", [500])],
    ];
    for (const [name, encode] of calls) {
      for (const outer of ["deposit", "withdraw"] as const) {
        it(`cannot ${name} within ${outer}`, async () => {
          const { market, marketAddress, token, me, owner, id, networkHelpers, ethers } =
            await marketIn("CallingToken");
          await me.deposit(id, 10_000);
          // The token itself owns the account, so that its calls come from an owner.
          const tokenAddress = await token.getAddress();
          await networkHelpers.setBalance(tokenAddress, 10n ** 18n);
          await token.getFunction("setCall")(marketAddress, encode(market, owner.address));
          const call =
            outer === "deposit" ? me.deposit(id, 1_000) : me.withdraw(1_000, owner.address);
          const receipt = await sent(call);
          const reasons = receipt.logs
            .filter(({ address }) => address === tokenAddress)
            .map((log) => token.interface.parseLog(log))
            .filter((event) => event?.name === "Refused")
            .map((event) => String(event!.args[0]).slice(0, 10));
          expect(reasons).to.deep.equal([ethers.id("ReentrancyGuardReentrantCall()").slice(0, 10)]);
          expect(await market.vaultNano()).to.equal(outer === "deposit" ? 11_000n : 9_000n);
          expect(await token.getFunction("balanceOf")(marketAddress)).to.equal(
            await market.vaultNano(),
          );
        });
      }
    }

    it("cannot count what it slips in beside a deposit", async () => {
      const { market, marketAddress, token, me, id } = await marketIn("CallingToken");
      await token.getFunction("setCall")(
        await token.getAddress(),
        token.interface.encodeFunctionData("mint", [marketAddress, 5n]),
      );
      await expect(me.deposit(id, 1_000))
        .to.be.revertedWithCustomError(market, "TransferShort")
        .withArgs(1_000, 1_005);
    });
  });

  it("what is sent to the market past its verbs belongs to nobody", async () => {
    const { market, marketAddress, token, me, id, owner } = await marketIn("CallingToken");
    await token.connect(owner).getFunction("transfer")(marketAddress, 7n);
    await me.deposit(id, 1_000);
    expect(await market.vaultNano()).to.equal(1_000n);
    expect((await market.accountOf(id)).balanceNano).to.equal(1_000n);
  });
});
