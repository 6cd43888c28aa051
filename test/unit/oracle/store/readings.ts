import { expect } from "chai";
import { StoreError } from "../../../../oracle/store/errors.ts";
import { hashOf, readingOf, send, storeSigned, useStores } from "./stores.ts";

describe("Readings", function () {
  const stores = useStores();

  it("gives a reading back as it was stored, also after the store was closed", function () {
    const reading = { ...readingOf(3, 77), importWh: 2n ** 48n - 1n, exportWh: 0n };
    const store = stores.open();
    const [stored] = store.readings.storeRead([reading]);
    store.close();
    expect(stores.open().readings.pending()).to.deep.equal([stored]);
    expect(stored).to.deep.include({ ...reading, id: 1, state: "read", r: undefined });
  });

  it("refuses a counter that does not fit into 48 bits, and keeps nothing of its batch", function () {
    const store = stores.open();
    const tooLarge = { ...readingOf(2, 1), exportWh: 2n ** 48n };
    expect(() => store.readings.storeRead([readingOf(1, 1), tooLarge])).to.throw(RangeError);
    expect(() => store.readings.storeRead([{ ...readingOf(2, 1), importWh: -1n }])).to.throw(
      RangeError,
    );
    expect(store.readings.counts().read).to.equal(0);
    expect(store.readings.pending()).to.be.empty;
  });

  it("refuses a second reading of a meter for a period, and keeps nothing of its batch", function () {
    const store = stores.open();
    store.readings.storeRead([readingOf(1, 5)]);
    expect(() => store.readings.storeRead([readingOf(2, 5), readingOf(1, 5)])).to.throw(
      StoreError,
      "A reading of participant 1, meter 2, for period 5 is stored already.",
    );
    expect(store.readings.counts().read).to.equal(1);
  });

  it("tells what is pending in the order of reading, and parts of it", function () {
    const { readings } = stores.open();
    const stored = readings.storeRead([readingOf(1, 6), readingOf(2, 5), readingOf(1, 5)]);
    const [first, second, third] = stored.map(({ id }) => id);
    const ids = (filter?: Parameters<typeof readings.pending>[0]) =>
      readings.pending(filter).map(({ id }) => id);
    expect(ids()).to.deep.equal([first, second, third]);
    expect(ids({ limit: 2 })).to.deep.equal([first, second]);
    expect(ids({ participant: 1 })).to.deep.equal([first, third]);
    readings.storeSigned([{ id: second!, r: hashOf(10), vs: hashOf(11) }]);
    expect(ids({ state: "read" })).to.deep.equal([first, third]);
    expect(ids({ state: "signed" })).to.deep.equal([second]);
  });

  it("tells which may be sent by a time, and when the next may", function () {
    const { readings } = stores.open();
    expect(readings.nextDueMs()).to.equal(undefined);
    const [first, second] = readings.storeRead([readingOf(1, 5), readingOf(2, 5)]);
    expect(readings.nextDueMs(), "none is signed").to.equal(undefined);
    readings.storeSigned(
      [first!, second!].map(({ id }) => ({ id, r: hashOf(10), vs: hashOf(11) })),
    );
    expect(readings.nextDueMs()).to.equal(0);
    readings.hold([
      { id: first!.id, reason: "early", untilMs: 500 },
      { id: second!.id, reason: "early", untilMs: 400 },
    ]);
    expect(readings.nextDueMs()).to.equal(400);
    const due = (waitUntilMs: number) => readings.pending({ waitUntilMs }).map(({ id }) => id);
    expect(due(399)).to.deep.equal([]);
    expect(due(400)).to.deep.equal([second!.id]);
    expect(due(500)).to.deep.equal([first!.id, second!.id]);
  });

  it("keeps the signature of a reading, and no other once it is sent", function () {
    const store = stores.open();
    const [id] = storeSigned(store, [readingOf(1, 5)]);
    store.readings.storeSigned([{ id: id!, r: hashOf(10), vs: hashOf(11) }]);
    send(store, [id!], 0);
    store.readings.storeSigned([{ id: id!, r: hashOf(20), vs: hashOf(21) }]);
    const [reading] = store.readings.readingsIn([id!]);
    expect(reading).to.include({ state: "sent", r: hashOf(10), vs: hashOf(11) });
  });

  it("tells a meter's reading of the latest period, whichever was stored last", function () {
    const { readings } = stores.open();
    readings.storeRead([readingOf(1, 5), readingOf(2, 4), readingOf(1, 7), readingOf(1, 6)]);
    expect(readings.latestOf(1, 2)?.period).to.equal(7);
    expect(readings.latestOf(1, 3)).to.equal(undefined);
    expect(readings.latest().map(({ participant, period }) => [participant, period])).to.deep.equal(
      [
        [1, 7],
        [2, 4],
      ],
    );
  });

  it("gives up a reading that was not sent; one that was is its transaction's", function () {
    const store = stores.open();
    const [first, second] = storeSigned(store, [readingOf(1, 5), readingOf(1, 6)]);
    store.readings.refuse([{ id: first!, reason: "ReadingTooLate" }]);
    expect(store.readings.readingsIn([first!])[0]).to.include({
      state: "refused",
      reason: "ReadingTooLate",
    });
    send(store, [second!], 0);
    expect(() => store.readings.refuse([{ id: second!, reason: "" }])).to.throw(
      StoreError,
      "Reading 2 is sent; its transaction decides.",
    );
  });

  it("notes until when a reading waits, and forgets it when the reading is sent", function () {
    const store = stores.open();
    const [id] = storeSigned(store, [readingOf(1, 5)]);
    store.readings.hold([{ id: id!, reason: "ReadingOutOfOrder", untilMs: 1_790_000_900_000 }]);
    expect(store.readings.pending()[0]).to.include({
      state: "signed",
      reason: "ReadingOutOfOrder",
      waitUntilMs: 1_790_000_900_000,
    });
    send(store, [id!], 0);
    expect(store.readings.pending()[0]).to.include({ reason: undefined, waitUntilMs: undefined });
  });
});
