import { readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { eventually, MatchingScene, timesOf } from "../../helpers/matchingScene.ts";

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
});
