import { expect } from "chai";
import { toBeHex, Wallet } from "ethers";
import {
  EncryptedPlans,
  ForeignReceiptError,
  type EncryptedPlansOptions,
  type PlanOrder,
  type PreparedPlan,
} from "../../../../../sdk/private/client/encryptedPlans.ts";
import { ForeignEpochError, NoEpochError } from "../../../../../sdk/private/epochs/epochError.ts";
import { contentHash } from "../../../../../sdk/private/matching/contentHash.ts";
import { encodeBid, encodeOffer } from "../../../../../sdk/private/matching/encodePlan.ts";
import type { FeatureSchema } from "../../../../../sdk/private/matching/featureSchema.ts";
import { FeatureValueError } from "../../../../../sdk/private/matching/matchingError.ts";
import { PlanReader } from "../../../../../sdk/private/matching/planReader.ts";
import { attributesOf, commitmentOf, type PlanNote } from "../../../../../sdk/private/notes.ts";
import { signReceipt } from "../../../../../sdk/private/uploads/receipt.ts";
import { ServiceClient } from "../../../../../sdk/private/wire/serviceClient.ts";
import { ServiceRefusedError } from "../../../../../sdk/private/wire/serviceError.ts";
import { wireJson } from "../../../../../sdk/private/wire/wireJson.ts";
import { createMemoryEpoch, type MemoryEpoch } from "../../../../helpers/memoryEpoch.ts";
import { MemoryMatcher, type PlanOfChain } from "../../../../helpers/memoryMatcher.ts";
import { rejection } from "../../../../helpers/rejection.ts";
import { ALICE, BOB, POOL } from "../scene.ts";

const GATEWAY = 7n;
const SCHEMA: FeatureSchema = {
  features: [
    {
      kind: "numeric",
      name: "priceMicroPerKwh",
      least: 0,
      most: 1_000_000,
      weight: 1,
      limit: true,
    },
    { kind: "numeric", name: "energyWh", least: 100, most: 50_000, weight: 1 },
    { kind: "categorical", name: "energyType", categories: ["wind", "solar"], weight: 1 },
  ],
  resolution: 1_000,
  weights: "market",
};
const ORDER: PlanOrder = {
  side: "sell",
  period: 5n,
  energyWh: 1_500n,
  priceMicroPerKwh: 300_000n,
  features: { energyType: "solar" },
};

let lastSalt = 0n;

/** The note of a plan that was submitted with what was prepared. */
function noteOf({ side, period, energyWh, priceMicroPerKwh }: PlanOrder): PlanNote {
  const attributes = attributesOf(side === "sell" ? GATEWAY : 0n, 0n);
  const terms = { owner: ALICE.owner, side, period, energyWh, priceMicroPerKwh, attributes };
  return { kind: "plan", ...terms, salt: ++lastSalt };
}

/** A client of a service that is no process. */
function clientOf(answer: MemoryMatcher["answer"]): ServiceClient {
  const ask = (url: string, init: RequestInit) => answer(new URL(url).pathname, init);
  return new ServiceClient({ url: "http://matcher", pool: POOL, fetch: ask as typeof fetch });
}

const gatewayOf = ({ side }: PlanNote) => (side === "sell" ? GATEWAY : 0n);

