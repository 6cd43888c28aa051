import { expect } from "chai";
import { FIELD_ORDER } from "../../../../../sdk/private/field.ts";
import {
  readRoundOpening,
  roundId,
  type RoundOpening,
} from "../../../../../sdk/private/rounds/roundOpening.ts";
import { MalformedMessageError } from "../../../../../sdk/private/wire/messageError.ts";
import { wireJson } from "../../../../../sdk/private/wire/wireJson.ts";
import { POOL } from "../scene.ts";
import { hashOf, openingOf, plansOf } from "./roundScene.ts";

const OPENING = openingOf(plansOf(6));

/** As it comes over the wire. */
function sent(changes: object = {}): unknown {
  return JSON.parse(wireJson({ ...OPENING, ...changes }));
}

function expectRefused(changes: object, message = ""): void {
  expect(() => readRoundOpening(sent(changes))).to.throw(MalformedMessageError, message);
}

describe("readRoundOpening", () => {
  it("takes what was sent", () => {
    expect(readRoundOpening(sent())).to.deep.equal(OPENING);
    const empty = openingOf([]);
    expect(readRoundOpening(JSON.parse(wireJson(empty)))).to.deep.equal(empty);
  });

  it("refuses a list that is not sorted, or has a plan twice", () => {
    const [first, second, ...others] = OPENING.plans;
    expectRefused({ plans: [second, first, ...others] }, "plans[1] is not above");
    expectRefused({ plans: OPENING.plans.toReversed() });
    // Each with a leaf: a plan that is there twice could be matched twice.
    const twice = [first!, first!, second!, ...others];
    expectRefused(openingOf(twice), "plans[1] is not above");
  });

  it("sorts plans as numbers, not as texts", () => {
    const plans = [9n, 10n, 2n ** 200n].map((plan) => ({ ...OPENING.plans[0]!, plan }));
    const opening = openingOf(plans);
    expect(readRoundOpening(JSON.parse(wireJson(opening)))).to.deep.equal(opening);
  });

  it("refuses leaves that are not one for each plan of their side", () => {
    const { bidLeaves, offerLeaves } = OPENING;
    expectRefused({ bidLeaves: bidLeaves.slice(1) }, "2 leaves of the 3 plans to buy");
    expectRefused({ offerLeaves: [...offerLeaves, hashOf("more")] }, "4 leaves of the 3 plans");
    const moved = { bidLeaves: bidLeaves.slice(1), offerLeaves: [...offerLeaves, bidLeaves[0]!] };
    expectRefused(moved);
    expectRefused({ bidLeaves: [bidLeaves[0], bidLeaves[0], bidLeaves[1]] }, "twice");
  });

  it("takes plans that are lost beside the others, in one form only", () => {
    const [buy, sell, ...others] = OPENING.plans;
    const opening = { ...openingOf(others), lost: [buy!, sell!] };
    expect(readRoundOpening(JSON.parse(wireJson(opening)))).to.deep.equal(opening);
    const refused = (lost: unknown, message: string) =>
      expectRefused({ ...openingOf(others), lost }, message);
    refused([], "round.lost is empty");
    refused([sell, buy], "lost[1] is not above");
    refused([buy, buy], "lost[1] is not above");
    refused([buy, others[0]], `Plan ${others[0]!.plan} is in round.plans and in round.lost`);
  });

  it("refuses numbers beyond their range or in another form, and what nobody asked for", () => {
    for (const changes of [
      { format: "sealwatt round 2" },
      { period: (2n ** 24n).toString() },
      { period: 5 },
      { round: 256 },
      { round: -1 },
      { epoch: "3" },
      { plans: {} },
      { plans: [{ ...OPENING.plans[0], plan: FIELD_ORDER }] },
      { plans: [{ ...OPENING.plans[0], side: "sells" }] },
      { plans: [{ ...OPENING.plans[0], contentHash: "0x" }] },
      { plans: [{ ...OPENING.plans[0], owner: 1 }] },
      { bidLeaves: [1, 2, 3] },
      { extra: 1 },
    ]) {
      expectRefused(changes);
    }
    for (const value of [null, [], "round", 5]) {
      expect(() => readRoundOpening(value)).to.throw(MalformedMessageError);
    }
  });
});

describe("roundId", () => {
  const MANIFEST = hashOf("manifest");
  const BEACON = hashOf("beacon");
  const id = roundId(POOL, MANIFEST, BEACON, OPENING);

  it("is another one where anything is that was fixed", () => {
    const [first, ...others] = OPENING.plans;
    const changed: RoundOpening[] = [
      { ...OPENING, period: 6n },
      { ...OPENING, round: 1 },
      { ...OPENING, epoch: 4 },
      { ...OPENING, plans: others },
      { ...OPENING, plans: [{ ...first!, plan: 999n }, ...others] },
      { ...OPENING, plans: [{ ...first!, contentHash: hashOf("x") }, ...others] },
      { ...OPENING, plans: [{ ...first!, side: "sell" }, ...others] },
      { ...OPENING, bidLeaves: OPENING.bidLeaves.toReversed() },
      { ...OPENING, offerLeaves: OPENING.offerLeaves.toReversed() },
      { ...OPENING, bidLeaves: OPENING.offerLeaves, offerLeaves: OPENING.bidLeaves },
      // The same leaves on the whole, cut elsewhere.
      {
        ...OPENING,
        bidLeaves: [...OPENING.bidLeaves, OPENING.offerLeaves[0]!],
        offerLeaves: OPENING.offerLeaves.slice(1),
      },
      { ...OPENING, lost: [{ ...first!, plan: 1n }] },
      { ...OPENING, lost: [{ ...first!, plan: 2n }] },
    ];
    const ids = [
      id,
      ...changed.map((opening) => roundId(POOL, MANIFEST, BEACON, opening)),
      roundId(POOL, BEACON, MANIFEST, OPENING),
      roundId(POOL, MANIFEST, hashOf("other"), OPENING),
      roundId({ ...POOL, chainId: 1n }, MANIFEST, BEACON, OPENING),
      roundId({ ...POOL, pool: `0x${"ab".repeat(20)}` }, MANIFEST, BEACON, OPENING),
    ];
    expect(new Set(ids).size).to.equal(ids.length);
  });

  it("does not depend on how the pool's address is written", () => {
    const lower = { ...POOL, pool: POOL.pool.toLowerCase() };
    expect(roundId(lower, MANIFEST, BEACON, OPENING)).to.equal(id);
  });
});
