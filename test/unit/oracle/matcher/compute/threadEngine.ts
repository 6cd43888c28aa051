import { randomUUID } from "node:crypto";
import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import {
  BadOffersError,
  EngineClosedError,
  NoThreadsError,
  RefusedTaskError,
} from "../../../../../oracle/matcher/compute/computeErrors.ts";
import { ThreadEngine } from "../../../../../oracle/matcher/compute/threadEngine.ts";
import { RankReader } from "../../../../../sdk/private/matching/rankReader.ts";
import { SquaresReader } from "../../../../../sdk/private/matching/squaresReader.ts";
import {
  compute,
  computeScene,
  maskedNumbers,
  type ComputeScene,
} from "../../../../helpers/computeScene.ts";
import { rejection } from "../../../../helpers/rejection.ts";
import { limitCode } from "../../../sdk/private/matching/matchingScene.ts";

const MORTAL = new URL("../../../../helpers/mortalThread.ts", import.meta.url);

describe("ThreadEngine", function () {
  this.timeout(120_000);
  let scene: ComputeScene;
  let engine: ThreadEngine;
  let mortal: ThreadEngine;

  before(async () => {
    scene = await computeScene(limitCode("market"), { bids: 5, offers: 9 });
    engine = new ThreadEngine({ threads: 2 });
    mortal = new ThreadEngine({ threads: 2, threadFile: MORTAL });
  });
  after(async () => {
    await engine.close();
    await mortal.close();
  });

  /** The same round with an offer or bid under another name. */
  function renamed(kind: "offers" | "bids", index: number, name: string, bytes?: Uint8Array) {
    const { work, blobs } = scene;
    blobs.blobs.set(name, bytes ?? blobs.blobs.get(work[kind][index]!)!);
    return { ...work, [kind]: work[kind].with(index, name) };
  }

  /** A name of which one thread dies, and the next one does not. */
  function onceDeadly(): string {
    const name = `once-${randomUUID()}`;
    after(() => rmSync(join(tmpdir(), `sealwatt-${name}`), { force: true }));
    return name;
  }

  function badOffers(error: unknown): string[] {
    if (!(error instanceof BadOffersError)) throw error;
    return error.bad.map(({ contentHash }) => contentHash).sort();
  }

  it("masks every bid once, as the key holder can rank it", async () => {
    const { masked, bad } = await compute(engine, scene.work);
    expect([...masked.keys()].sort()).to.deep.equal([0, 1, 2, 3, 4]);
    expect(bad).to.be.empty;
    const reader = new RankReader(scene.keyed.scheme, scene.code, scene.keyed.keys.secretKey);
    for (const one of masked.values()) {
      const { nearest, outOfRange } = reader.rank(one, 9);
      expect(nearest.length).to.be.below(10);
      expect(outOfRange).to.be.empty;
    }
    reader.close();
  });

  it("leaves out the bids that are to be skipped", async () => {
    const { masked } = await compute(engine, { ...scene.work, skip: new Set([0, 3]) });
    expect([...masked.keys()].sort()).to.deep.equal([1, 2, 4]);
  });

  it("reports a bid that is no ciphertext, and masks the others with the same numbers", async () => {
    const truncated = scene.blobs.blobs.get(scene.work.bids[1]!)!.slice(0, -1);
    const work = renamed("bids", 1, "truncated", truncated);
    const { masked, bad } = await compute(engine, work);
    expect(bad).to.have.length(1);
    expect(bad[0]).to.include({ contentHash: "truncated", position: 1 });
    expect(bad[0]!.message).to.contain("bytes");
    const all = maskedNumbers(scene, (await compute(engine, scene.work)).masked);
    delete all[1];
    expect(maskedNumbers(scene, masked)).to.deep.equal(all);
  });

  it("names every offer that cannot be packed, and masks nothing then", async () => {
    const { work } = scene;
    const noise = new Uint8Array(393_329);
    scene.blobs.blobs.set("noise", noise);
    const offers = work.offers.with(2, "noise").with(7, "missing");
    const error = await rejection(compute(engine, { ...work, offers }));
    expect(badOffers(error)).to.deep.equal(["missing", "noise"]);
  });

  it("checks ciphertexts before a round", async () => {
    const { work, blobs } = scene;
    blobs.blobs.set("noise", new Uint8Array(393_329));
    const bad = await engine.check(blobs, [...work.offers, "noise", ...work.bids, "missing"]);
    expect(bad.map(({ contentHash }) => contentHash).sort()).to.deep.equal(["missing", "noise"]);
  });

  for (const kind of ["bids", "offers"] as const) {
    it(`has the share done again of a thread that dies among ${kind}`, async () => {
      const { masked, bad } = await compute(mortal, renamed(kind, 3, onceDeadly()));
      expect(bad).to.be.empty;
      expect(maskedNumbers(scene, masked)).to.deep.equal(
        maskedNumbers(scene, (await compute(engine, scene.work)).masked),
      );
    });
  }

  it("finds the one bid that kills every thread, and masks the others", async () => {
    const { masked, bad } = await compute(mortal, renamed("bids", 2, "deadly"));
    expect(bad.map(({ position }) => position)).to.deep.equal([2]);
    expect(bad[0]!.message).to.equal("No thread survives what is computed with this ciphertext.");
    expect([...masked.keys()].sort()).to.deep.equal([0, 1, 3, 4]);
  });

  it("finds the one offer that kills every thread", async () => {
    const error = await rejection(compute(mortal, renamed("offers", 2, "deadly")));
    expect(badOffers(error)).to.deep.equal(["deadly"]);
  });

  it("blames the machine, not the ciphertexts, where threads die of one after another", async () => {
    const { work, blobs } = scene;
    const bids = work.bids.map((hash, i) => {
      blobs.blobs.set(`deadly-${i}`, blobs.blobs.get(hash)!);
      return `deadly-${i}`;
    });
    expect(await rejection(compute(mortal, { ...work, bids }))).to.be.instanceOf(NoThreadsError);
  });

  it("says that threads cannot be started", async () => {
    const none = new ThreadEngine({ threads: 1, threadFile: new URL("none.ts", import.meta.url) });
    expect(await rejection(compute(none, scene.work))).to.be.instanceOf(NoThreadsError);
    await none.close();
  });

  it("refuses keys of other parameters without blaming a plan", async () => {
    const relinKeys = scene.work.relinKeys.slice(0, -8);
    const error = await rejection(compute(engine, { ...scene.work, relinKeys }));
    expect(error).to.be.instanceOf(RefusedTaskError);
  });

  it("ends with what its taker throws, and with the signal's reason", async () => {
    const failure = new Error("the key holder is away");
    const taker = { onBid: () => Promise.reject(failure), onBad: () => Promise.resolve() };
    expect(await rejection(engine.run(scene.work, taker))).to.equal(failure);
    const reason = new Error("stop");
    expect(await rejection(compute(engine, scene.work, AbortSignal.abort(reason)))).to.equal(
      reason,
    );
  });

  it("names who claims a wrong square, where weights are private", async () => {
    const { work, keyed, code } = await computeScene(limitCode("private"), { bids: 1, offers: 4 });
    // A bid's numbers in an offer's place: they are no squares.
    const offers = work.offers.with(2, work.bids[0]!);
    const [masked] = await engine.squares({ ...work, offers });
    const reader = new SquaresReader(keyed.scheme, code, keyed.keys.secretKey);
    expect(reader.wrongSquares(masked!, 4)).to.deep.equal([2]);
    reader.close();
  });

  it("does nothing any more once it is closed", async () => {
    const closed = new ThreadEngine({ threads: 1 });
    const running = rejection(compute(closed, scene.work));
    await closed.close();
    expect(await running).to.be.instanceOf(EngineClosedError);
    expect(await rejection(compute(closed, scene.work))).to.be.instanceOf(EngineClosedError);
  });
});
