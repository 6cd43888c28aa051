import { expect } from "chai";
import {
  addPoints,
  BASE_POINT,
  InvalidPointError,
  multiplyPoint,
  pointOfY,
} from "../../../../sdk/private/babyJubjub.ts";
import {
  addInField,
  FIELD_ORDER,
  MAX_AMOUNT_NANO,
  MAX_PERIOD,
  MAX_PLAN_ENERGY_WH,
  MAX_PLAN_PRICE,
  OutOfRangeError,
  SUBGROUP_ORDER,
} from "../../../../sdk/private/field.ts";
import {
  memoKey,
  memoStream,
  wrapKey,
  type NoteDraft,
  type SealedNote,
} from "../../../../sdk/private/memoCode.ts";
import { commitmentOf } from "../../../../sdk/private/notes.ts";
import {
  ForgedMemoError,
  openMemoAsAuditor,
  openMemoAsOwner,
} from "../../../../sdk/private/openMemo.ts";
import { randomScalar } from "../../../../sdk/private/randomScalar.ts";
import { sealNote } from "../../../../sdk/private/sealNote.ts";
import { parseViewingKey, formatViewingKey } from "../../../../sdk/private/viewingKey.ts";
import { ALICE, AUDIT_KEY, AUDIT_SCALAR, BOB, lowOrderPoints } from "./scene.ts";

const { owner, viewKey } = ALICE;
const credit: NoteDraft = { kind: "credit", owner, amountNano: 12_345n };
const generation: NoteDraft = {
  kind: "generation",
  owner,
  gateway: 77n,
  period: 5n,
  energyWh: 900n,
};
const plan: NoteDraft = {
  kind: "plan",
  owner,
  side: "sell",
  period: 5n,
  energyWh: 900n,
  priceMicroPerKwh: 250_000n,
  attributes: 78n,
};

const seal = (draft: NoteDraft, options = {}) =>
  sealNote(draft, { viewKey, auditKey: AUDIT_KEY, ephemeral: 99n, outputIndex: 0, ...options });
const openAsAlice = (sealed: SealedNote) => openMemoAsOwner(sealed, ALICE);
const openAsAuditor = (sealed: SealedNote) => openMemoAsAuditor(sealed, AUDIT_SCALAR);

/** A memo that is made by hand, for words that no note has. */
function forge(sealed: SealedNote, words: bigint[], commitment = sealed.commitment): SealedNote {
  const ephemeral = 99n;
  const y = multiplyPoint(BASE_POINT, ephemeral)[1];
  const key = memoKey(multiplyPoint(viewKey, ephemeral)[1], y);
  const { pads } = memoStream(key, sealed.outputIndex, words.length + 2);
  const wrapped = addInField(key, wrapKey(multiplyPoint(AUDIT_KEY, ephemeral)[1], y));
  const memo = [y, ...words.map((word, i) => addInField(word, pads[i]!)), wrapped];
  return { ...sealed, memo, commitment };
}

