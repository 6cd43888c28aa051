import { expect } from "chai";
import { addressWord } from "../../../../../sdk/private/context.ts";
import { MerkleTree, PARTICIPANT_TREE_DEPTH } from "../../../../../sdk/private/merkleTree.ts";
import { stagePool } from "../../../../helpers/privateMarket.ts";
import { fillParticipants } from "../../../../helpers/privateStorage.ts";
import { fresh, joinPool } from "../../../../helpers/privateVerbs.ts";
import { expectRefusal } from "../../../../helpers/refusal.ts";

describe("Participants.join", () => {
  const scene = stagePool(async () => Promise.resolve({}));

  it("adds the sender's private account to the tree", async () => {
    const { pool, actors } = scene;
    const { seller, buyer } = actors;
    const owners = [fresh(), fresh()];
    const twin = new MerkleTree(PARTICIPANT_TREE_DEPTH);
    expect([...(await pool.participantsTree())]).to.deep.equal([0n, 0n]);
    for (const [index, by] of [seller, buyer].entries()) {
      twin.append([owners[index]!]);
      await expect(joinPool(scene, by, owners[index]))
        .to.emit(pool, "ParticipantJoined")
        .withArgs(by.address, owners[index], index, twin.root);
      expect(await pool.ownerOf(by.address)).to.equal(owners[index]);
    }
    expect([...(await pool.participantsTree())]).to.deep.equal([twin.root, 2n]);
    expect(await pool.market()).to.equal(scene.marketAddress);
  });

  it("refuses who has no account, or is not authorised any more", async () => {
    const { pool, market, registry, actors } = scene;
    const { seller, stranger, operator } = actors;
    await expectRefusal(joinPool(scene, stranger), pool, "NotAuthorised", stranger.address);
    await registry.connect(operator).revoke(await market.participantOf(seller.address));
    await expectRefusal(joinPool(scene, seller), pool, "NotAuthorised", seller.address);
  });

  it("refuses who has joined, with whatever account", async () => {
    const { pool, actors } = scene;
    const owner = fresh();
    await joinPool(scene, actors.seller, owner);
    const { address } = actors.seller;
    await expectRefusal(joinPool(scene, actors.seller), pool, "AlreadyJoined", address, owner);
    await expectRefusal(
      joinPool(scene, actors.seller, owner),
      pool,
      "AlreadyJoined",
      address,
      owner,
    );
  });

  it("refuses an account that somebody has joined with", async () => {
    const { pool, actors } = scene;
    const owner = fresh();
    await joinPool(scene, actors.seller, owner);
    await expectRefusal(joinPool(scene, actors.buyer, owner), pool, "OwnerTaken", owner);
  });

  it("refuses a proof that another address sends", async () => {
    const { pool, actors } = scene;
    const bound = [addressWord(actors.seller.address)];
    await expectRefusal(joinPool(scene, actors.buyer, fresh(), { bound }), pool, "ForeignContext");
  });

  it("takes the last one that the tree has room for, and no more", async () => {
    const { pool, actors } = scene;
    await fillParticipants(scene, 2 ** 16 - 1);
    await joinPool(scene, actors.seller);
    expect((await pool.participantsTree()).size).to.equal(2n ** 16n);
    await expectRefusal(joinPool(scene, actors.buyer), pool, "TreeFull", 2 ** 16);
  });

  it("refuses 0, which stands for who was removed", async () => {
    await expectRefusal(joinPool(scene, scene.actors.seller, 0n), scene.pool, "LeafCannotBeZero");
  });
});
