import { expect } from "chai";
import { ForgedDeliveryError, sealDelivery } from "../../../../../sdk/private/deliverySecret.ts";
import { ForgedOpeningError } from "../../../../../sdk/private/matches/openMatch.ts";
import { sealMatchOpening } from "../../../../../sdk/private/matches/sealMatchOpening.ts";
import { attributesOf, type PlanNote } from "../../../../../sdk/private/notes.ts";
import { decryptText, encryptText } from "../../../../../sdk/private/store/encryptedText.ts";
import {
  exportNotes,
  ForeignExportError,
  importNotes,
} from "../../../../../sdk/private/store/exportNotes.ts";
import { NoteStore } from "../../../../../sdk/private/store/noteStore.ts";
import type { PoolEvent } from "../../../../../sdk/private/store/poolEvent.ts";
import { rejection } from "../../../../helpers/rejection.ts";
import { ALICE, AUDIT_KEY, BOB, POOL } from "../scene.ts";
import { made } from "./storeScene.ts";

const plan = (side: PlanNote["side"], owner = ALICE) =>
  made(
    {
      kind: "plan",
      owner: owner.owner,
      side,
      period: 12n,
      energyWh: 500n,
      priceMicroPerKwh: 200n,
      attributes: attributesOf(0n, 0n),
    },
    owner,
  );
const [own, bobs, ownBid] = [plan("sell"), plan("buy", BOB), plan("buy")];

const sealed = (sellPlan: bigint, buyPlan: bigint, buyer = BOB) =>
  sealMatchOpening(
    { sellPlan, buyPlan, energyWh: 300n, priceMicroPerKwh: 250n },
    { sellerViewKey: ALICE.viewKey, buyerViewKey: buyer.viewKey, auditKey: AUDIT_KEY },
  );
const match = sealed(own.commitment, bobs.commitment);
const delivery = sealDelivery(match.note, 280n, { auditKey: AUDIT_KEY, ephemeral: 77n });

const added = (each: typeof own, blockNumber = 1): PoolEvent => ({
  type: "planAdded",
  plan: { ...each, kind: "plan" },
  blockNumber,
});
const proposed = (each: typeof match, blockNumber = 2): PoolEvent => ({
  type: "matchProposed",
  match: each,
  confirmBy: 5_000,
  blockNumber,
});
const { record } = match;
const course: PoolEvent[] = [
  added(own),
  proposed(match),
  { type: "matchConfirmed", record, side: "buy", blockNumber: 3 },
  { type: "matchConfirmed", record, side: "sell", blockNumber: 4 },
  { type: "matchAgreed", record, blockNumber: 4 },
  { type: "actualReported", delivery, blockNumber: 5 },
  { type: "matchSettled", record, side: "buy", blockNumber: 6 },
  { type: "matchSettled", record, side: "sell", blockNumber: 7 },
];

function storeAfter(throughBlock: number, events = course): NoteStore {
  const store = new NoteStore(POOL, ALICE);
  store.scan(
    events.filter(({ blockNumber }) => blockNumber <= throughBlock),
    throughBlock,
  );
  return store;
}

