import { setTimeout as pause } from "node:timers/promises";
import { expect } from "chai";
import { contentHash } from "../../../sdk/private/matching/contentHash.ts";
import type { MadePlan, MadeUpload } from "../../helpers/keyHolderScene.ts";
import type { DrawnRound } from "../../../oracle/matcher/rounds/roundPlan.ts";
import { hasNumber } from "../../helpers/hasNumber.ts";
import { expectRefused, PERIOD, stageKeyHolder } from "../../helpers/stageKeyHolder.ts";

const TWO_BY_TWO: MadePlan[] = [
  { side: "sell" },
  { side: "sell", features: { eastM: 9_000 } },
  { side: "buy" },
  { side: "buy", features: { eastM: 8_000 } },
];

/** Prices and energies of the plans here, and their products. */
const TERMS = ["1000", "900", "200000", "250000", "300000", "200000000", "300000000"];

/** The drawn round with another list. */
function altered(
  { opening, ...rest }: DrawnRound,
  changes: Partial<DrawnRound["opening"]>,
): DrawnRound {
  return { ...rest, opening: { ...opening, ...changes } };
}

describe("A matcher that lies to the key holder", function () {
  this.timeout(120_000);
  const staged = stageKeyHolder();

  it("leaves a plan out of its round: refused with the list, and on record with its signed request", async () => {
    const uploads = await staged.book(...TWO_BY_TWO);
    const drawn = await staged.matcher.draw(PERIOD, 0, uploads.slice(1));
    const body = await expectRefused(staged.matcher.open(drawn), 409, "RoundListError");
    const { plan, contentHash: content } = uploads[0]!.header;
    expect(body.missing).to.deep.equal([{ plan: String(plan), contentHash: content }]);
    expect(body.foreign).to.deep.equal([]);
    // Its node may have been a block behind; who does it again has no such excuse.
    expect(await staged.evidence()).to.deep.equal([]);
    await pause(1_100);
    await expectRefused(staged.matcher.open(drawn), 409, "RoundListError");
    const [evidence] = await staged.evidence();
    expect(evidence!.kind).to.equal("round list");
    expect(evidence!.request!.isKept).to.equal(true);
    expect(evidence!.request!.signature).to.match(/^0x[0-9a-f]{130}$/);
    const kept = (await staged.client.get(`/evidence/${evidence!.id}/request`)).bytes;
    expect(new TextDecoder().decode(kept)).to.contain(String(uploads[1]!.header.plan));
    // What is right is taken all the same, and an omission that is repeated is counted.
    await expectRefused(staged.matcher.open(drawn), 409, "RoundListError");
    expect((await staged.evidence())[0]!.times).to.equal(2);
    expect(await staged.matcher.open(await staged.matcher.draw(PERIOD, 0, uploads))).to.match(
      /^0x/,
    );
  });

  it("adds a plan that was not judged, and one of another ciphertext @long", async () => {
    const unjudged = await staged.plan({ side: "buy", owner: 9 });
    const uploads = await staged.book(...TWO_BY_TWO);
    const added = await staged.matcher.draw(PERIOD, 0, [...uploads, unjudged]);
    const { foreign } = await expectRefused(staged.matcher.open(added), 409, "RoundListError");
    expect(foreign).to.have.length(1);
    const [first, ...others] = uploads;
    const swapped = {
      ...first!,
      header: { ...first!.header, contentHash: contentHash(new Uint8Array(1)) },
    };
    const body = await expectRefused(
      staged.matcher.open(await staged.matcher.draw(PERIOD, 0, [swapped, ...others])),
      409,
      "RoundListError",
    );
    expect(body.missing).to.have.length(1);
    expect(body.foreign).to.have.length(1);
  });

  it("repeats a plan, or puts it out of order @long", async () => {
    const uploads = await staged.book(...TWO_BY_TWO);
    const drawn = await staged.matcher.draw(PERIOD, 0, uploads);
    const { plans, bidLeaves, offerLeaves } = drawn.opening;
    const twice = altered(drawn, { plans: [plans[0]!, ...plans] });
    await expectRefused(staged.matcher.open(twice), 400, "MalformedMessageError");
    const turned = altered(drawn, { plans: plans.toReversed() });
    await expectRefused(staged.matcher.open(turned), 400, "MalformedMessageError");
    const oneLeaf = altered(drawn, {
      offerLeaves: offerLeaves.map(() => offerLeaves[0]!),
      bidLeaves,
    });
    await expectRefused(staged.matcher.open(oneLeaf), 400, "MalformedMessageError");
  });

  it("opens one round in two ways, to rank its friends' bids with other positions", async () => {
    const uploads = await staged.book(...TWO_BY_TWO);
    const drawn = await staged.matcher.draw(PERIOD, 0, uploads);
    const id = await staged.matcher.open(drawn);
    expect(await staged.matcher.open(drawn)).to.equal(id);
    const other = altered(drawn, { bidLeaves: drawn.opening.bidLeaves.toReversed() });
    await expectRefused(staged.matcher.open(other), 409, "RoundKnownError");
    expect(await staged.blamed()).to.deep.equal(["matcher: round opened twice"]);
  });

  it("asks for a ninth round @long", async () => {
    const uploads = await staged.book(...TWO_BY_TWO);
    const { matcher } = staged;
    // It tries until it likes the order; that it left each is on record, too.
    for (let round = 0; round < 8; round++) {
      const drawn = await matcher.draw(PERIOD, round, uploads);
      await matcher.open(drawn);
      await matcher.finish(drawn);
    }
    const ninth = await matcher.draw(PERIOD, 8, uploads);
    await expectRefused(matcher.open(ninth), 409, "TooManyRoundsError");
    const expected = [...Array<string>(8).fill("matcher: round left"), "matcher: too many rounds"];
    expect(await staged.blamed()).to.deep.equal(expected);
  });

  it("skips a round, or names another epoch @long", async () => {
    const uploads = await staged.book(...TWO_BY_TWO);
    await expectRefused(
      staged.matcher.open(await staged.matcher.draw(PERIOD, 1, uploads)),
      409,
      "RoundOrderError",
    );
    const drawn = await staged.matcher.draw(PERIOD, 0, uploads);
    await expectRefused(
      staged.matcher.open(altered(drawn, { epoch: 7 })),
      409,
      "ForeignEpochError",
    );
  });

  it("has participants' own ciphertexts ranked: refused, on record, and nothing is told", async () => {
    const uploads = await staged.book(...TWO_BY_TWO);
    const { matcher } = staged;
    const drawn = await matcher.draw(PERIOD, 0, uploads);
    await matcher.open(drawn);
    const raw = uploads[0]!.ciphertext;
    const asked = matcher.rank(drawn, 0, { distances: [raw], limits: [raw] });
    await expectRefused(asked, 422, "WrongParametersError");
    const cut = { distances: [raw.subarray(0, 1_000)], limits: [raw] };
    await expectRefused(matcher.rank(drawn, 0, cut), 422, "WrongParametersError");
    const [masked] = await matcher.mask(drawn, uploads);
    const short = { ...masked!, limits: [] };
    await expectRefused(matcher.rank(drawn, 0, short), 422, "MalformedCiphertextError");
    const cutResult = { ...masked!, distances: [masked!.distances[0]!.subarray(0, 5_000)] };
    await expectRefused(matcher.rank(drawn, 0, cutResult), 422, "TruncatedCiphertextError");
    expect(await staged.blamed()).to.deep.equal(["matcher: foreign ciphertext"]);
    // The position is still to be answered.
    expect((await matcher.rank(drawn, 0, masked!)).nearest.length).to.equal(2);
  });

  it("posts other pairs than the ranks give", async () => {
    const uploads = await staged.book(...TWO_BY_TWO);
    const { drawn, pairs } = await staged.matcher.rankedRound(PERIOD, 0, uploads);
    const [first, second] = pairs;
    const swapped = [
      { bid: first!.bid, offer: second!.offer },
      { bid: second!.bid, offer: first!.offer },
    ];
    await expectRefused(staged.matcher.pair(drawn, swapped), 409, "PairsError");
    await expectRefused(staged.matcher.pair(drawn, pairs.slice(1)), 409, "PairsError");
    const [evidence] = await staged.evidence();
    expect(evidence!.times).to.equal(2);
    const { given, expected } = evidence!.details as { given: unknown; expected: unknown };
    expect(expected).to.deep.equal(pairs.map(({ bid, offer }) => [bid, offer]));
    expect(given).to.deep.equal(swapped.map(({ bid, offer }) => [bid, offer]));
    // And afterwards too.
    await staged.matcher.pair(drawn, pairs);
    await expectRefused(staged.matcher.pair(drawn, swapped), 409, "PairsError");
  });

  it("asks for no ranks of a bid that it does not like @long", async () => {
    const uploads = await staged.book(...TWO_BY_TWO);
    const { matcher } = staged;
    const drawn = await matcher.draw(PERIOD, 0, uploads);
    await matcher.open(drawn);
    const masked = await matcher.mask(drawn, uploads);
    const { nearest } = await matcher.rank(drawn, 1, masked[1]!);
    await matcher.pair(drawn, [{ bid: 1, offer: nearest[0]! }]);
    expect(await staged.blamed()).to.deep.equal(["matcher: bids left"]);
    expect((await staged.evidence())[0]!.details).to.deep.equal({ bids: [0] });
    // Its pairs are fixed: the bid cannot be ranked later, when others are known.
    await expectRefused(matcher.rank(drawn, 0, masked[0]!), 409, "RoundStateError");
  });

  it("opens a pair before the pairs are fixed, one that is none, or as other plans", async () => {
    const uploads = await staged.book(...TWO_BY_TWO);
    const { matcher } = staged;
    const { drawn, pairs } = await matcher.rankedRound(PERIOD, 0, uploads);
    await expectRefused(matcher.openPair(drawn, pairs[0]!, uploads), 404, "UnknownPairError");
    await matcher.pair(drawn, pairs);
    // To learn what the other offer is, it opens it in the place of the one that was matched.
    const wrong = { bid: pairs[0]!.bid, offer: pairs[1]!.offer };
    await expectRefused(matcher.openPair(drawn, wrong, uploads), 409, "OpenedPositionError");
    const { header, parts } = matcher.pairFrame(drawn, pairs[0]!, uploads);
    const salted = { ...header, bid: { ...header.bid, salt: contentHash(new Uint8Array(2)) } };
    const asked = matcher.openPair(drawn, pairs[0]!, uploads, { header: salted, parts });
    await expectRefused(asked, 409, "OpenedPositionError");
    expect(new Set(await staged.blamed())).to.deep.equal(new Set(["matcher: opened position"]));
    expect(await matcher.openPair(drawn, pairs[0]!, uploads)).to.deep.equal({ formed: true });
  });

  it("sends other bytes for a plan than its owner has signed @long", async () => {
    const uploads = await staged.book(...TWO_BY_TWO);
    const { matcher } = staged;
    const { drawn, pairs } = await matcher.rankedRound(PERIOD, 0, uploads);
    await matcher.pair(drawn, pairs);
    const { header, parts } = matcher.pairFrame(drawn, pairs[0]!, uploads);
    for (const place of [0, 1, 2, 3]) {
      const others = parts.map((part, i) => (i === place ? parts[(place + 2) % 4]! : part));
      const asked = matcher.openPair(drawn, pairs[0]!, uploads, { header, parts: others });
      await expectRefused(asked, 409, "OpenedPositionError");
    }
    expect((await staged.evidence()).every(({ culprit }) => culprit === "matcher")).to.equal(true);
    // Nobody was banned for what the matcher sent.
    expect(await matcher.openPair(drawn, pairs[0]!, uploads)).to.deep.equal({ formed: true });
  });

  it("ranks with other ciphertexts than it committed to: the opened plans show it", async () => {
    const uploads = await staged.book(...TWO_BY_TWO);
    const { matcher } = staged;
    const drawn = await matcher.draw(PERIOD, 0, uploads);
    await matcher.open(drawn);
    // The ciphertexts of both offers are swapped, so that each bid gets the offer that is far from it.
    const [far, near, ...bids] = uploads as [MadeUpload, MadeUpload, MadeUpload, MadeUpload];
    const swapped = [
      { ...far, ciphertext: near.ciphertext },
      { ...near, ciphertext: far.ciphertext },
      ...bids,
    ];
    const told = await matcher.rankAll(drawn, swapped);
    const pairs = told.map(({ nearest }, bid) => ({ bid, offer: nearest[0]! }));
    await matcher.pair(drawn, pairs);
    for (const pair of pairs) await matcher.openPair(drawn, pair, uploads);
    // Both sides keep to their terms all the same, and trade.
    expect((await matcher.finish(drawn)).proposed.length).to.equal(2);
    expect(await staged.blamed()).to.deep.equal(["matcher: ranks"]);
  });

  it("makes up limits, so that plans meet that do not", async () => {
    const uploads = await staged.book(
      { side: "sell", priceMicroPerKwh: 400_000n },
      { side: "buy" },
    );
    const { matcher } = staged;
    const drawn = await matcher.draw(PERIOD, 0, uploads);
    await matcher.open(drawn);
    const cheap = staged.keyHolders.encrypt(staged.epoch, "sell", {
      priceMicroPerKwh: 1_000,
    });
    const [offer, bid] = uploads as [MadeUpload, MadeUpload];
    const [told] = await matcher.rankAll(drawn, [{ ...offer, ciphertext: cheap }, bid]);
    expect(told!.nearest).to.deep.equal([0]);
    await matcher.pair(drawn, [{ bid: 0, offer: 0 }]);
    const opened = await matcher.openPair(drawn, { bid: 0, offer: 0 }, uploads);
    expect(opened).to.deep.equal({ formed: false, banned: [], reason: "their prices do not meet" });
    expect((await matcher.finish(drawn)).proposed).to.deep.equal([]);
    expect(await staged.blamed()).to.deep.equal(["matcher: made-up limits", "matcher: ranks"]);
  });

  it("has ciphertexts judged that are none @long", async () => {
    const upload = await staged.plan({ side: "buy" });
    const noise = crypto.getRandomValues(new Uint8Array(1_000));
    await expectRefused(staged.matcher.judge(upload, noise), 422, "MalformedCiphertextError");
    expect(await staged.blamed()).to.deep.equal(["matcher: blinded upload"]);
    // The plan's owner has not lost its try.
    expect((await staged.matcher.judge(upload)).sound).to.equal(true);
  });
});

