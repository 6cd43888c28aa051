import { expect } from "chai";
import { id } from "ethers";
import { UnsteadyChainError } from "../../../../../sdk/clients/logTrail.ts";
import { NotParticipantError } from "../../../../../sdk/private/chain/participants.ts";
import { PoolHistoryError } from "../../../../../sdk/private/chain/poolFault.ts";
import { LeafPendingError, PoolFollower } from "../../../../../sdk/private/chain/poolFollower.ts";
import { FIELD_ORDER } from "../../../../../sdk/private/field.ts";
import { MerkleTreeError, rootOfPath } from "../../../../../sdk/private/merkleTree.ts";
import { commitmentOf } from "../../../../../sdk/private/notes.ts";
import { exportNotes, importNotes } from "../../../../../sdk/private/store/exportNotes.ts";
import { NoteStore } from "../../../../../sdk/private/store/noteStore.ts";
import { FunctionProvider } from "../../../../../sdk/rpc/functionProvider.ts";
import { rejection } from "../../../../helpers/rejection.ts";
import {
  SYNTHETIC_POOL,
  SYNTHETIC_TERMS,
  SyntheticPool,
} from "../../../../helpers/syntheticPool.ts";
import { ALICE, AUDIT_KEY, AUDIT_SCALAR, BOB } from "../scene.ts";
import { ADDRESSES, busyPool, CAROL } from "./poolScene.ts";

const follow = (pool: SyntheticPool) => new PoolFollower(pool.provider(), SYNTHETIC_POOL.pool);

/** A node that answers some requests otherwise. */
function lyingNode(
  pool: SyntheticPool,
  lie: (method: string, params: readonly unknown[], honest: unknown) => unknown,
): PoolFollower {
  const honest = pool.provider();
  const provider = new FunctionProvider(
    async (method, params) => lie(method, params, await honest.send(method, params as unknown[])),
    SYNTHETIC_POOL.chainId,
  );
  return new PoolFollower(provider, SYNTHETIC_POOL.pool);
}

