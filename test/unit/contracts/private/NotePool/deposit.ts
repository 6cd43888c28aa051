import { expect } from "chai";
import { stagePool } from "../../../../helpers/privateMarket.ts";
import { deposit, DEADLINE, proofOf } from "../../../../helpers/privateVerbs.ts";
import { expectRefusal } from "../../../../helpers/refusal.ts";
import { addressWord } from "../../../../../sdk/private/context.ts";

describe("NotePool.deposit", () => {
  const scene = stagePool(async () => Promise.resolve({}));

  it("takes the sender's tokens for a credit note that waits", async () => {
    const { pool, token, poolAddress, actors } = scene;
    const bound = [addressWord(actors.payer.address)];
    const proof = await proofOf(scene, "Deposit", { amountNano: 77 }, { bound });
    const call = pool.connect(actors.payer).deposit(proof, DEADLINE);
    await expect(call).to.emit(pool, "Deposited").withArgs(actors.payer.address, 77);
    const [commitment, ...rest] = proof.signals;
    await expect(call).to.emit(pool, "NoteAdded").withArgs(0, 0, commitment, 0, rest.slice(0, 4));
    await expect(call).to.changeTokenBalances(
      scene.ethers,
      token,
      [actors.payer, poolAddress],
      [-77, 77],
    );
    expect([...(await pool.noteTree())]).to.deep.equal([0n, 0n, 1n]);
  });

  it("gives each note the next index", async () => {
    for (const index of [0, 1, 2]) {
      await expect(deposit(scene)).to.emit(scene.pool, "NoteAdded").withArgs(index, 0, any, 0, any);
    }
  });

  it("refuses nothing", async () => {
    await expectRefusal(deposit(scene, 0), scene.pool, "ZeroAmount");
    await deposit(scene, 1);
  });

  it("refuses another payer's proof", async () => {
    const { pool, actors } = scene;
    const bound = [addressWord(actors.seller.address)];
    await expectRefusal(deposit(scene, 1, { bound }), pool, "ForeignContext");
  });

  it("refuses more than was approved or is there", async () => {
    const { token, poolAddress, actors } = scene;
    await token.connect(actors.payer).approve(poolAddress, 10);
    await expectRefusal(
      deposit(scene, 11),
      token,
      "ERC20InsufficientAllowance",
      poolAddress,
      10,
      11,
    );
    await deposit(scene, 10);
    await token.connect(actors.stranger).approve(poolAddress, 10);
    await expectRefusal(
      deposit(scene, 10, { by: actors.stranger }),
      token,
      "ERC20InsufficientBalance",
    );
  });
});

const any = () => true;
