import { readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect } from "chai";
import { eventually, MatchingScene, timesOf, type ScenePlan } from "../../helpers/matchingScene.ts";

describe("a matcher whose disk was damaged", function () {
  this.timeout(240_000);
  let scene: MatchingScene;

  before(async () => {
    scene = await MatchingScene.start({ traders: 5 });
    await scene.chain.goTo(timesOf(2n).startS);
    await scene.startServices();
  });

  after(() => scene.stop());

  const fileOf = (hash: string) => {
    const digits = hash.slice(2);
    return path.join(scene.folder, "matcher", "blobs", digits.slice(0, 2), digits);
  };
  const damage = (hash: string) => {
    const bytes = readFileSync(fileOf(hash));
    bytes[bytes.length >> 1]! ^= 1;
    writeFileSync(fileOf(hash), bytes);
  };
  const statusOf = (period: bigint) =>
    scene.matcher.status.periods.find((one) => one.period === period);

  it("fetches an epoch's key again, and loses no upload", async () => {
    const keys = () => fetch(`${scene.matcher.url}/epochs/1/relin-keys`);
    const manifest = (await (await fetch(`${scene.matcher.url}/epochs/1`)).json()) as {
      relinKeysHash: string;
      publicKeyHash: string;
    };
    const whole = await (await keys()).bytes();
    await scene.stopMatcher();
    rmSync(fileOf(manifest.relinKeysHash));
    damage(manifest.publicKeyHash);
    await scene.startMatcher();
    await scene.epochsMirrored();
    expect(await (await keys()).bytes()).to.deep.equal(whole);
    const period = 6n;
    const sell = await scene.submit(scene.traders[0]!, period, { side: "sell" });
    // Damaged while it runs, after what it holds in memory was read.
    await scene.stopMatcher();
    await scene.stopKeyHolder();
    damage(manifest.publicKeyHash);
    await scene.startMatcher();
    const ready = await fetch(`${scene.matcher.url}/readyz`);
    expect(ready.status).to.equal(503);
    expect(await ready.text()).to.include("Keys of epoch 1 are missing.");
    const served = await fetch(`${scene.matcher.url}/epochs/1/public-key`);
    expect(served.status).to.equal(503);
    expect(await served.text()).to.include("The public-key of epoch 1 cannot be read");
    await scene.startKeyHolder();
    await scene.epochsMirrored();
    await scene.upload(sell);
    await eventually("it is judged", () => statusOf(period)?.uploads.sound === 1);
    expect(statusOf(period)!.uploads.lost).to.equal(0);
  });

  it("matches all others where a ciphertext is lost, and says so", async () => {
    const period = 9n;
    const plans = await uploaded(period, ["sell", "buy", "sell", "buy", "sell"]);
    const lost = plans[4]!;
    damage(lost.prepared.contentHash);
    await scene.chain.goTo(timesOf(period).plansCloseS);
    await eventually("a round is finished", () => {
      return statusOf(period)?.rounds[0]?.state === "finished";
    });
    const round = statusOf(period)!.rounds[0]!;
    expect(round).to.include({ bids: 2, offers: 2, lost: 1, formed: 2 });
    const subject = `period ${period}, round 0`;
    expect(await evidence(period)).to.deep.equal([["lost", "matcher", subject]]);
    const state = await fetch(`${scene.matcher.url}/plans/${lost.commitment}`);
    expect(await state.json()).to.include({ state: "lost" });
  });

  it("leaves out a plan whose envelope is lost, and gives its partner another match @long", async () => {
    const period = 12n;
    const plans = await uploaded(period, ["sell", "buy", "sell"]);
    damage(envelopeOf(plans[0]!));
    await scene.chain.goTo(timesOf(period).plansCloseS);
    await eventually("a round is finished", () => {
      return statusOf(period)?.rounds[0]?.state === "finished";
    });
    expect(statusOf(period)!.rounds[0]).to.include({ bids: 1, offers: 1, lost: 1, formed: 1 });
    const subject = `period ${period}, round 0`;
    expect(await evidence(period)).to.deep.equal([["lost", "matcher", subject]]);
    expect(statusOf(period)!.uploads).to.include({ lost: 1, sound: 2 });
  });

  it("matches a plan of which an envelope is sent again that it did not know to be lost @long", async () => {
    const period = 15n;
    const [sell] = await uploaded(period, ["sell", "buy"]);
    damage(envelopeOf(sell!));
    await scene.upload(sell!);
    await scene.chain.goTo(timesOf(period).plansCloseS);
    await matched(period);
  });

  it("matches a plan that is uploaded again after it was lost @long", async () => {
    const period = 18n;
    const [sell] = await uploaded(period, ["sell", "buy"]);
    damage(sell!.prepared.contentHash);
    await scene.chain.goTo(timesOf(period).plansCloseS);
    await eventually("it is lost", () => statusOf(period)?.uploads.lost === 1);
    await scene.upload(sell!);
    await matched(period);
  });

  /** The two plans of a period are matched in its first round, and nobody is blamed. */
  async function matched(period: bigint): Promise<void> {
    await eventually("a round is finished", () => {
      return statusOf(period)?.rounds[0]?.state === "finished";
    });
    expect(statusOf(period)!.rounds[0]).to.include({ bids: 1, offers: 1, lost: 0, formed: 1 });
    expect(await evidence(period)).to.deep.equal([]);
  }

  /** The hash of the envelope that the matcher has of a plan. */
  function envelopeOf({ commitment }: ScenePlan): string {
    const file = path.join(scene.folder, "matcher", "matcher.sqlite");
    const database = new DatabaseSync(file, { readOnly: true });
    try {
      const sql = "SELECT envelope_hash FROM uploads WHERE plan = ?";
      return String(database.prepare(sql).get(commitment.toString())!.envelope_hash);
    } finally {
      database.close();
    }
  }

  /** Submits plans of a trader each, and uploads them. */
  async function uploaded(period: bigint, sides: readonly ("sell" | "buy")[]) {
    const plans: ScenePlan[] = [];
    for (const [i, side] of sides.entries()) {
      plans.push(await scene.submit(scene.traders[i]!, period, { side }));
    }
    for (const plan of plans) await scene.upload(plan);
    await eventually("all are sound", () => statusOf(period)?.uploads.sound === plans.length);
    return plans;
  }

  /** What the key holder has on record of a period. */
  async function evidence(period: bigint): Promise<string[][]> {
    const response = await fetch(`${scene.keyHolderUrl}/evidence`);
    const { evidence: all } = (await response.json()) as { evidence: Record<string, string>[] };
    return all
      .filter((one) => Number(one.period) === Number(period))
      .map(({ kind, culprit, subject }) => [kind!, culprit!, subject!]);
  }
});