describe("poolFollower", function () {
  this.timeout(20_000);
  it("knows trees, plans, matches, keys and terms", async () => {
    const { pool, sold, bought, carolsPlan, match, lapsed, silent, actual } = busyPool();
    const follower = follow(pool);
    expect(follower.scannedTo).to.equal(-1);
    await follower.sync();
    expect(follower.scannedTo).to.equal(pool.head);
    const { state } = follower;
    expect(state.faults).to.be.empty;
    for (let leafIndex = 0; leafIndex < state.insertedLeaves; leafIndex++) {
      const path = follower.pathOf(leafIndex);
      expect(rootOfPath(path)).to.equal(state.notes.root);
      expect(path.leaf).to.equal(state.leaves[leafIndex]);
    }
    const plan = (note: typeof sold.plan) => state.plans.get(commitmentOf(note));
    expect(plan(sold.plan)).to.include({ state: "ended", side: "sell", period: 12n, strikes: 0 });
    expect(plan(bought.plan)).to.include({ state: "ended", side: "buy" });
    expect(plan(carolsPlan.plan)).to.include({ state: "ended", strikes: 1 });
    expect(state.matches.get(lapsed.record)).to.include({ state: "lapsed", buyRest: undefined });
    expect(state.plans.get(state.matches.get(lapsed.record)!.sellRest!.commitment)).to.include({
      state: "proven",
    });
    const agreed = state.matches.get(match.record)!;
    expect(agreed).to.include({ state: "agreed", sellSettled: true, buySettled: true });
    expect(agreed.actual!.actual).to.equal(commitmentOf(actual));
    expect(state.matches.get(silent.record)!.actual).to.equal(undefined);
    expect(state.auditKeys.map(({ version }) => version)).to.deep.equal([1, 2]);
    expect(state.auditKeyAt(agreed.log)!.version).to.equal(2);
    expect(state.auditKeyAt(state.plans.get(agreed.sellPlan)!.log)!.key).to.deep.equal(AUDIT_KEY);
    expect(state.auditKeyAt({ blockNumber: 0, logIndex: 0 })).to.equal(undefined);
    expect(await follower.terms()).to.deep.equal(SYNTHETIC_TERMS);
    expect(await follower.pool()).to.deep.equal(SYNTHETIC_POOL);
  });

  it("leads participants to the latest root, and whoever was expelled nowhere", async () => {
    const { pool } = busyPool();
    const follower = follow(pool);
    await follower.sync();
    const { participants } = follower.state;
    expect(rootOfPath(follower.pathOfOwner(BOB.owner))).to.equal(participants.root);
    expect(() => follower.pathOfOwner(CAROL.owner)).to.throw(NotParticipantError, "Join first");
    expect(participants.list.map(({ expelledAtBlock }) => expelledAtBlock)).to.deep.equal([
      undefined,
      undefined,
      pool.logs.find(({ name }) => name === "ParticipantExpelled")!.blockNumber,
    ]);
    expect(participants.list.map(({ address }) => address)).to.deep.equal(ADDRESSES);
    // The empty place is a neighbour all the same.
    expect(participants.neighboursOfOwner(ALICE.owner)).to.have.length(2);
    pool.join(CAROL, ADDRESSES[2]);
    await follower.sync();
    expect(follower.pathOfOwner(CAROL.owner).index).to.equal(3);
  });

  it("has no path for a note that waits, and says what to do", async () => {
    const pool = new SyntheticPool();
    pool.setAuditKey(AUDIT_SCALAR);
    pool.deposit(ALICE, 5n);
    pool.deposit(ALICE, 6n);
    pool.insertLeaves(1);
    const follower = follow(pool);
    await follower.sync();
    expect(follower.pathOf(0)).to.include({ index: 0, size: 1 });
    expect(follower.state).to.include({ insertedLeaves: 1, pendingLeaves: 1 });
    expect(() => follower.pathOf(1)).to.throw(LeafPendingError, "insertLeaves");
    expect(() => follower.pathOf(2)).to.throw(MerkleTreeError);
    pool.insertLeaves();
    await follower.sync();
    expect(follower.pathOf(1).siblings[0]).to.equal(follower.pathOf(0).leaf);
  });

  it("lets who lost all but the wallet find notes, plans and matches again", async () => {
    const { pool, rest } = busyPool();
    const [follower, steps] = [follow(pool), new NoteStore(SYNTHETIC_POOL, ALICE)];
    const stepwise = new SyntheticPool();
    const live = follow(stepwise);
    for (const block of pool.blocks) {
      if (block !== pool.blocks[0]) stepwise.blocks.push(block);
      await live.feed(steps);
    }
    const whole = new NoteStore(SYNTHETIC_POOL, ALICE);
    await follower.feed(whole);
    expect(whole.notes).to.deep.equal(steps.notes);
    expect(whole.plans).to.deep.equal(steps.plans);
    expect(whole.matches).to.deep.equal(steps.matches);
    expect(whole.balanceNano).to.equal(rest.note.amountNano);
    expect(whole.faults).to.be.empty;
    expect([whole.scannedTo, whole.scannedHash]).to.deep.equal([
      pool.head,
      pool.blocks.at(-1)!.hash,
    ]);
  });

  it("tells a store its matches at each step of theirs", async () => {
    const { pool, match, lapsed } = busyPool();
    const all = pool.blocks;
    const follower = follow(pool);
    const store = new NoteStore(SYNTHETIC_POOL, BOB);
    const seen: string[] = [];
    for (let length = 1; length <= all.length; length++) {
      pool.blocks = all.slice(0, length);
      await follower.feed(store);
      const stored = store.matches.find(({ record }) => record === match.record);
      if (stored === undefined) continue;
      const { confirmedAtBlock, agreedAtBlock, actual, settledAtBlock } = stored;
      const steps = [confirmedAtBlock, agreedAtBlock, actual, settledAtBlock];
      const shown = steps.map((step) => (step === undefined ? "-" : "x")).join("");
      if (seen.at(-1) !== shown) seen.push(shown);
      expect(store.openMatches().includes(stored)).to.equal(settledAtBlock === undefined);
    }
    expect(seen).to.deep.equal(["----", "x---", "xx--", "xxx-", "xxxx"]);
    expect(store.matches[0]!.match).to.deep.equal(match.note);
    const carols = new NoteStore(SYNTHETIC_POOL, CAROL);
    await follower.feed(carols);
    expect(carols.matches.map(({ record }) => record)).to.deep.equal([lapsed.record]);
    expect(carols.openMatches()).to.be.empty;
  });

  it("goes back where the chain was reorganised, and takes the stores along", async () => {
    const { pool } = busyPool();
    const all = pool.blocks;
    for (const kept of [all.length - 2, 20, 3]) {
      pool.blocks = all.slice();
      const follower = follow(pool);
      const store = new NoteStore(SYNTHETIC_POOL, ALICE);
      const late = new NoteStore(SYNTHETIC_POOL, BOB);
      await follower.feed(store);
      pool.forkAfter(kept);
      const reference = follow(pool);
      await reference.sync();
      await follower.feed(store);
      await follower.feed(late);
      expect(follower.scannedTo).to.equal(kept);
      expect(follower.logs).to.deep.equal(reference.logs);
      expect(follower.state.notes.leaves).to.deep.equal(reference.state.notes.leaves);
      expect(follower.state.leaves).to.deep.equal(reference.state.leaves);
      expect(follower.state.plans).to.deep.equal(reference.state.plans);
      expect(follower.state.matches).to.deep.equal(reference.state.matches);
      expect(follower.state.participants.root).to.equal(reference.state.participants.root);
      const fresh = new NoteStore(SYNTHETIC_POOL, ALICE);
      await reference.feed(fresh);
      expect(store.notes).to.deep.equal(fresh.notes);
      expect(store.plans).to.deep.equal(fresh.plans);
      expect(store.matches).to.deep.equal(fresh.matches);
      // The same happens again, in other blocks.
      for (const { logs } of all.slice(kept + 1)) pool.write(...logs);
      await follower.feed(store);
      await reference.feed(fresh);
      expect(store.notes).to.deep.equal(fresh.notes);
      expect(follower.state.notes.root).to.equal(reference.state.notes.root);
    }
  });

  it("finds that an imported store knew another chain", async () => {
    const { pool } = busyPool();
    const store = new NoteStore(SYNTHETIC_POOL, ALICE);
    await follow(pool).feed(store);
    const text = await exportNotes(store, "password", 10);
    const load = () => importNotes(SYNTHETIC_POOL, ALICE, text, "password");
    const same = await load();
    expect(same.matches).to.deep.equal(store.matches);
    await follow(pool).feed(same);
    expect(same.notes).to.deep.equal(store.notes);
    const logs = pool.blocks.slice(4).map((block) => block.logs);
    pool.forkAfter(3);
    for (const each of logs.slice(0, 5)) pool.write(...each);
    const [imported, fresh] = [await load(), new NoteStore(SYNTHETIC_POOL, ALICE)];
    await follow(pool).feed(imported);
    await follow(pool).feed(fresh);
    expect(imported.notes).to.deep.equal(fresh.notes);
    expect(imported.matches).to.deep.equal(fresh.matches);
    expect(imported.scannedTo).to.equal(pool.head);
  });

  it("takes a chain that is shorter than it was", async () => {
    const { pool } = busyPool();
    const follower = follow(pool);
    await follower.sync();
    pool.blocks.length = 10;
    await follower.sync();
    expect(follower.scannedTo).to.equal(9);
  });

  it("refuses a root that its leaves do not give, keeps nothing of it, and asks again", async () => {
    const { pool } = busyPool();
    const all = pool.blocks;
    const last = all.findLastIndex(({ logs }) =>
      logs.some(({ name }) => name === "LeavesInserted"),
    );
    const follower = follow(pool);
    pool.blocks = all.slice(0, 12);
    await follower.sync();
    const { root, size } = follower.state.notes;
    pool.blocks = all.map((block, number) =>
      number !== last
        ? block
        : {
            ...block,
            logs: block.logs.map((log) =>
              log.name === "LeavesInserted" ? { ...log, root: log.root + 1n } : log,
            ),
          },
    );
    const error = await rejection(follower.sync());
    expect(error).to.be.instanceOf(PoolHistoryError);
    expect(error.message).to.match(/LeavesInserted in transaction 0x\w+ has root \d+, not \d+/);
    expect(follower.scannedTo).to.equal(11);
    expect([follower.state.notes.root, follower.state.notes.size]).to.deep.equal([root, size]);
    expect(follower.state.faults).to.be.empty;
    pool.blocks = all;
    await follower.sync();
    expect(follower.scannedTo).to.equal(pool.head);
  });

  it("refuses a history with a note left out", async () => {
    const { pool } = busyPool();
    pool.blocks = pool.blocks.map((block, number) =>
      number === 7
        ? { ...block, logs: block.logs.filter(({ name }) => name !== "NoteAdded") }
        : block,
    );
    const error = await rejection(follow(pool).sync());
    expect(error).to.be.instanceOf(PoolHistoryError);
    expect(error).to.have.property("fault").that.includes({ figure: "leafIndex", expected: "1" });
  });

  it("keeps nothing of a step in which a log cannot be", async () => {
    const pool = new SyntheticPool();
    pool.setAuditKey(AUDIT_SCALAR);
    pool.deposit(ALICE, 5n);
    const follower = follow(pool);
    await follower.sync();
    const known = follower.logs.length;
    pool.deposit(ALICE, 6n);
    const honest = pool.blocks.at(-1)!;
    const logs = honest.logs.map((log) =>
      log.name === "NoteAdded" ? { ...log, commitment: FIELD_ORDER } : log,
    );
    pool.blocks[pool.head] = { ...honest, logs };
    pool.insertLeaves();
    for (let attempt = 0; attempt < 2; attempt++) {
      expect(await rejection(follower.sync())).to.be.instanceOf(PoolHistoryError);
      expect(follower.logs).to.have.length(known);
      expect(follower.state.leaves).to.have.length(1);
    }
    pool.blocks[honest.logs[0]!.blockNumber] = honest;
    await follower.sync();
    expect(follower.pathOf(1).size).to.equal(2);
  });

  it("asks for fewer blocks where a node gives no more", async () => {
    const { pool } = busyPool();
    const ranges: number[] = [];
    const follower = lyingNode(pool, (method, params, honest) => {
      if (method !== "eth_getLogs") return honest;
      const { fromBlock, toBlock } = params[0] as { fromBlock: string; toBlock: string };
      const blocks = Number(toBlock) - Number(fromBlock) + 1;
      if (blocks > 7) throw new Error("query returned more than 10000 results");
      ranges.push(blocks);
      return honest;
    });
    await follower.sync();
    expect(follower.logs).to.deep.equal(pool.logs);
    expect(ranges.length).to.be.greaterThan(4);
  });

  it("reads again where the chain changes while it reads, and gives up at last", async () => {
    const { pool } = busyPool();
    let [changes, answers] = [3, 0];
    const follower = lyingNode(pool, (method, params, honest) => {
      const isHead = method === "eth_getBlockByNumber" && Number(params[0]) === pool.head;
      if (!isHead || changes-- <= 0) return honest;
      return { ...(honest as object), hash: id(`other ${answers++}`) };
    });
    await follower.sync();
    expect(follower.logs).to.deep.equal(pool.logs);
    changes = Infinity;
    pool.deposit(ALICE, 1n);
    expect(await rejection(follower.sync())).to.be.instanceOf(UnsteadyChainError);
  });

  it("comes to an end where blocks come faster than they can be read", async () => {
    const { pool } = busyPool();
    const follower = lyingNode(pool, (method, _, honest) => {
      if (method === "eth_getLogs") pool.deposit(ALICE, 1n);
      return honest;
    });
    const head = pool.head;
    await follower.sync();
    expect(follower.scannedTo).to.equal(head).and.to.be.below(pool.head);
    const next = pool.head;
    await follower.sync();
    expect(follower.scannedTo).to.equal(next);
  });

  it("gives up on a node that contradicts itself", async () => {
    for (const wrong of ["head", "logs"]) {
      const { pool } = busyPool();
      const follower = lyingNode(pool, (method, params, honest) => {
        if (wrong === "logs" && method === "eth_getLogs") {
          return (honest as object[]).map((log) => ({ ...log, blockHash: id("other") }));
        }
        const isHead = method === "eth_getBlockByNumber" && Number(params[0]) === pool.head;
        return wrong === "head" && isHead ? { ...(honest as object), hash: id("other") } : honest;
      });
      expect(await rejection(follower.sync())).to.be.instanceOf(UnsteadyChainError);
      expect(follower.logs).to.be.empty;
    }
  });

  it("waits for the block of a receipt where its node lags behind", async () => {
    const { pool } = busyPool();
    const follower = lyingNode(pool, (method, _, honest) =>
      method === "eth_blockNumber" ? "0x5" : honest,
    );
    await follower.sync();
    expect(follower.scannedTo).to.equal(5);
    await follower.sync(9);
    expect(follower.scannedTo).to.equal(9);
  });

  it("runs syncs one after another", async () => {
    const { pool } = busyPool();
    const follower = follow(pool);
    const stores = [ALICE, BOB, CAROL].map((each) => new NoteStore(SYNTHETIC_POOL, each));
    await Promise.all([follower.sync(), ...stores.map((store) => follower.feed(store))]);
    expect(follower.logs).to.deep.equal(pool.logs);
    for (const store of stores) expect(store.scannedTo).to.equal(pool.head);
  });

  it("goes on after a node that failed", async () => {
    const { pool } = busyPool();
    let isDown = true;
    const follower = lyingNode(pool, (_method, _params, honest) => {
      if (isDown) throw new Error("connection refused");
      return honest;
    });
    await rejection(follower.sync());
    isDown = false;
    await follower.sync();
    expect(follower.scannedTo).to.equal(pool.head);
  });
});