describe("the store's matches", () => {
  it("are those of one's own plans, opened, with what one's own side did", () => {
    const [stored] = storeAfter(7).matches;
    expect(stored).to.deep.equal({
      match: match.note,
      record,
      side: "sell",
      plan: own.note,
      confirmBy: 5_000,
      blockNumber: 2,
      confirmedAtBlock: 4,
      agreedAtBlock: 4,
      lapsedAtBlock: undefined,
      settledAtBlock: 7,
      actual: { note: delivery.note, blockNumber: 5 },
    });
    expect(storeAfter(3).matches[0]!.confirmedAtBlock).to.equal(undefined);
    expect(storeAfter(6).openMatches()).to.have.length(1);
    expect(storeAfter(7).openMatches()).to.be.empty;
    expect(storeAfter(7, course.slice(1)).matches).to.be.empty;
  });

  it("end where they lapse", () => {
    const lapsed: PoolEvent = { type: "matchLapsed", record, blockNumber: 3 };
    const store = storeAfter(3, [...course.slice(0, 2), lapsed]);
    expect(store.matches[0]!.lapsedAtBlock).to.equal(3);
    expect(store.openMatches()).to.be.empty;
  });

  it("are two where both plans are one's own", () => {
    const both = sealed(own.commitment, ownBid.commitment, ALICE);
    const store = storeAfter(2, [added(own), added(ownBid), proposed(both)]);
    expect(store.matches.map(({ side }) => side)).to.deep.equal(["sell", "buy"]);
    store.scan([{ type: "matchConfirmed", record: both.record, side: "buy", blockNumber: 3 }], 3);
    expect(store.matches.map(({ confirmedAtBlock }) => confirmedAtBlock)).to.deep.equal([
      undefined,
      3,
    ]);
  });

  it("go back with the chain, step by step", () => {
    for (let block = 1; block < 7; block++) {
      const store = storeAfter(7);
      store.rewind(block);
      expect(store.matches, `block ${block}`).to.deep.equal(storeAfter(block).matches);
      store.scan(
        course.filter(({ blockNumber }) => blockNumber > block),
        7,
      );
      expect(store.matches).to.deep.equal(storeAfter(7).matches);
    }
  });

  it("leave out one that its side cannot open, name it, and hide nothing else", () => {
    const forged = { ...match, record: match.record + 1n };
    const store = storeAfter(7, [added(own), proposed(forged), ...course.slice(1)]);
    expect(store.matches.map((each) => each.record)).to.deep.equal([record]);
    expect(store.faults).to.have.length(1);
    expect(store.faults[0]).to.be.instanceOf(ForgedOpeningError);
  });

  it("name a delivery that its sides cannot open, and keep the match", () => {
    const forged = { ...delivery, secret: delivery.secret.with(1, 5n) };
    const store = storeAfter(5, [
      ...course.slice(0, 5),
      { type: "actualReported", delivery: forged, blockNumber: 5 },
    ]);
    expect(store.matches[0]!.actual).to.equal(undefined);
    expect(store.faults[0]).to.be.instanceOf(ForgedDeliveryError);
  });

  it("forget a block's hash where they go back behind it", () => {
    const store = new NoteStore(POOL, ALICE);
    store.scan([], 7, "0xabc");
    store.rewind(7);
    expect(store.scannedHash).to.equal("0xabc");
    store.rewind(6);
    expect(store.scannedHash).to.equal(undefined);
  });

  describe("in an export", () => {
    const rewrite = async (change: (content: { matches: Record<string, unknown>[] }) => void) => {
      const content = JSON.parse(
        await decryptText(await exportNotes(storeAfter(7), "password", 10), "password"),
      ) as { matches: Record<string, unknown>[] };
      change(content);
      const text = await encryptText(JSON.stringify(content), "password", 10);
      return importNotes(POOL, ALICE, text, "password");
    };

    it("come back as they were", async () => {
      for (const block of [2, 4, 7]) {
        const text = await exportNotes(storeAfter(block), "password", 10);
        const again = await importNotes(POOL, ALICE, text, "password");
        expect(again.matches).to.deep.equal(storeAfter(block).matches);
      }
    });

    it("are refused where a plan is another's, or not the match's", async () => {
      const foreign = rewrite(({ matches }) => {
        (matches[0]!.plan as { owner: string }).owner = "5n";
      });
      expect(await rejection(foreign)).to.be.instanceOf(ForeignExportError);
      const changes: [object, RegExp][] = [
        [{ plan: { energyWh: "501n" } }, /a match that is not of its plan/],
        [{ match: { sellPlan: "5n" } }, /a match that is not of its plan/],
        [{ side: "buy" }, /a match that is not of its plan/],
        [{ match: { salt: "5n" } }, /an actual note that is not of its match/],
        [{ match: { energyWh: 5 } }, /a note that cannot be/],
      ];
      for (const [change, message] of changes) {
        const damaged = rewrite(({ matches }) => {
          for (const [key, value] of Object.entries(change)) {
            const before = matches[0]![key];
            matches[0]![key] =
              typeof value === "object" ? { ...(before as object), ...value } : value;
          }
        });
        expect((await rejection(damaged)).message).to.match(message);
      }
    });
  });
});
