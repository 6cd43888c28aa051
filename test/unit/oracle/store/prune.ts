import { expect } from "chai";
import type { GatewayStore } from "../../../../oracle/store/gatewayStore.ts";
import { hashOf, readingOf, send, SENDER, storeSigned, useStores } from "./stores.ts";

const NOW_MS = readingOf(1, 100).readAtMs;

describe("prune", function () {
  const stores = useStores();

  /** Reports readings of a period in a transaction of their own. */
  function report(store: GatewayStore, period: number, isFinal: boolean): number {
    const ids = storeSigned(store, [readingOf(1, period), readingOf(2, period)]);
    const id = send(store, ids, period);
    const { transactions } = store;
    transactions.markIncluded(id, hashOf(1000 + period), { number: period, hash: hashOf(period) });
    transactions.storeOutcome(id, [
      { id: ids[0]!, type: "counted" },
      { id: ids[1]!, type: "refused", reason: "CounterBackwards" },
    ]);
    if (isFinal) transactions.markFinal(id);
    return id;
  }

  it("deletes final and refused readings beyond the age, with their transactions", function () {
    const store = stores.open({ nowMs: () => NOW_MS });
    for (const period of [10, 11, 12]) report(store, period, true);
    expect(store.prune(NOW_MS - readingOf(1, 12).readAtMs)).to.equal(4);
    expect(store.prune(NOW_MS - readingOf(1, 12).readAtMs)).to.equal(0);
    expect(store.readings.counts()).to.include({ final: 1, refused: 1 });
  });

  it("deletes transactions that are done, save the one with the highest nonce", function () {
    let nowMs = 0;
    const store = stores.open({ nowMs: () => nowMs });
    const ids = [10, 11, 12].map((period) => report(store, period, true));
    nowMs = NOW_MS;
    expect(store.prune(0)).to.equal(6);
    expect(() => store.transactions.get(ids[0]!)).to.throw("no transactions row 1");
    expect(store.transactions.highestMinedNonce(SENDER)).to.equal(12);
  });

  it("leaves what is under way, refusals that may be reorganised and each meter's latest", function () {
    const store = stores.open({ nowMs: () => NOW_MS });
    store.readings.storeRead([readingOf(1, 1), readingOf(2, 1)]);
    storeSigned(store, [readingOf(1, 2), readingOf(2, 2)]);
    report(store, 3, false);
    report(store, 4, true);
    expect(store.prune(0)).to.equal(0);
    expect(store.readings.counts()).to.deep.equal({
      read: 2,
      signed: 2,
      sent: 0,
      included: 1,
      final: 1,
      refused: 2,
    });
  });

  it("does not give the id of a deleted reading to another", function () {
    const store = stores.open({ nowMs: () => NOW_MS });
    report(store, 10, true);
    report(store, 11, true);
    store.prune(0);
    store.close();
    const [reading] = stores.open().readings.storeRead([readingOf(1, 12)]);
    expect(reading!.id).to.equal(5);
  });
});
