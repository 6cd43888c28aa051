import { expect } from "chai";
import { deployBeside } from "../../../helpers/otherMarkets.ts";
import { stage } from "../../../helpers/stage.ts";

const GWEI = 1_000_000_000n;

describe("a market in wrapped ether", () => {
  const scene = stage(async (fixture) => {
    const { ethers, actors } = fixture;
    const weth = await ethers.deployContract("WrappedEther");
    const beside = await deployBeside(fixture, weth, true);
    const owner = actors.people[0]!;
    await beside.market.connect(actors.operator).openAccount(owner.address);
    return { weth, ...beside, owner, me: beside.market.connect(owner) };
  });

  it("counts a gwei as a nano", async () => {
    const { market, weth, me, marketAddress, owner } = scene;
    await expect(me.depositEther(2, { value: 7n * GWEI }))
      .to.emit(market, "Deposited")
      .withArgs(2, owner.address, 7n);
    expect(await weth.balanceOf(marketAddress)).to.equal(7n * GWEI);
    expect(await market.vaultNano()).to.equal(7n);
  });

  it("refuses no ether and parts of a gwei", async () => {
    const { market, me } = scene;
    await expect(me.depositEther(2, { value: 0n })).to.be.revertedWithCustomError(
      market,
      "ZeroAmount",
    );
    for (const value of [1n, GWEI - 1n, GWEI + 1n]) {
      await expect(me.depositEther(2, { value }))
        .to.be.revertedWithCustomError(market, "AmountNotRepresentable")
        .withArgs(value, GWEI);
    }
  });

  it("takes the token itself too", async () => {
    const { market, weth, me, marketAddress, owner } = scene;
    await weth.connect(owner).deposit({ value: 5n * GWEI });
    await weth.connect(owner).approve(marketAddress, 5n * GWEI);
    await me.deposit(2, 5n);
    expect((await market.accountOf(2)).balanceNano).to.equal(5n);
  });

  it("pays out as ether or as the token", async () => {
    const { market, weth, me, actors, ethers, marketAddress } = scene;
    await me.depositEther(2, { value: 7n * GWEI });
    const before = await ethers.provider.getBalance(actors.stranger.address);
    await expect(me.withdrawEther(3n, actors.stranger.address))
      .to.emit(market, "Withdrawn")
      .withArgs(2, actors.stranger.address, 3n);
    expect((await ethers.provider.getBalance(actors.stranger.address)) - before).to.equal(
      3n * GWEI,
    );
    await me.withdraw(4n, actors.stranger.address);
    expect(await weth.balanceOf(actors.stranger.address)).to.equal(4n * GWEI);
    expect(await weth.balanceOf(marketAddress)).to.equal(0n);
    expect(await ethers.provider.getBalance(marketAddress)).to.equal(0n);
  });

  it("gives the money back to the account where the receiver takes no ether", async () => {
    const { market, core, me, ethers } = scene;
    await me.depositEther(2, { value: 7n * GWEI });
    const closed = await (await ethers.deployContract("NoEther")).getAddress();
    await expect(me.withdrawEther(3n, closed))
      .to.be.revertedWithCustomError(core, "EtherTransferFailed")
      .withArgs(closed);
    expect((await market.accountOf(2)).balanceNano).to.equal(7n);
  });

  it("takes plain ether from the token alone", async () => {
    const { core, owner, marketAddress } = scene;
    await expect(owner.sendTransaction({ to: marketAddress, value: 1n }))
      .to.be.revertedWithCustomError(core, "NotWrappedEther")
      .withArgs(owner.address);
  });

  it("keeps what a holder that takes no ether would unwrap", async () => {
    const { weth, ethers, networkHelpers } = scene;
    const closed = await (await ethers.deployContract("NoEther")).getAddress();
    await networkHelpers.setBalance(closed, 10n ** 18n);
    await networkHelpers.impersonateAccount(closed);
    const byClosed = weth.connect(await ethers.getSigner(closed));
    await byClosed.deposit({ value: 4n });
    await expect(byClosed.withdraw(4n))
      .to.be.revertedWithCustomError(weth, "EtherTransferFailed")
      .withArgs(closed);
    expect(await weth.balanceOf(closed)).to.equal(4n);
  });

  it("wraps and unwraps", async () => {
    const { weth, owner, ethers } = scene;
    const address = await weth.getAddress();
    await owner.sendTransaction({ to: address, value: 3n });
    await weth.connect(owner).deposit({ value: 4n });
    expect(await weth.balanceOf(owner.address)).to.equal(7n);
    await weth.connect(owner).withdraw(7n);
    expect(await ethers.provider.getBalance(address)).to.equal(0n);
    await expect(weth.connect(owner).withdraw(1n)).to.be.revertedWithCustomError(
      weth,
      "ERC20InsufficientBalance",
    );
  });
});

describe("a market in a token of 6 decimals", () => {
  const scene = stage(async (fixture) => {
    const { ethers, actors } = fixture;
    const token = await ethers.deployContract("PlainToken", [6]);
    const beside = await deployBeside(fixture, token);
    const owner = actors.people[0]!;
    await beside.market.connect(actors.operator).openAccount(owner.address);
    await token.getFunction("mint")(owner.address, 1_000_000n);
    await token.connect(owner).getFunction("approve")(beside.marketAddress, 1_000_000n);
    return { plain: token, ...beside, owner, me: beside.market.connect(owner) };
  });

  it("counts a unit as a thousand nano, and takes whole units only", async () => {
    const { market, plain, me, owner, marketAddress } = scene;
    await me.deposit(2, 5_000n);
    expect(await plain.getFunction("balanceOf")(marketAddress)).to.equal(5n);
    for (const amount of [1n, 999n, 1_001n]) {
      await expect(me.deposit(2, amount))
        .to.be.revertedWithCustomError(market, "AmountNotRepresentable")
        .withArgs(amount, 1_000n);
      await expect(me.withdraw(amount, owner.address)).to.be.revertedWithCustomError(
        market,
        "AmountNotRepresentable",
      );
    }
    await me.withdraw(2_000n, owner.address);
    expect(await plain.getFunction("balanceOf")(marketAddress)).to.equal(3n);
    expect(await market.vaultNano()).to.equal(3_000n);
  });
});

describe("CommunityCurrency", () => {
  const scene = stage(async () => ({}));

  it("is minted by the treasurer and burnt by whoever holds it", async () => {
    const { token, actors } = scene;
    await token.connect(actors.treasurer).mint(actors.stranger.address, 7n);
    await token.connect(actors.stranger).burn(2n);
    expect(await token.balanceOf(actors.stranger.address)).to.equal(5n);
    expect(await token.totalSupply()).to.equal(5n);
    await expect(token.connect(actors.stranger).burn(6n)).to.be.revertedWithCustomError(
      token,
      "ERC20InsufficientBalance",
    );
    expect(await token.decimals()).to.equal(9n);
  });
});