describe("A participant that lies to the key holder @long", function () {
  this.timeout(120_000);
  const staged = stageKeyHolder();

  /** Its lie comes out when its pair is opened: it is banned, and its partner trades with somebody else. */
  async function expectBanned(liar: MadePlan, lie: RegExp): Promise<void> {
    const honest: MadePlan = {
      side: liar.side === "buy" ? "sell" : "buy",
      features: { eastM: 4_000 },
    };
    const other: MadePlan = { side: liar.side, features: { eastM: 9_000, northM: 9_000 } };
    // Whichever bid chooses first, the liar gets an offer.
    const spare: MadePlan[] = liar.side === "buy" ? [{ side: "sell" }] : [];
    const uploads = await staged.book(liar, honest, other, ...spare);
    const first = await staged.matcher.playRound(PERIOD, 0, uploads);
    const { plan } = uploads[0]!.header;
    const [answer] = first.opened.filter(({ formed }) => !formed);
    expect(answer!.banned).to.deep.equal([String(plan)]);
    expect(answer!.reason).to.match(lie);
    const [evidence] = await staged.evidence();
    expect([evidence!.culprit, evidence!.subject]).to.deep.equal(["participant", `plan ${plan}`]);
    const { signed } = evidence!.details as { signed: { signature: string } };
    expect(signed.signature).to.equal(uploads[0]!.header.signature);
    // No term of anybody is in it.
    const said = JSON.stringify(evidence);
    expect(hasNumber(said, String(plan))).to.be.true;
    for (const term of TERMS) expect(hasNumber(said, term), term).to.be.false;
    if (first.finished.proposed.length > 0) return;
    await expectRefused(
      staged.matcher.open(await staged.matcher.draw(PERIOD, 1, uploads)),
      409,
      "RoundListError",
    );
    const second = await staged.matcher.playRound(PERIOD, 1, uploads.slice(1));
    expect(second.finished.proposed.length).to.equal(1);
  }

  it("encrypts another price than its plan has, to be nearest to everybody", () =>
    expectBanned(
      { side: "sell", encrypted: { priceMicroPerKwh: 300_000 } },
      /ciphertext does not hold/,
    ));

  it("says and encrypts another price than its plan has", () =>
    expectBanned(
      {
        side: "sell",
        encrypted: { priceMicroPerKwh: 250_000 },
        saidFeatures: { priceMicroPerKwh: 250_000 },
      },
      /feature priceMicroPerKwh is not that of the plan/,
    ));

  it("names another energy", () =>
    expectBanned(
      { side: "buy", encrypted: { energyWh: 900 }, saidFeatures: { energyWh: 900 } },
      /feature energyWh is not that of the plan/,
    ));

  it("names a better reputation than it has", () =>
    expectBanned(
      { side: "sell", features: { reputation: 60 } },
      /reputation is not what its owner has/,
    ));

  it("opens another plan than its own", async () => {
    const other = await staged.plan({ side: "sell", owner: 7 });
    const opening = { plan: other.note, to: other.account };
    await expectBanned({ side: "sell", said: { opening } }, /does not open the plan/);
  });

  it("names a gateway that its plan does not bind", () =>
    expectBanned({ side: "sell", said: { gateway: 77n } }, /does not open the plan's attributes/));

  it("sends an envelope that nobody can open", () =>
    expectBanned({ side: "buy", envelope: new Uint8Array(2_096).fill(5) }, /does not open/));

  it("says features that the market does not have", () =>
    expectBanned({ side: "buy", saidFeatures: { energyType: "coal" } }, /none of the market's/));

  it("trades with itself: no match, its bid is out for the period, and nobody is blamed", async () => {
    const uploads = await staged.book(
      { side: "sell", owner: 1 },
      { side: "buy", owner: 1 },
      { side: "buy", owner: 2, features: { eastM: 9_000, northM: 9_000 } },
      // Whichever bid chooses first, its own offer is the nearest to it.
      { side: "sell", owner: 3, features: { eastM: 9_500, northM: 9_500 } },
    );
    const own = String(uploads[1]!.header.plan);
    const { opened } = await staged.matcher.playRound(PERIOD, 0, uploads);
    expect(opened.filter(({ formed }) => !formed)).to.deep.equal([
      { formed: false, banned: [own], reason: "both plans are of one owner" },
    ]);
    expect(await staged.blamed()).to.deep.equal([]);
  });

  it("plans for 0 Wh, to take an offer from others in every round", async () => {
    const uploads = await staged.book(
      { side: "sell" },
      { side: "buy", energyWh: 0n, priceMicroPerKwh: 1_000_000n },
    );
    const empty = uploads[1]!.header.plan;
    const { opened } = await staged.matcher.playRound(PERIOD, 0, uploads);
    expect(opened).to.deep.equal([
      { formed: false, banned: [String(empty)], reason: `plan ${empty}: it has no energy` },
    ]);
    expect(await staged.blamed()).to.deep.equal(["participant: empty plan"]);
    const [evidence] = await staged.evidence();
    const { signed } = evidence!.details as { signed: { signature: string } };
    expect(signed.signature).to.equal(uploads[1]!.header.signature);
    // It is in no further round.
    const again = await staged.matcher.draw(PERIOD, 1, uploads);
    await expectRefused(staged.matcher.open(again), 409, "RoundListError");
  });
});
