import { expect } from "chai";
import {
  addPoints,
  BASE_POINT,
  IDENTITY,
  InvalidPointError,
  multiplyPoint,
  pointOfY,
} from "../../../../../sdk/private/babyJubjub.ts";
import {
  addInField,
  FIELD_ORDER,
  MAX_PLAN_ENERGY_WH,
  MAX_PLAN_PRICE,
  OutOfRangeError,
  SUBGROUP_ORDER,
} from "../../../../../sdk/private/field.ts";
import type { MatchReader } from "../../../../../sdk/private/matches/matchOpening.ts";
import { ForgedOpeningError, openMatch } from "../../../../../sdk/private/matches/openMatch.ts";
import { sealMatchOpening } from "../../../../../sdk/private/matches/sealMatchOpening.ts";
import { wrapKey } from "../../../../../sdk/private/memoCode.ts";
import { commitmentOf } from "../../../../../sdk/private/notes.ts";
import { hash, hashStream } from "../../../../../sdk/private/poseidon.ts";
import { TAGS } from "../../../../../sdk/private/tags.ts";
import { account, ALICE, AUDIT_KEY, AUDIT_SCALAR, BOB, lowOrderPoints } from "../scene.ts";

const CAROL = account(3);
const terms = { sellPlan: 11n, buyPlan: 12n, energyWh: 700n, priceMicroPerKwh: 230_000n };
const keys = { sellerViewKey: ALICE.viewKey, buyerViewKey: BOB.viewKey, auditKey: AUDIT_KEY };
const fixed = { ...keys, ephemeral: 99n, key: 4711n };
const made = sealMatchOpening(terms, fixed);
const READERS: [MatchReader, bigint][] = [
  ["seller", ALICE.viewScalar],
  ["buyer", BOB.viewScalar],
  ["regulator", AUDIT_SCALAR],
];

