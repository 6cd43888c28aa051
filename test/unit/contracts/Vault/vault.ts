import { expect } from "chai";
import { Signature, ZeroAddress, ZeroHash } from "ethers";
import { goTo, join, pay } from "../../../helpers/market.ts";
import { stage } from "../../../helpers/stage.ts";
import { setBalance } from "../../../helpers/storage.ts";
import { buy, report, sealAndOpen, settle } from "../../../helpers/verbs.ts";

const MARGIN = 5_000_000_000n;
const MAX_BALANCE = 2n ** 88n - 1n;

describe("Vault", () => {
  const scene = stage(async (fixture) => {
    const { token, actors, marketAddress } = fixture;
    await goTo(fixture, 4, 1);
    const alice = await join(fixture, actors.people[0]!, { depositNano: 0n });
    await token.connect(actors.treasurer).mint(alice.owner.address, 10n ** 12n);
    await token.connect(alice.owner).approve(marketAddress, 10n ** 12n);
    return { alice, me: fixture.market.connect(alice.owner) };
  });

  describe("deposit", () => {
    it("moves tokens from the caller to any account", async () => {
      const { market, token, me, alice, marketAddress } = scene;
      await expect(me.deposit(alice.id, 7n))
        .to.emit(market, "Deposited")
        .withArgs(alice.id, alice.owner.address, 7n);
      await me.deposit(1, 5n);
      expect((await market.accountOf(alice.id)).balanceNano).to.equal(7n);
      expect((await market.accountOf(1)).balanceNano).to.equal(5n);
      expect(await market.vaultNano()).to.equal(12n);
      expect(await token.balanceOf(marketAddress)).to.equal(12n);
    });

    it("refuses nothing, unknown accounts and what was not approved", async () => {
      const { market, token, me, alice } = scene;
      await expect(me.deposit(alice.id, 0)).to.be.revertedWithCustomError(market, "ZeroAmount");
      for (const id of [0, 3]) {
        await expect(me.deposit(id, 1))
          .to.be.revertedWithCustomError(market, "UnknownParticipant")
          .withArgs(id);
      }
      await expect(me.deposit(alice.id, 10n ** 12n + 1n))
        .to.be.revertedWithCustomError(token, "ERC20InsufficientAllowance")
        .withArgs(scene.marketAddress, 10n ** 12n, 10n ** 12n + 1n);
    });

    it("fills the vault to its last nano and not beyond", async () => {
      const { market, alice } = scene;
      await pay(scene, alice.id, MAX_BALANCE);
      expect((await market.accountOf(alice.id)).balanceNano).to.equal(MAX_BALANCE);
      await expect(pay(scene, alice.id, 1n))
        .to.be.revertedWithCustomError(market, "VaultFull")
        .withArgs(MAX_BALANCE + 1n, MAX_BALANCE);
      await expect(pay(scene, 1, 1n)).to.be.revertedWithCustomError(market, "VaultFull");
    });

    it("is taken by a frozen account", async () => {
      const { market, me, alice, actors } = scene;
      await market.connect(actors.regulator).setFrozen(alice.id, true);
      await me.deposit(alice.id, 7n);
    });

    it("pays what the account owes first", async () => {
      const { market, me, alice } = scene;
      await goTo(scene, 6, 1);
      await report(scene, alice, 5, 1_000, 0);
      await settle(scene, 5);
      expect((await market.duesOf(alice.id)).owesGridNano).to.equal(220_000_000n);
      await me.deposit(alice.id, 120_000_000n);
      expect((await market.accountOf(alice.id)).balanceNano).to.equal(0n);
      expect((await market.duesOf(alice.id)).owesGridNano).to.equal(100_000_000n);
      await expect(me.deposit(alice.id, 100_000_001n))
        .to.emit(market, "DuesChanged")
        .withArgs(alice.id, [0n, 0n, 0n, 0n]);
      expect((await market.accountOf(alice.id)).balanceNano).to.equal(1n);
      expect((await market.accountOf(1)).balanceNano).to.equal(220_000_000n);
    });
  });

  describe("depositWithPermit", () => {
    /** alice's permit for the market. */
    async function permitOf(value: bigint) {
      const { token, marketAddress, alice } = scene;
      const { owner } = alice;
      const domain = {
        name: await token.name(),
        version: "1",
        chainId: 31337,
        verifyingContract: await token.getAddress(),
      };
      const types = {
        Permit: [
          { name: "owner", type: "address" },
          { name: "spender", type: "address" },
          { name: "value", type: "uint256" },
          { name: "nonce", type: "uint256" },
          { name: "deadline", type: "uint256" },
        ],
      };
      const nonce = await token.nonces(owner.address);
      const deadline = 2n ** 40n;
      const message = { owner: owner.address, spender: marketAddress, value, nonce, deadline };
      const { v, r, s } = Signature.from(await owner.signTypedData(domain, types, message));
      return { deadline, v, r, s };
    }

    it("needs no approval", async () => {
      const { market, token, me, alice, marketAddress } = scene;
      await token.connect(alice.owner).approve(marketAddress, 0);
      const { deadline, v, r, s } = await permitOf(7n);
      await me.depositWithPermit(alice.id, 7n, deadline, v, r, s);
      expect((await market.accountOf(alice.id)).balanceNano).to.equal(7n);
    });

    it("does not mind a permit that somebody has used before it", async () => {
      const { market, token, me, alice, marketAddress } = scene;
      const { deadline, v, r, s } = await permitOf(7n);
      await token.permit(alice.owner.address, marketAddress, 7n, deadline, v, r, s);
      await me.depositWithPermit(alice.id, 7n, deadline, v, r, s);
      expect((await market.accountOf(alice.id)).balanceNano).to.equal(7n);
    });

    it("fails by the transfer where the permit is no good", async () => {
      const { token, me, alice, marketAddress } = scene;
      await token.connect(alice.owner).approve(marketAddress, 0);
      await expect(
        me.depositWithPermit(alice.id, 7n, 2n ** 40n, 27, ZeroHash, ZeroHash),
      ).to.be.revertedWithCustomError(token, "ERC20InsufficientAllowance");
    });
  });

  describe("fundIncentives", () => {
    it("feeds the fund from anybody", async () => {
      const { market, me, alice } = scene;
      await expect(me.fundIncentives(7n))
        .to.emit(market, "IncentivesFunded")
        .withArgs(alice.owner.address, 7n);
      expect(await market.incentiveFundNano()).to.equal(7n);
      expect(await market.vaultNano()).to.equal(7n);
    });

    it("refuses nothing and a full vault", async () => {
      const { market, me, alice } = scene;
      await expect(me.fundIncentives(0)).to.be.revertedWithCustomError(market, "ZeroAmount");
      await pay(scene, alice.id, MAX_BALANCE);
      await expect(me.fundIncentives(1)).to.be.revertedWithCustomError(market, "VaultFull");
    });
  });

  describe("withdraw", () => {
    beforeEach(async () => {
      await pay(scene, scene.alice.id, MARGIN + 100n);
    });

    it("pays the free part to anybody, to the last nano [M9]", async () => {
      const { market, token, me, alice, actors } = scene;
      const { freeNano } = await market.accountOf(alice.id);
      expect(freeNano).to.equal(100n);
      await expect(me.withdraw(101n, actors.stranger.address))
        .to.be.revertedWithCustomError(market, "InsufficientFree")
        .withArgs(alice.id, 101n, 100n);
      await expect(me.withdraw(100n, actors.stranger.address))
        .to.emit(market, "Withdrawn")
        .withArgs(alice.id, actors.stranger.address, 100n);
      expect(await token.balanceOf(actors.stranger.address)).to.equal(100n);
      expect(await market.vaultNano()).to.equal(MARGIN);
      expect((await market.accountOf(alice.id)).balanceNano).to.equal(MARGIN);
    });

    it("refuses nothing, nobody and who has no account", async () => {
      const { market, me, actors } = scene;
      await expect(me.withdraw(0, actors.stranger.address)).to.be.revertedWithCustomError(
        market,
        "ZeroAmount",
      );
      await expect(me.withdraw(1, ZeroAddress)).to.be.revertedWithCustomError(
        market,
        "ZeroAddress",
      );
      await expect(market.connect(actors.stranger).withdraw(1, actors.stranger.address))
        .to.be.revertedWithCustomError(market, "UnknownAccount")
        .withArgs(actors.stranger.address);
    });

    it("waits while the account is frozen", async () => {
      const { market, me, alice, actors } = scene;
      await market.connect(actors.regulator).setFrozen(alice.id, true);
      await expect(me.withdraw(1, alice.owner.address))
        .to.be.revertedWithCustomError(market, "AccountIsFrozen")
        .withArgs(alice.id);
      await market.connect(actors.regulator).setFrozen(alice.id, false);
      await me.withdraw(1, alice.owner.address);
    });

    it("leaves what is locked", async () => {
      const { market, me, alice } = scene;
      await pay(scene, alice.id, 1_000_000n);
      await sealAndOpen(scene, 5, [[alice, buy(5, 200_000)]]);
      await expect(me.withdraw(101n, alice.owner.address))
        .to.be.revertedWithCustomError(market, "InsufficientFree")
        .withArgs(alice.id, 101n, 100n);
      await me.withdraw(100n, alice.owner.address);
    });

    it("keeps no margin of who has left long ago", async () => {
      const { market, registry, token, actors } = scene;
      const owner = actors.people[3]!;
      await registry.connect(owner).register({
        displayName: "new",
        energyType: 0,
        greenPreference: false,
        microgrid: ZeroHash,
        location: ZeroHash,
      });
      await registry.connect(actors.operator).authorise(owner.address);
      const id = Number(await market.participantOf(owner.address));
      await market.connect(owner).leaveMarket();
      await pay(scene, id, 5n);
      await goTo(scene, 4 + 9, 0);
      await market.connect(owner).withdraw(5n, owner.address);
      expect(await token.balanceOf(owner.address)).to.equal(5n);
    });

    it("keeps no margin of the grid", async () => {
      const { market, actors } = scene;
      await pay(scene, 1, 5n);
      await market.connect(actors.grid).withdraw(5n, actors.grid.address);
      expect((await market.accountOf(1)).balanceNano).to.equal(0n);
    });

    it("is nothing where the balance is below the margin", async () => {
      const { market, me, alice } = scene;
      await setBalance(scene, alice.id, MARGIN - 1n);
      expect((await market.accountOf(alice.id)).freeNano).to.equal(0n);
      await expect(me.withdraw(1n, alice.owner.address)).to.be.revertedWithCustomError(
        market,
        "InsufficientFree",
      );
    });
  });

  it("takes no ether where the token is no wrapped ether", async () => {
    const { market, core, me, alice, token, marketAddress } = scene;
    const address = await token.getAddress();
    await expect(me.depositEther(alice.id, { value: 1n }))
      .to.be.revertedWithCustomError(market, "NotWrappedEther")
      .withArgs(address);
    await expect(me.withdrawEther(1n, alice.owner.address))
      .to.be.revertedWithCustomError(market, "NotWrappedEther")
      .withArgs(address);
    await expect(alice.owner.sendTransaction({ to: marketAddress, value: 1n }))
      .to.be.revertedWithCustomError(core, "NotWrappedEther")
      .withArgs(alice.owner.address);
  });
});