describe("memos", () => {
  const drafts: [string, NoteDraft, object][] = [
    ["a credit note", credit, {}],
    ["a credit note of a refund", credit, { isLong: true }],
    ["a credit note of nothing", { ...credit, amountNano: 0n }, {}],
    ["the largest credit note", { ...credit, amountNano: MAX_AMOUNT_NANO }, {}],
    ["a generation note", generation, {}],
    ["a sell plan", plan, {}],
    ["a buy plan", { ...plan, side: "buy" }, {}],
    [
      "a plan with every bit set",
      {
        ...plan,
        period: MAX_PERIOD,
        energyWh: MAX_PLAN_ENERGY_WH,
        priceMicroPerKwh: MAX_PLAN_PRICE,
        attributes: FIELD_ORDER - 1n,
      },
      {},
    ],
    [
      "a generation note with every bit set",
      { ...generation, period: MAX_PERIOD, energyWh: MAX_PLAN_ENERGY_WH },
      {},
    ],
    ["a second output", plan, { outputIndex: 1 }],
  ];
  for (const [what, draft, options] of drafts) {
    it(`tell owner, auditor and viewing key of ${what}`, () => {
      const made = seal(draft, options);
      expect(made.note).to.deep.include(draft);
      expect(commitmentOf(made.note)).to.equal(made.commitment);
      const isShort = draft.kind === "credit" && !("isLong" in options);
      expect(made.memo).to.have.length(isShort ? 4 : 5);
      expect(openAsAlice(made)).to.deep.equal(made.note);
      expect(openAsAuditor(made)).to.deep.equal(made.note);
      const viewer = parseViewingKey(formatViewingKey(ALICE));
      expect(openMemoAsOwner(made, viewer)).to.deep.equal(made.note);
    });
  }

  it("open whichever root of x the reader finds", () => {
    const signs = new Set<boolean>();
    for (let ephemeral = 1n; ephemeral <= 12n; ephemeral++) {
      const [x, y] = multiplyPoint(BASE_POINT, ephemeral);
      signs.add(pointOfY(y)![0] === x);
      const made = seal(credit, { ephemeral });
      expect(openAsAlice(made)).to.deep.equal(made.note);
      expect(openAsAuditor(made)).to.deep.equal(made.note);
    }
    expect(signs.size).to.equal(2);
  });

  it("open with random scalars", () => {
    for (let i = 0; i < 6; i++) {
      const made = seal(plan, { ephemeral: randomScalar() });
      expect(openAsAlice(made)).to.deep.equal(made.note);
      expect(openAsAuditor(made)).to.deep.equal(made.note);
    }
  });

  it("open for e and -e in the same way", () => {
    const made = seal(credit, { ephemeral: 99n });
    const mirrored = seal(credit, { ephemeral: SUBGROUP_ORDER - 99n });
    expect(mirrored.memo).to.deep.equal(made.memo);
    expect(openAsAlice(mirrored)).to.deep.equal(made.note);
  });

  it("are nobody's but the owner's", () => {
    for (const draft of [credit, generation, plan]) {
      expect(openMemoAsOwner(seal(draft), BOB)).to.equal(undefined);
    }
  });

  it("have another key and salt for every scalar and every place", () => {
    const one = seal(credit);
    const other = seal(credit, { ephemeral: 100n });
    const second = seal(credit, { outputIndex: 1 });
    for (let i = 0; i < 4; i++) expect(one.memo[i]).to.not.equal(other.memo[i]);
    expect(new Set([one, other, second].map(({ note }) => note.salt)).size).to.equal(3);
    // One key for two notes would tell the difference of their amounts.
    expect(second.memo[2]).to.not.equal(one.memo[2]);
  });

  it("do not open in another place, as another kind or to another commitment", () => {
    const made = seal(plan);
    expect(openAsAlice({ ...made, outputIndex: 1 })).to.equal(undefined);
    for (const forged of [
      { ...made, kind: "generation" as const },
      { ...made, commitment: made.commitment + 1n },
      { ...made, commitment: seal(generation).commitment },
    ]) {
      expect(() => openAsAlice(forged)).to.throw(ForgedMemoError, "commits to");
      expect(() => openAsAuditor(forged)).to.throw(ForgedMemoError, "commits to");
    }
    expect(() => openAsAuditor({ ...made, outputIndex: 1 })).to.throw(ForgedMemoError);
  });

  it("notice every changed word", () => {
    for (const made of [seal(credit), seal(plan)]) {
      made.memo.forEach((word, i) => {
        const memo = made.memo.with(i, addInField(word, 1n));
        expect(() => openAsAuditor({ ...made, memo })).to.throw(ForgedMemoError);
        // Its owner need not see the regulator's word; without its own it is not found.
        const open = () => openAsAlice({ ...made, memo });
        if (i === made.memo.length - 1) expect(open()).to.deep.equal(made.note);
        else if (i === 1) expect(open()).to.equal(undefined);
        else if (i > 1) expect(open).to.throw(ForgedMemoError);
      });
    }
  });

  it("cannot be read with another audit key", () => {
    expect(() => openMemoAsAuditor(seal(credit), AUDIT_SCALAR + 1n)).to.throw(ForgedMemoError);
  });

  it("are refused with a number of words that none has", () => {
    const made = seal(plan);
    for (const memo of [[], made.memo.slice(1), [...made.memo, 0n], made.memo.slice(0, 4)]) {
      expect(() => openAsAlice({ ...made, memo })).to.throw(ForgedMemoError, "words");
      expect(() => openAsAuditor({ ...made, memo })).to.throw(ForgedMemoError, "words");
    }
  });

  it("are refused with a word that is not canonical", () => {
    const made = seal(credit);
    made.memo.forEach((word, i) => {
      for (const other of [word + FIELD_ORDER, word - FIELD_ORDER, Number(word)]) {
        const memo = made.memo.with(i, other as bigint);
        expect(() => openAsAlice({ ...made, memo })).to.throw(ForgedMemoError, "field element");
      }
    });
  });

  it("are refused where R is no point or the identity", () => {
    const made = seal(credit);
    const none = [...Array(40).keys()].map(BigInt).find((y) => pointOfY(y) === undefined)!;
    for (const open of [openAsAlice, openAsAuditor]) {
      expect(() => open({ ...made, memo: made.memo.with(0, none) })).to.throw(
        ForgedMemoError,
        "no point",
      );
      expect(() => open({ ...made, memo: made.memo.with(0, 1n) })).to.throw(
        ForgedMemoError,
        "identity",
      );
    }
  });

  it("are refused where R has a part of low order, though all else fits", () => {
    // Who sees which of these are taken would learn the viewing scalar modulo 8.
    for (const low of lowOrderPoints().slice(0, 7)) {
      const point = addPoints(multiplyPoint(BASE_POINT, 99n), low);
      const y = point[1];
      const key = memoKey(multiplyPoint(point, ALICE.viewScalar)[1], y);
      const { salt, pads } = memoStream(key, 0, 4);
      const auditKey = wrapKey(multiplyPoint(point, AUDIT_SCALAR)[1], y);
      const note = { kind: "credit", owner, amountNano: 5n, salt } as const;
      const sealed: SealedNote = {
        kind: "credit",
        outputIndex: 0,
        commitment: commitmentOf(note),
        memo: [y, addInField(owner, pads[0]!), addInField(5n, pads[1]!), addInField(key, auditKey)],
      };
      expect(() => openAsAlice(sealed)).to.throw(ForgedMemoError, "subgroup");
      expect(() => openAsAuditor(sealed)).to.throw(ForgedMemoError, "subgroup");
    }
  });

  it("are refused with words beyond their ranges", () => {
    const packed = (side: bigint, price: bigint) =>
      side | (5n << 1n) | (900n << 25n) | (price << 53n);
    const forged = [
      forge(seal(credit), [owner, MAX_AMOUNT_NANO + 1n]),
      forge(seal(credit), [owner, FIELD_ORDER - 1n]),
      forge(seal(credit, { isLong: true }), [owner, 12_345n, 1n]),
      forge(seal(generation), [owner, packed(1n, 0n), 77n]),
      forge(seal(generation), [owner, packed(0n, 1n), 77n]),
      forge(seal(plan), [owner, packed(1n, 250_000n + 2n ** 32n), 78n]),
    ];
    for (const sealed of forged) {
      expect(() => openAsAlice(sealed)).to.throw(ForgedMemoError);
      expect(() => openAsAuditor(sealed)).to.throw(ForgedMemoError);
    }
    const same = seal(plan);
    expect(openAsAlice(forge(same, [owner, packed(1n, 250_000n), 78n]))).to.deep.equal(same.note);
  });

  it("are not made for bad keys, scalars or amounts", () => {
    for (const ephemeral of [0n, SUBGROUP_ORDER, -1n]) {
      expect(() => seal(credit, { ephemeral })).to.throw(OutOfRangeError);
    }
    for (const point of lowOrderPoints()) {
      expect(() => seal(credit, { viewKey: point })).to.throw(InvalidPointError, "viewing");
      expect(() => seal(credit, { auditKey: point })).to.throw(InvalidPointError, "audit");
    }
    expect(() => seal({ ...credit, amountNano: MAX_AMOUNT_NANO + 1n })).to.throw(OutOfRangeError);
    expect(() => seal({ ...plan, energyWh: MAX_PLAN_ENERGY_WH + 1n })).to.throw(OutOfRangeError);
  });
});

describe("randomScalar", () => {
  it("is a scalar, and never the same", () => {
    const scalars = Array.from({ length: 50 }, randomScalar);
    expect(new Set(scalars).size).to.equal(50);
    expect(scalars.every((scalar) => scalar > 0n && scalar < SUBGROUP_ORDER)).to.be.true;
  });
});
