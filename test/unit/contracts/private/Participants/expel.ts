import { expect } from "chai";
import { MerkleTree, PARTICIPANT_TREE_DEPTH } from "../../../../../sdk/private/merkleTree.ts";
import { join } from "../../../../helpers/market.ts";
import { stagePool } from "../../../../helpers/privateMarket.ts";
import {
  deposit,
  fresh,
  joinPool,
  submitBuyPlan,
  submitSellPlan,
} from "../../../../helpers/privateVerbs.ts";
import { expectRefusal } from "../../../../helpers/refusal.ts";

const MEMBERS = 7;

describe("Participants.expel", () => {
  const scene = stagePool(async (fixture) => {
    const twin = new MerkleTree(PARTICIPANT_TREE_DEPTH);
    const members = fixture.actors.people.slice(5, 5 + MEMBERS);
    for (const member of members) {
      if ((await fixture.market.participantOf(member.address)) === 0n) {
        await join(fixture, member, { depositNano: 0n });
      }
      const owner = fresh();
      await joinPool(fixture, member, owner);
      twin.append([owner]);
    }
    await deposit(fixture);
    await fixture.pool.insertLeaves(1);
    return { members, owners: [...twin.leaves], siblingsOf: siblingsOf(twin) };
  });

  const treeOf = (owners: readonly bigint[]) => {
    const twin = new MerkleTree(PARTICIPANT_TREE_DEPTH, scene.owners);
    owners.forEach((owner, index) => {
      if (owner === 0n) twin.replace(index, 0n);
    });
    return twin;
  };

  it("takes any leaf out, one after the other, and leaves the others' places", async () => {
    const { pool, actors, members } = scene;
    const owners = [...scene.owners];
    for (const index of [3, 6, 0, 5, 1, 2, 4]) {
      const siblings = siblingsOf(treeOf(owners))(index);
      const owner = owners[index]!;
      owners[index] = 0n;
      const { root } = treeOf(owners);
      await expect(pool.connect(actors.operator).expel(members[index]!.address, siblings))
        .to.emit(pool, "ParticipantExpelled")
        .withArgs(members[index]!.address, owner, index, root);
      expect([...(await pool.participantsTree())]).to.deep.equal([root, BigInt(MEMBERS)]);
      expect(await pool.ownerOf(members[index]!.address)).to.equal(0n);
    }
  });

  it("keeps the tree the SDK's while others join after it", async () => {
    const { pool, actors, members } = scene;
    const twin = treeOf(scene.owners);
    for (const index of [MEMBERS - 1, 2]) {
      await pool.connect(actors.operator).expel(members[index]!.address, siblingsOf(twin)(index));
      twin.replace(index, 0n);
      const owner = fresh();
      await joinPool(scene, members[index]!, owner);
      twin.append([owner]);
      expect([...(await pool.participantsTree())]).to.deep.equal([twin.root, BigInt(twin.size)]);
    }
  });

  it("is the operator's alone while the participant is authorised", async () => {
    const { pool, actors, members, siblingsOf } = scene;
    for (const by of [actors.stranger, actors.matcher, actors.regulator, members[0]!]) {
      await expectRefusal(
        pool.connect(by).expel(members[0]!.address, siblingsOf(0)),
        pool,
        "AccessManagedUnauthorized",
        by.address,
      );
    }
  });

  it("is anybody's once the open market does not authorise the participant", async () => {
    const { pool, market, registry, actors, members, siblingsOf } = scene;
    const { address } = members[0]!;
    await registry.connect(actors.operator).revoke(await market.participantOf(address));
    await expect(pool.connect(actors.stranger).expel(address, siblingsOf(0))).to.emit(
      pool,
      "ParticipantExpelled",
    );
  });

  it("refuses who has not joined, or is out already", async () => {
    const { pool, actors, members, siblingsOf } = scene;
    const { stranger, operator } = actors;
    await expectRefusal(
      pool.connect(operator).expel(stranger.address, []),
      pool,
      "NotJoined",
      stranger.address,
    );
    await pool.connect(operator).expel(members[0]!.address, siblingsOf(0));
    await expectRefusal(
      pool.connect(operator).expel(members[0]!.address, siblingsOf(0)),
      pool,
      "NotJoined",
      members[0]!.address,
    );
  });

  it("refuses another leaf's path", async () => {
    const { pool, actors, members, siblingsOf } = scene;
    await expectRefusal(
      pool.connect(actors.operator).expel(members[0]!.address, siblingsOf(2)),
      pool,
      "WrongSiblingNodes",
    );
    await expect(
      pool.connect(actors.operator).expel(members[0]!.address, []),
    ).to.be.revertedWithPanic(0x32);
  });

  it("ends new plans at once: the tree before is none", async () => {
    const { pool, actors, members, siblingsOf } = scene;
    const [participantsRoot, participantsSize] = await pool.participantsTree();
    const signals = { participantsRoot, participantsSize };
    await submitSellPlan(scene, { signals });
    await pool.connect(actors.operator).expel(members[0]!.address, siblingsOf(0));
    const [current] = await pool.participantsTree();
    for (const verb of [submitSellPlan, submitBuyPlan]) {
      await expectRefusal(
        verb(scene, { signals }),
        pool,
        "StaleParticipants",
        current,
        participantsRoot,
      );
      await expectRefusal(
        verb(scene, { signals: { participantsSize: participantsSize + 1n } }),
        pool,
        "StaleParticipants",
        current,
        current,
      );
      await verb(scene);
    }
  });

  it("lets nobody else go on under the account, and its holder come back with it", async () => {
    const { pool, actors, members, owners, siblingsOf } = scene;
    await pool.connect(actors.operator).expel(members[0]!.address, siblingsOf(0));
    await expectRefusal(joinPool(scene, actors.seller, owners[0]), pool, "OwnerTaken", owners[0]);
    await expect(joinPool(scene, members[0]!, owners[0]))
      .to.emit(pool, "ParticipantJoined")
      .withArgs(members[0]!.address, owners[0], MEMBERS, () => true);
  });
});

/** The neighbours that a path has, without the levels at which it has none. */
function siblingsOf(tree: MerkleTree): (index: number) => bigint[] {
  return (index) => {
    const { siblings, size } = tree.pathOf(index);
    return siblings.filter((_, level) => {
      const place = Math.floor(index / 2 ** level);
      const last = Math.ceil(size / 2 ** level) - 1;
      return place !== last || place % 2 === 1;
    });
  };
}
