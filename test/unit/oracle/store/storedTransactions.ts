import { expect } from "chai";
import { StoreError } from "../../../../oracle/store/errors.ts";
import type { GatewayStore } from "../../../../oracle/store/gatewayStore.ts";
import {
  attemptOf,
  hashOf,
  MARKET,
  readingOf,
  send,
  SENDER,
  storeSigned,
  useStores,
} from "./stores.ts";

const BLOCK = { number: 12, hash: hashOf(0xb12) };

describe("StoredTransactions", function () {
  const stores = useStores();
  let store: GatewayStore;
  let ids: number[];
  let id: number;

  const states = () => store.readings.readingsIn(ids).map(({ state }) => state);

  beforeEach(function () {
    store = stores.open();
    ids = storeSigned(store, [readingOf(1, 5), readingOf(2, 5), readingOf(3, 5)]);
    id = send(store, ids, 4);
  });

  it("keeps a transaction with its attempts, also after the store was closed", function () {
    store.transactions.addAttempt(id, attemptOf(2000, 2n));
    store.transactions.markSent(id, hashOf(2000), 1_790_000_000_000);
    store.close();
    store = stores.open();
    expect(store.transactions.openTransactions(SENDER)).to.deep.equal([
      {
        id,
        from: SENDER,
        nonce: 4,
        to: MARKET,
        data: "0x1234",
        gasLimit: 16_000_000n,
        readingIds: ids,
        state: "pending",
        attempts: [attemptOf(1004), { ...attemptOf(2000, 2n), sentAtMs: 1_790_000_000_000 }],
        block: undefined,
        includedHash: undefined,
        reason: undefined,
      },
    ]);
    expect(states()).to.deep.equal(["sent", "sent", "sent"]);
  });

  it("keeps one that reports nothing", function () {
    expect(store.transactions.get(send(store, [], 5)).readingIds).to.deep.equal([]);
  });

  it("refuses a reading that is not signed, with the transaction", function () {
    const [unsigned] = store.readings.storeRead([readingOf(4, 5)]);
    for (const [readingId, state] of [
      [unsigned!.id, "read"],
      [ids[0]!, "sent"],
    ] as const) {
      expect(() => send(store, [readingId], 5)).to.throw(
        StoreError,
        `Reading ${readingId} cannot be sent: it is ${state}.`,
      );
    }
    expect(store.transactions.openTransactions(SENDER)).to.have.length(1);
  });

  it("refuses to mark an attempt that was not kept", function () {
    expect(() => store.transactions.markSent(id, hashOf(9), 0)).to.throw(StoreError, "no attempt");
  });

  it("leaves readings sent until the outcome is told, and lists transactions that want it", function () {
    store.transactions.markIncluded(id, hashOf(1004), BLOCK);
    expect(states()).to.deep.equal(["sent", "sent", "sent"]);
    store.transactions.markFinal(id);
    expect(store.transactions.openTransactions(SENDER)).to.be.empty;
    expect(store.transactions.withoutOutcome().map((open) => open.id)).to.deep.equal([id]);
    store.transactions.storeOutcome(id, [
      { id: ids[0]!, type: "counted" },
      { id: ids[1]!, type: "refused", reason: "CounterBackwards" },
    ]);
    expect(states()).to.deep.equal(["final", "refused", "signed"]);
    expect(store.transactions.withoutOutcome()).to.be.empty;
  });

  it("makes included readings final with their transaction", function () {
    store.transactions.markIncluded(id, hashOf(1004), BLOCK);
    store.transactions.storeOutcome(id, [
      { id: ids[0]!, type: "counted" },
      { id: ids[1]!, type: "refused", reason: "NotMetered" },
      { id: ids[2]!, type: "waiting", reason: "ReadingTooEarly", untilMs: 1_790_000_000_000 },
    ]);
    expect(states()).to.deep.equal(["included", "refused", "signed"]);
    expect(store.readings.readingsIn(ids)[0]).to.include({
      blockNumber: 12,
      includedHash: hashOf(1004),
    });
    expect(store.readings.pending().map((reading) => reading.waitUntilMs)).to.deep.equal([
      1_790_000_000_000,
    ]);
    store.transactions.markFinal(id);
    expect(states()).to.deep.equal(["final", "refused", "signed"]);
    expect(store.readings.counts()).to.include({ included: 0, final: 1, refused: 1, signed: 1 });
  });

  it("takes back what a reorganised block made of its readings", function () {
    store.transactions.markIncluded(id, hashOf(1004), BLOCK);
    store.transactions.storeOutcome(id, [
      { id: ids[0]!, type: "counted" },
      { id: ids[1]!, type: "refused", reason: "ReadingTooLate" },
      { id: ids[2]!, type: "waiting", reason: "ReadingTooEarly", untilMs: 0 },
    ]);
    store.transactions.markPending(id);
    expect(states()).to.deep.equal(["sent", "sent", "signed"]);
    expect(store.readings.readingsIn(ids)[0]).to.include({
      blockNumber: undefined,
      includedHash: undefined,
    });
    expect(store.transactions.get(id)).to.include({ state: "pending", block: undefined });
  });

  it("asks for the outcome anew in another block, not in the same", function () {
    store.transactions.markIncluded(id, hashOf(1004), BLOCK);
    store.transactions.storeOutcome(id, [{ id: ids[0]!, type: "counted" }]);
    store.transactions.markIncluded(id, hashOf(1004), BLOCK);
    expect(states()[0]).to.equal("included");
    store.transactions.markIncluded(id, hashOf(1004), { number: 13, hash: hashOf(0xb13) });
    expect(states()[0]).to.equal("sent");
    expect(store.transactions.withoutOutcome()).to.have.length(1);
  });

  it("makes readings of an abandoned transaction signed again", function () {
    store.transactions.markAbandoned(id, "its nonce went to another transaction");
    expect(states()).to.deep.equal(["signed", "signed", "signed"]);
    expect(store.transactions.openTransactions(SENDER)).to.be.empty;
    expect(store.transactions.get(id).reason).to.equal("its nonce went to another transaction");
    expect(send(store, ids, 5)).to.equal(id + 1);
  });

  it("does not let one transaction undo what another has counted", function () {
    store.transactions.markIncluded(id, hashOf(1004), BLOCK);
    store.transactions.storeOutcome(id, [
      { id: ids[0]!, type: "waiting", reason: "ReadingTooEarly", untilMs: 0 },
    ]);
    const second = send(store, ids, 5);
    store.transactions.markIncluded(id, hashOf(1004), { number: 13, hash: hashOf(0xb13) });
    store.transactions.storeOutcome(id, [{ id: ids[0]!, type: "counted" }]);
    store.transactions.markIncluded(second, hashOf(1005), { number: 14, hash: hashOf(0xb14) });
    store.transactions.storeOutcome(second, [
      { id: ids[0]!, type: "refused", reason: "ReadingNotNew" },
      { id: ids[1]!, type: "counted" },
    ]);
    expect(states()).to.deep.equal(["included", "included", "signed"]);
    store.transactions.markAbandoned(second, "reorganised");
    expect(states()).to.deep.equal(["included", "signed", "signed"]);
  });

  it("refuses an outcome of a transaction that is in no block", function () {
    expect(() => store.transactions.storeOutcome(id, [])).to.throw(StoreError, "in no block");
  });

  it("tells the highest nonce that was mined, whatever the letters of the address", function () {
    const { transactions } = store;
    expect(transactions.highestMinedNonce(SENDER)).to.equal(undefined);
    transactions.markIncluded(id, hashOf(1004), BLOCK);
    transactions.markFinal(id);
    send(store, [], 5);
    expect(transactions.highestMinedNonce(SENDER.toLowerCase())).to.equal(4);
    expect(transactions.openTransactions(SENDER.toUpperCase().replace("0X", "0x"))).to.have.length(
      1,
    );
  });

  it("keeps what the chain is recognised by", function () {
    expect(store.transactions.chainMark()).to.equal(undefined);
    const mark = { chainId: 31337, genesisHash: hashOf(1), block: { number: 3, hash: hashOf(3) } };
    store.transactions.setChainMark({ ...mark, block: undefined });
    store.transactions.setChainMark(mark);
    store.close();
    store = stores.open();
    expect(store.transactions.chainMark()).to.deep.equal(mark);
  });
});
