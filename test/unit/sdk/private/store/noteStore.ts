import { expect } from "chai";
import { attributesOf } from "../../../../../sdk/private/notes.ts";
import { ForgedMemoError } from "../../../../../sdk/private/openMemo.ts";
import { NoteStore, ScanRangeError } from "../../../../../sdk/private/store/noteStore.ts";
import type { PoolEvent } from "../../../../../sdk/private/store/poolEvent.ts";
import { ALICE, BOB, POOL } from "../scene.ts";
import { made, madeCredit, noteAdded, spent, storeWith } from "./storeScene.ts";

const GATEWAY = 4711n;
const generation = made({
  kind: "generation",
  owner: ALICE.owner,
  gateway: GATEWAY,
  period: 12n,
  energyWh: 900n,
});
const plan = made({
  kind: "plan",
  owner: ALICE.owner,
  side: "sell",
  period: 12n,
  energyWh: 500n,
  priceMicroPerKwh: 200n,
  attributes: attributesOf(GATEWAY, 6n),
});
const planAdded = (blockNumber: number): PoolEvent & { type: "planAdded" } => ({
  type: "planAdded",
  plan: { ...plan, kind: "plan" },
  blockNumber,
});
const planEnded = (blockNumber: number): PoolEvent => ({
  type: "planEnded",
  plan: plan.commitment,
  blockNumber,
});

describe("noteStore", () => {
  it("finds one's own notes among others', with their places", () => {
    const store = new NoteStore(POOL, ALICE);
    const events = [
      noteAdded(0, madeCredit(5n, BOB)),
      noteAdded(1, madeCredit(7n)),
      noteAdded(2, generation, 2),
      noteAdded(3, madeCredit(11n), 2),
    ];
    store.scan(events, 4);
    expect(store.notes.map(({ leafIndex }) => leafIndex)).to.deep.equal([1, 2, 3]);
    expect(store.balanceNano).to.equal(18n);
    expect(store.generation(12n).map(({ note }) => note)).to.deep.equal([generation.note]);
    expect(store.generation(13n)).to.be.empty;
    expect([store.scannedTo, store.owner]).to.deep.equal([4, ALICE.owner]);
    expect(store.faults).to.be.empty;
  });

  it("finds the same with nothing but the keys, in one scan or in many", () => {
    const events = [
      noteAdded(0, madeCredit(5n), 1),
      planAdded(2),
      noteAdded(1, madeCredit(7n), 3),
      spent(0, 4),
      planEnded(5),
    ];
    const [whole, parts] = [new NoteStore(POOL, ALICE), new NoteStore(POOL, ALICE)];
    whole.scan(events, 6);
    for (let block = 1; block <= 6; block++) {
      parts.scan(
        events.filter(({ blockNumber }) => blockNumber === block),
        block,
      );
    }
    expect(parts.notes).to.deep.equal(whole.notes);
    expect(parts.plans).to.deep.equal(whole.plans);
  });

  it("takes spent notes out of the balance, and no one else's", () => {
    const store = storeWith(5n, 7n);
    const foreign: PoolEvent = { type: "nullifierSpent", nullifier: 99n, blockNumber: 2 };
    store.scan([foreign, spent(1, 2)], 2);
    expect(store.balanceNano).to.equal(5n);
    expect(store.notes.map(({ spentAtBlock }) => spentAtBlock)).to.deep.equal([undefined, 2]);
  });

  it("takes a note that is spent in the block that it came in", () => {
    const store = new NoteStore(POOL, ALICE);
    store.scan([noteAdded(0, madeCredit(5n), 3), spent(0, 3)], 3);
    expect(store.balanceNano).to.equal(0n);
  });

  it("keeps a plan until it ends", () => {
    const store = new NoteStore(POOL, ALICE);
    store.scan([planAdded(1)], 1);
    expect(store.openPlans().map((each) => each.plan)).to.deep.equal([plan.note]);
    store.scan([planEnded(2)], 2);
    expect(store.openPlans()).to.be.empty;
    expect(store.plans).to.have.length(1);
  });

  it("opens a plan's attributes with the gateways of its own generation", () => {
    const store = new NoteStore(POOL, ALICE);
    expect(store.openAttributes(plan.note, [6n])).to.equal(undefined);
    store.scan([noteAdded(0, generation)], 1);
    expect(store.openAttributes(plan.note)).to.equal(undefined);
    expect(store.openAttributes(plan.note, [5n, 6n])).to.deep.equal({
      gateway: GATEWAY,
      features: 6n,
    });
    const bought = { ...plan.note, attributes: attributesOf(0n, 0n) };
    expect(store.openAttributes(bought)).to.deep.equal({ gateway: 0n, features: 0n });
  });

  it("forgets what a reorganisation took back, and takes the new blocks", () => {
    const store = new NoteStore(POOL, ALICE);
    const first = noteAdded(0, madeCredit(5n), 1);
    store.scan([first, planAdded(2), spent(0, 4), noteAdded(1, madeCredit(7n), 4)], 4);
    store.scan([planEnded(5)], 5);
    expect(store.balanceNano).to.equal(7n);
    store.rewind(3);
    expect([store.balanceNano, store.scannedTo]).to.deep.equal([5n, 3]);
    expect(store.openPlans()).to.have.length(1);
    expect(store.notes).to.have.length(1);
    store.scan([noteAdded(1, madeCredit(9n), 4)], 4);
    expect(store.balanceNano).to.equal(14n);
    store.rewind(0);
    expect([store.notes, store.plans]).to.deep.equal([[], []]);
  });

  it("is not moved forward by rewinding", () => {
    const store = storeWith(5n);
    store.rewind(100);
    expect([store.balanceNano, store.scannedTo]).to.deep.equal([5n, 1]);
  });

  it("refuses blocks that it has, and events of other blocks, before it takes any", () => {
    const store = storeWith(5n);
    const next = noteAdded(1, madeCredit(7n), 2);
    for (const stray of [1, 0, 4]) {
      const events = [next, noteAdded(2, madeCredit(1n), stray)];
      expect(() => store.scan(events, 3)).to.throw(ScanRangeError, `block ${stray}`);
    }
    expect(() => store.scan([], 0)).to.throw(ScanRangeError, "are known");
    expect(store.balanceNano).to.equal(5n);
    store.scan([next], 3);
    expect(store.balanceNano).to.equal(12n);
  });

  it("begins at the pool's first block", () => {
    const store = new NoteStore(POOL, ALICE, { scannedTo: 99 });
    expect(() => store.scan([noteAdded(0, madeCredit(5n), 99)], 100)).to.throw(ScanRangeError);
    store.scan([noteAdded(0, madeCredit(5n), 100)], 100);
    expect(store.balanceNano).to.equal(5n);
  });

  it("names forged memos, and finds the notes after them all the same", () => {
    const store = new NoteStore(POOL, ALICE);
    const good = noteAdded(2, madeCredit(7n));
    const forged = noteAdded(0, madeCredit(5n));
    const events = [
      { ...forged, note: { ...forged.note, commitment: 12345n } },
      { ...forged, leafIndex: 1, note: { ...forged.note, memo: [1n, 2n, 3n, 4n] } },
      good,
    ];
    store.scan(events, 1);
    expect(store.balanceNano).to.equal(7n);
    expect(
      store.faults.map((fault) => fault instanceof ForgedMemoError && fault.commitment),
    ).to.deep.equal([12345n, forged.note.commitment]);
  });
});