describe("matchOpening", () => {
  for (const [as, scalar] of READERS) {
    it(`tells the ${as} the match`, () => {
      expect(openMatch(made, as, scalar)).to.deep.equal(made.note);
      expect(made.note).to.deep.include({ kind: "match", ...terms });
      expect(commitmentOf(made.note)).to.equal(made.record);
    });

    it(`does not tell the ${as} what others are told`, () => {
      for (const [other] of READERS.filter(([reader]) => reader !== as)) {
        expect(() => openMatch(made, other, scalar)).to.throw(ForgedOpeningError, other);
      }
    });
  }

  it("has the words that the protocol says", () => {
    const [salt, pad] = hashStream([TAGS.stream, 4711n, 0n], 2) as [bigint, bigint];
    const y = multiplyPoint(BASE_POINT, 99n)[1];
    const wrap = (key: readonly [bigint, bigint]) =>
      addInField(4711n, hash(TAGS.wrap, multiplyPoint(key, 99n)[1], y));
    expect(made.opening).to.deep.equal([
      y,
      addInField(700n + 2n ** 28n * 230_000n, pad),
      wrap(ALICE.viewKey),
      wrap(BOB.viewKey),
      wrap(AUDIT_KEY),
    ]);
    expect(made.note.salt).to.equal(salt);
    expect(made.record).to.equal(hash(TAGS.match, 11n, 12n, 700n, 230_000n, salt));
  });

  it("holds the largest terms", () => {
    const largest = {
      ...terms,
      energyWh: MAX_PLAN_ENERGY_WH,
      priceMicroPerKwh: MAX_PLAN_PRICE,
      sellPlan: FIELD_ORDER - 1n,
    };
    const sealed = sealMatchOpening(largest, keys);
    for (const [as, scalar] of READERS) {
      expect(openMatch(sealed, as, scalar)).to.deep.equal(sealed.note);
    }
  });

  it("has fresh scalars, keys and salts", () => {
    const [one, other] = [sealMatchOpening(terms, keys), sealMatchOpening(terms, keys)];
    expect(one.note.salt).to.not.equal(other.note.salt);
    one.opening.forEach((word, i) => expect(word).to.not.equal(other.opening[i]));
  });

  it("opens for e and -e in the same way", () => {
    const mirrored = sealMatchOpening(terms, { ...fixed, ephemeral: SUBGROUP_ORDER - 99n });
    expect(mirrored.opening).to.deep.equal(made.opening);
  });

  it("opens for no other key", () => {
    for (const as of ["seller", "buyer", "regulator"] as const) {
      expect(() => openMatch(made, as, CAROL.viewScalar)).to.throw(ForgedOpeningError);
    }
    for (const scalar of [0n, SUBGROUP_ORDER, -1n]) {
      expect(() => openMatch(made, "seller", scalar)).to.throw(OutOfRangeError);
    }
  });

  it("refuses words that were changed, each alone", () => {
    for (const [as, scalar] of READERS) {
      for (const word of [0, 1, { seller: 2, buyer: 3, regulator: 4 }[as]]) {
        for (const value of [0n, made.opening[word]! + 1n, made.opening[(word + 1) % 5]!]) {
          const sealed = { ...made, opening: made.opening.with(word, value) };
          expect(() => openMatch(sealed, as, scalar)).to.throw(ForgedOpeningError);
        }
      }
    }
  });

  it("refuses an opening under another record or other plans", () => {
    const others = [{ record: made.record + 1n }, { sellPlan: 12n }, { buyPlan: 11n }];
    for (const change of others) {
      expect(() => openMatch({ ...made, ...change }, "buyer", BOB.viewScalar)).to.throw(
        ForgedOpeningError,
        "does not tell the buyer what the match commits to",
      );
    }
    const swapped = { ...made, sellPlan: made.buyPlan, buyPlan: made.sellPlan };
    expect(() => openMatch(swapped, "seller", ALICE.viewScalar)).to.throw(ForgedOpeningError);
  });

  it("refuses words that are cut, too many, or no field elements", () => {
    for (const opening of [[], made.opening.slice(0, 4), [...made.opening, 0n]]) {
      expect(() => openMatch({ ...made, opening }, "seller", ALICE.viewScalar)).to.throw(
        ForgedOpeningError,
        `has ${opening.length} words`,
      );
    }
    for (let word = 0; word < 5; word++) {
      const opening = made.opening.with(word, made.opening[word]! + FIELD_ORDER);
      expect(() => openMatch({ ...made, opening }, "seller", ALICE.viewScalar)).to.throw(
        ForgedOpeningError,
        "no field element",
      );
    }
  });

  it("refuses terms above their ranges, though the commitment be of them", () => {
    // Prices have 32 bits: with the 33rd the words would still decrypt.
    const pad = hashStream([TAGS.stream, 4711n, 0n], 2)[1]!;
    const packed = 700n + ((2n ** 32n) << 28n);
    const record = hash(TAGS.match, 11n, 12n, 700n, 2n ** 32n, made.note.salt);
    const sealed = { ...made, record, opening: made.opening.with(1, addInField(packed, pad)) };
    expect(() => openMatch(sealed, "seller", ALICE.viewScalar)).to.throw(ForgedOpeningError);
  });

  it("refuses points of low order and points outside of the subgroup", () => {
    const r = multiplyPoint(BASE_POINT, 99n);
    for (const low of lowOrderPoints()) {
      for (const point of [low, addPoints(r, low)]) {
        if (point[1] === r[1]) continue;
        // As a forger would: its wrap fits the point that it gives.
        const shared = multiplyPoint(pointOfY(point[1])!, ALICE.viewScalar)[1];
        const wrapped = addInField(4711n, wrapKey(shared, point[1]));
        const opening = made.opening.with(0, point[1]).with(2, wrapped);
        expect(() => openMatch({ ...made, opening }, "seller", ALICE.viewScalar)).to.throw(
          ForgedOpeningError,
          "has not the subgroup's order",
        );
      }
    }
  });

  it("refuses a beginning that is no point", () => {
    let y = 2n;
    while (pointOfY(y) !== undefined) y++;
    const opening = made.opening.with(0, y);
    expect(() => openMatch({ ...made, opening }, "seller", ALICE.viewScalar)).to.throw(
      ForgedOpeningError,
      "begins with no point",
    );
  });

  it("is not sealed to weak keys, with a zero scalar, or for nothing", () => {
    const seal = (change: object, other: object = {}) =>
      sealMatchOpening({ ...terms, ...other }, { ...fixed, ...change });
    for (const weak of [IDENTITY, lowOrderPoints()[0]!, [1n, 2n] as const]) {
      expect(() => seal({ sellerViewKey: weak })).to.throw(InvalidPointError, "seller's");
      expect(() => seal({ buyerViewKey: weak })).to.throw(InvalidPointError, "buyer's");
      expect(() => seal({ auditKey: weak })).to.throw(InvalidPointError, "audit key");
    }
    for (const ephemeral of [0n, SUBGROUP_ORDER]) {
      expect(() => seal({ ephemeral })).to.throw(OutOfRangeError, "ephemeral");
    }
    expect(() => seal({ key: FIELD_ORDER })).to.throw(OutOfRangeError, "key");
    for (const energyWh of [0n, MAX_PLAN_ENERGY_WH + 1n, -1n]) {
      expect(() => seal({}, { energyWh })).to.throw(OutOfRangeError, "energyWh");
    }
    for (const priceMicroPerKwh of [MAX_PLAN_PRICE + 1n, -1n]) {
      expect(() => seal({}, { priceMicroPerKwh })).to.throw(OutOfRangeError, "price");
    }
    expect(() => seal({}, { sellPlan: FIELD_ORDER })).to.throw(OutOfRangeError, "sell plan");
    expect(() => seal({}, { buyPlan: -1n })).to.throw(OutOfRangeError, "buy plan");
  });
});