describe("EncryptedPlans", function () {
  this.timeout(20_000);
  let epoch: MemoryEpoch;
  let book: Map<bigint, PlanOfChain>;
  let matcher: MemoryMatcher;
  let plans: EncryptedPlans;

  before(async () => {
    epoch = await createMemoryEpoch(SCHEMA, { fromPeriod: 3n });
    reset();
    plans = open();
  });
  beforeEach(reset);
  after(async () => {
    await plans.close();
    epoch.scheme.close();
  });

  function reset(): void {
    book = new Map();
    matcher = new MemoryMatcher(POOL, epoch, (plan) => book.get(plan));
  }

  function open(changes: Partial<EncryptedPlansOptions> = {}): EncryptedPlans {
    return new EncryptedPlans({
      pool: POOL,
      account: ALICE,
      // The current one, so that encryption is set up once.
      matcher: clientOf((path, init) => matcher.answer(path, init)),
      matcherAddress: matcher.wallet.address,
      record: epoch.record,
      ...changes,
    });
  }

  /** Brings a plan to the chain. */
  function submit(order: PlanOrder, prepared: PreparedPlan, isRest = false): PlanNote {
    const note = noteOf(order);
    book.set(commitmentOf(note), {
      side: note.side,
      period: note.period,
      state: "open",
      strikes: 0,
      features: toBeHex(prepared.encryptedFeaturesHash, 32),
      log: { name: isRest ? "MatchConfirmed" : "PlanAdded" },
    });
    return note;
  }

  const upload = (prepared: PreparedPlan, plan: PlanNote, by = plans) =>
    by.upload(prepared, { plan, gateway: gatewayOf(plan) });

  /** The numbers that the key holder would find in an upload. */
  function numbersOf(ciphertext: Uint8Array): number[] {
    const reader = new PlanReader(epoch.scheme, epoch.code, epoch.keys.secretKey);
    try {
      return reader.numbers(ciphertext);
    } finally {
      reader.close();
    }
  }

  it("has the key holder find in an upload what the plan says, and what opens it", async () => {
    for (const order of [ORDER, { ...ORDER, side: "buy" as const }]) {
      const prepared = await plans.prepare(order);
      const note = submit(order, prepared);
      const receipt = await upload(prepared, note);
      const plan = commitmentOf(note);
      expect(receipt).to.include({ plan, contentHash: prepared.contentHash });
      const { ciphertext } = matcher.uploads.get(plan)!;
      const envelope = await matcher.open(plan);
      expect(envelope.opening.plan).to.deep.equal(note);
      expect(envelope.opening.to).to.deep.equal({ account: ALICE.account, viewKey: ALICE.viewKey });
      expect(envelope).to.include({ gateway: gatewayOf(note), featuresOpening: 0n });
      expect(envelope.features).to.deep.equal({
        priceMicroPerKwh: 300_000,
        energyWh: 1_500,
        energyType: "solar",
      });
      const encode = order.side === "buy" ? encodeBid : encodeOffer;
      expect(numbersOf(ciphertext)).to.deep.equal(encode(epoch.code, envelope.features));
    }
  });

  it("uploads a rest by the plan's key, with the energy that is left", async () => {
    const prepared = await plans.prepare(ORDER);
    const first = commitmentOf(submit(ORDER, prepared));
    const rest = await plans.prepareRest(prepared, noteOf({ ...ORDER, energyWh: 400n }));
    expect(rest.encryptedFeaturesHash).to.equal(prepared.encryptedFeaturesHash);
    expect(rest.contentHash).to.not.equal(prepared.contentHash);
    expect(rest.features.energyWh).to.equal(400);
    const note = submit({ ...ORDER, energyWh: 400n }, rest, true);
    await upload(rest, note);
    const { header } = matcher.uploads.get(commitmentOf(note))!;
    expect(header.originContentHash).to.equal(prepared.contentHash);
    // And a rest of the rest, though the first was never uploaded.
    const last = await plans.prepareRest(rest, noteOf({ ...ORDER, energyWh: 100n }));
    await upload(last, submit({ ...ORDER, energyWh: 100n }, last, true));
    expect(matcher.uploads.has(first)).to.be.false;
    expect(matcher.uploads.size).to.equal(2);
  });

  it("asks again with the same, and gets the same receipt", async () => {
    const prepared = await plans.prepare(ORDER);
    const note = submit(ORDER, prepared);
    const receipts = [await upload(prepared, note), await upload(prepared, note)];
    expect(receipts[0]).to.deep.equal(receipts[1]);
  });

  it("goes on after the process was started anew, with what was kept", async () => {
    const prepared = await plans.prepare(ORDER);
    const kept = structuredClone(prepared);
    const restarted = open();
    await upload(kept, submit(ORDER, kept), restarted);
    expect(matcher.uploads.size).to.equal(1);
    await restarted.close();
  });

  it("is refused where the plan was encrypted again after it was submitted", async () => {
    const note = submit(ORDER, await plans.prepare(ORDER));
    const error = await rejection(upload(await plans.prepare(ORDER), note));
    expect(error).to.be.instanceOf(ServiceRefusedError).with.property("status", 409);
  });

  it("is refused where the chain has no such plan, which is told", async () => {
    const error = await rejection(upload(await plans.prepare(ORDER), noteOf(ORDER)));
    expect(error).to.be.instanceOf(ServiceRefusedError).with.property("status", 404);
    expect(error.message).to.include("Submit the plan first");
  });

  it("finds a lost plan's ciphertext again by the matcher and the chain, to upload a rest", async () => {
    const prepared = await plans.prepare(ORDER);
    const first = submit(ORDER, prepared);
    await upload(prepared, first);
    const { features } = book.get(commitmentOf(first))!;
    const rest = noteOf({ ...ORDER, energyWh: 400n });
    const family = [commitmentOf(rest), commitmentOf(first)];
    const originContentHash = (await plans.findOrigin(features, family))!;
    expect(originContentHash).to.equal(prepared.contentHash);
    const again = await plans.prepareRest({ features: ORDER.features, originContentHash }, rest);
    expect(toBeHex(again.encryptedFeaturesHash, 32)).to.equal(features);
    await upload(again, submit({ ...ORDER, energyWh: 400n }, again, true));
    // Of a rest alone it does not follow, nor of another's plan.
    expect(await plans.findOrigin(features, [123n])).to.be.undefined;
    const other = open({ account: BOB });
    expect(await other.findOrigin(features, family)).to.be.undefined;
  });

  it("links no two plans of an account", async () => {
    const headers = [];
    for (const order of [ORDER, ORDER, { ...ORDER, side: "buy" as const }]) {
      const prepared = await plans.prepare(order);
      const note = submit(order, prepared);
      await upload(prepared, note);
      headers.push(matcher.uploads.get(commitmentOf(note))!.header);
    }
    for (const field of ["uploadAddress", "signature", "contentHash", "envelopeHash"] as const) {
      expect(new Set(headers.map((header) => header[field])).size, field).to.equal(3);
    }
  });

  it("sends nothing readable but sizes and places: all uploads have one length", async () => {
    const lengths = new Set<string>();
    for (const order of [ORDER, { ...ORDER, energyWh: 2n ** 28n - 1n, priceMicroPerKwh: 1n }]) {
      const prepared = await plans.prepare(order);
      const note = submit(order, prepared);
      await upload(prepared, note);
      const { envelope, ciphertext } = matcher.uploads.get(commitmentOf(note))!;
      lengths.add(`${envelope.length} ${ciphertext.length}`);
    }
    expect([...lengths]).to.deep.equal(["2096 393329"]);
  });

  it("keeps no key in what is prepared", async () => {
    const { ciphertext: _, ...prepared } = await plans.prepare(ORDER);
    const text = wireJson(prepared);
    for (const secret of [
      ALICE.spendScalar.toString(),
      ALICE.nullifierKey.toString(),
      ALICE.viewScalar.toString(),
      Buffer.from(ALICE.signKey).toString("hex"),
    ]) {
      expect(text).to.not.include(secret);
    }
  });

  describe("what becomes of a price", () => {
    const limitOf = async (side: PlanOrder["side"], priceMicroPerKwh: bigint) =>
      (await plans.prepare({ ...ORDER, side, priceMicroPerKwh })).limit;

    it("is told where it loses a part of a step: a bid goes down, an offer up", async () => {
      expect(await limitOf("buy", 300_999n)).to.deep.equal({
        value: 300_999,
        matchedAs: 300_000,
        step: 1_000,
      });
      expect(await limitOf("sell", 300_001n)).to.deep.include({ matchedAs: 301_000 });
      for (const side of ["buy", "sell"] as const) {
        for (const price of [0n, 300_000n, 1_000_000n]) {
          expect((await limitOf(side, price))!.matchedAs).to.equal(Number(price));
        }
      }
    });

    it("is what the key holder finds", async () => {
      for (const [side, price] of [
        ["buy", 300_999n],
        ["sell", 300_001n],
        ["sell", 999_001n],
      ] as const) {
        const prepared = await plans.prepare({ ...ORDER, side, priceMicroPerKwh: price });
        const { block, step } = epoch.code.limit!;
        const number = numbersOf(prepared.ciphertext)[block]!;
        expect(number * step).to.equal(prepared.limit!.matchedAs);
      }
    });

    it("is refused beyond the market's range, and energy beyond it counts as its end", async () => {
      const dear = plans.prepare({ ...ORDER, priceMicroPerKwh: 1_000_001n });
      expect(await rejection(dear)).to.be.instanceOf(FeatureValueError);
      for (const [energyWh, counted] of [
        [1n, 100],
        [60_000n, 50_000],
      ] as const) {
        const { features } = await plans.prepare({ ...ORDER, energyWh });
        expect(features.energyWh).to.equal(counted);
      }
    });
  });

  it("does not let features say another price or energy than the plan", async () => {
    const features = { ...ORDER.features, priceMicroPerKwh: 1, energyWh: 200 };
    const prepared = await plans.prepare({ ...ORDER, features });
    expect(prepared.features).to.include({ priceMicroPerKwh: 300_000, energyWh: 1_500 });
  });

  it("refuses features that the market does not take, and encrypts nothing", async () => {
    for (const features of [{}, { energyType: "coal" }, { energyType: 1 }]) {
      const preparing = plans.prepare({ ...ORDER, features });
      expect(await rejection(preparing)).to.be.instanceOf(FeatureValueError);
    }
  });

  it("encrypts for no epoch that was not announced, or is served as another", async () => {
    expect(await rejection(plans.prepare({ ...ORDER, period: 2n }))).to.be.instanceOf(NoEpochError);
    const { client } = new MemoryMatcher(POOL, { ...epoch, serve: forged }, () => undefined);
    const trying = open({ matcher: client });
    expect(await rejection(trying.prepare(ORDER))).to.be.instanceOf(ForeignEpochError);

    function forged(path: string): Uint8Array | undefined {
      // The matcher's own keys: it could read every plan.
      const name = path.endsWith("/public-key") ? "delivery-key" : "";
      return name === "" ? epoch.serve(path) : epoch.serve(path.replace("public-key", name));
    }
  });

  it("asks another service for keys where one is named", async () => {
    const other = new MemoryMatcher(POOL, epoch, () => undefined);
    const careful = open({ epochs: other.client });
    const prepared = await careful.prepare(ORDER);
    await upload(prepared, submit(ORDER, prepared), careful);
    await careful.close();
    expect(matcher.asked).to.deep.equal(["/plans"]);
    expect(other.asked).to.deep.equal(["/epochs/1", "/epochs/1/public-key"]);
  });

  it("believes no receipt of another matcher, plan or ciphertext", async () => {
    const prepared = await plans.prepare(ORDER);
    const note = submit(ORDER, prepared);
    const good = { plan: commitmentOf(note), contentHash: prepared.contentHash, takenAtS: 1 };
    for (const receipt of [
      await signReceipt(Wallet.createRandom(), POOL, good),
      await signReceipt(matcher.wallet, POOL, { ...good, plan: 5n }),
      await signReceipt(matcher.wallet, POOL, { ...good, contentHash: contentHash(Buffer.of(1)) }),
      await signReceipt(matcher.wallet, { ...POOL, chainId: 1n }, good),
    ]) {
      const lying = clientOf(async (path, init) =>
        path === "/plans" ? new Response(wireJson(receipt)) : matcher.answer(path, init),
      );
      const error = await rejection(upload(prepared, note, open({ matcher: lying })));
      expect(error).to.be.instanceOf(ForeignReceiptError);
    }
  });
});

describe("EncryptedPlans with private weights", function () {
  this.timeout(20_000);

  it("tells a buyer's weights the key holder alone", async () => {
    const epoch = await createMemoryEpoch({ ...SCHEMA, resolution: 500, weights: "private" });
    const matcher = new MemoryMatcher(POOL, epoch, () => undefined);
    const plans = new EncryptedPlans({
      pool: POOL,
      account: ALICE,
      matcher: matcher.client,
      matcherAddress: matcher.wallet.address,
      record: epoch.record,
    });
    const ownWeights = { energyType: 3, energyWh: 0 };
    const prepared = await plans.prepare({ ...ORDER, side: "buy", ownWeights });
    const reader = new PlanReader(epoch.scheme, epoch.code, epoch.keys.secretKey);
    const expected = encodeBid(epoch.code, prepared.features, ownWeights);
    // A weight of 0 gives -0, which the slots do not know.
    expect(reader.numbers(prepared.ciphertext)).to.deep.equal(expected.map((number) => number + 0));
    const rest = await plans.prepareRest(prepared, noteOf({ ...ORDER, side: "buy" }));
    expect(rest.ownWeights).to.deep.equal(ownWeights);
    reader.close();
    await plans.close();
    epoch.scheme.close();
  });
});
