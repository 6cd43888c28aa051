import { expect } from "chai";
import {
  FIELD_ORDER,
  MAX_AMOUNT_NANO,
  MAX_PERIOD,
  MAX_PLAN_ENERGY_WH,
  MAX_PLAN_PRICE,
  OutOfRangeError,
} from "../../../../sdk/private/field.ts";
import { gatewayTag } from "../../../../sdk/private/owner.ts";
import {
  attributesOf,
  commitmentOf,
  type ActualNote,
  type CreditNote,
  type GenerationNote,
  type MatchNote,
  type Note,
  type PlanNote,
} from "../../../../sdk/private/notes.ts";
import { nullifierOf } from "../../../../sdk/private/nullifier.ts";
import { hash } from "../../../../sdk/private/poseidon.ts";
import { scopeOf } from "../../../../sdk/private/pool.ts";
import { TAGS } from "../../../../sdk/private/tags.ts";
import { ALICE, BOB, POOL } from "./scene.ts";

const credit: CreditNote = { kind: "credit", owner: ALICE.owner, amountNano: 7n, salt: 1n };
const generation: GenerationNote = {
  kind: "generation",
  owner: ALICE.owner,
  gateway: 11n,
  period: 12n,
  energyWh: 13n,
  salt: 1n,
};
const plan: PlanNote = {
  kind: "plan",
  owner: ALICE.owner,
  side: "sell",
  period: 12n,
  energyWh: 13n,
  priceMicroPerKwh: 14n,
  attributes: 15n,
  salt: 1n,
};
const match: MatchNote = {
  kind: "match",
  sellPlan: 21n,
  buyPlan: 22n,
  energyWh: 13n,
  priceMicroPerKwh: 14n,
  salt: 1n,
};
const actual: ActualNote = { kind: "actual", match: 31n, energyWh: 13n, salt: 1n };

describe("notes", () => {
  it("commits to each note as section 3 of the protocol says", () => {
    const { owner } = ALICE;
    expect(commitmentOf(credit)).to.equal(hash(TAGS.credit, owner, 7n, 1n));
    expect(commitmentOf(generation)).to.equal(hash(TAGS.generation, owner, 11n, 12n, 13n, 1n));
    expect(commitmentOf(plan)).to.equal(hash(TAGS.plan, owner, 1n, 12n, 13n, 14n, 15n, 1n));
    expect(commitmentOf({ ...plan, side: "buy" })).to.equal(
      hash(TAGS.plan, owner, 0n, 12n, 13n, 14n, 15n, 1n),
    );
    expect(commitmentOf(match)).to.equal(hash(TAGS.match, 21n, 22n, 13n, 14n, 1n));
    expect(commitmentOf(actual)).to.equal(hash(TAGS.actual, 31n, 13n, 1n));
  });

  const limits: [Note, string, bigint][] = [
    [credit, "amountNano", MAX_AMOUNT_NANO],
    [generation, "period", MAX_PERIOD],
    [generation, "energyWh", MAX_PLAN_ENERGY_WH],
    [plan, "period", MAX_PERIOD],
    [plan, "energyWh", MAX_PLAN_ENERGY_WH],
    [plan, "priceMicroPerKwh", MAX_PLAN_PRICE],
    [match, "energyWh", MAX_PLAN_ENERGY_WH],
    [match, "priceMicroPerKwh", MAX_PLAN_PRICE],
    [actual, "energyWh", MAX_PLAN_ENERGY_WH],
    [credit, "owner", FIELD_ORDER - 1n],
    [credit, "salt", FIELD_ORDER - 1n],
    [generation, "gateway", FIELD_ORDER - 1n],
    [plan, "attributes", FIELD_ORDER - 1n],
    [match, "sellPlan", FIELD_ORDER - 1n],
    [match, "buyPlan", FIELD_ORDER - 1n],
    [actual, "match", FIELD_ORDER - 1n],
  ];
  for (const [note, field, most] of limits) {
    it(`takes ${field} of a ${note.kind} note from 0 to ${most}`, () => {
      const having = (value: bigint) => commitmentOf({ ...note, [field]: value });
      expect(having(0n)).to.not.equal(having(most));
      expect(() => having(most + 1n)).to.throw(OutOfRangeError);
      expect(() => having(-1n)).to.throw(OutOfRangeError);
    });
  }

  it("commits to a gateway and to what is matched by", () => {
    expect(gatewayTag([3n, 4n])).to.equal(hash(TAGS.gateway, 3n, 4n));
    expect(attributesOf(5n, 6n)).to.equal(hash(TAGS.attributes, 5n, 6n));
  });
});

describe("nullifier", () => {
  const scope = scopeOf(POOL);

  it("is one for a note, and another for every leaf, owner, chain and pool", () => {
    const others = [
      nullifierOf(scope, ALICE.nullifierKey, 0),
      nullifierOf(scope, ALICE.nullifierKey, 1),
      nullifierOf(scope, BOB.nullifierKey, 0),
      nullifierOf(scopeOf({ ...POOL, chainId: 1n }), ALICE.nullifierKey, 0),
      nullifierOf(scopeOf({ ...POOL, pool: `0x${"ab".repeat(20)}` }), ALICE.nullifierKey, 0),
    ];
    expect(new Set(others).size).to.equal(others.length);
    expect(others[1]).to.equal(hash(TAGS.nullifier, scope, ALICE.nullifierKey, 1n));
  });

  it("is for leaves of the tree alone", () => {
    expect(nullifierOf(scope, 5n, 2 ** 24 - 1)).to.be.a("bigint");
    expect(() => nullifierOf(scope, 5n, 2 ** 24)).to.throw(OutOfRangeError);
    expect(() => nullifierOf(scope, 5n, -1)).to.throw(OutOfRangeError);
    expect(() => nullifierOf(scope, 5n, 0.5)).to.throw(RangeError);
  });
});
