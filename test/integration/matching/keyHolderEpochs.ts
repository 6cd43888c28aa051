import { readdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { DEFAULT_FEATURES } from "../../../sdk/private/matching/defaultFeatures.ts";
import { PASSWORD } from "../../helpers/keyHolderScene.ts";
import { POOL_TERMS } from "../../helpers/privateMarket.ts";
import { rejection } from "../../helpers/rejection.ts";
import { expectRefused, PERIOD, stageKeyHolder, startOf } from "../../helpers/stageKeyHolder.ts";

const PERIODS = { epochPeriods: 3, aheadPeriods: 1, keepPeriods: 1 };
const { reportingTime, periodLength, plansLead } = POOL_TERMS;

describe("The key holder's epochs @long", function () {
  this.timeout(120_000);
  const staged = stageKeyHolder(PERIODS);

  const secretFiles = () =>
    readdirSync(path.join(staged.keyHolders.folder, "data", "keys")).filter((file) =>
      file.endsWith(".secret"),
    );
  const epochs = async () =>
    (
      (await staged.client.get("/epochs")).json() as {
        epochs: { epoch: number; fromPeriod: string }[];
      }
    ).epochs;

  it("are announced on chain with the hash of what is served, each before its first period's plans close", async () => {
    const [first] = await epochs();
    const announced = (await staged.running.service.chain.reads.epochs())[0]!;
    expect(announced.fromPeriod).to.equal(BigInt(first!.fromPeriod));
    expect(announced.manifestHash).to.equal(staged.epoch.manifestHash);
    const next = BigInt(first!.fromPeriod) + BigInt(PERIODS.epochPeriods);
    await staged.goTo(startOf(next) - plansLead - 2 * periodLength + 1);
    expect((await epochs()).map(({ fromPeriod }) => BigInt(fromPeriod))).to.deep.equal([
      announced.fromPeriod,
      next,
    ]);
    // Each has keys of its own.
    const later = await staged.keyHolders.epoch(staged.client, next);
    expect(later.manifest.publicKeyHash).to.not.equal(staged.epoch.manifest.publicKeyHash);
    expect(later.manifest.envelopeKey).to.not.equal(staged.epoch.manifest.envelopeKey);
  });

  it("go on after a restart, with the same keys and none announced twice", async () => {
    const upload = await staged.plan({ side: "buy" });
    await staged.restart(PERIODS);
    await staged.restart(PERIODS);
    expect((await epochs()).length).to.equal(1);
    expect((await staged.matcher.judge(upload)).sound).to.equal(true);
  });

  it("announce what was made before a crash, not another one", async () => {
    const { fromPeriod } = (await epochs())[0]!;
    const next = BigInt(fromPeriod) + BigInt(PERIODS.epochPeriods);
    await staged.restartWith({ failing: () => true }, PERIODS);
    await staged.fixture.networkHelpers.time.increaseTo(
      startOf(next) - plansLead - 2 * periodLength + 1,
    );
    // The keys are on the disk, and the announcement is lost.
    expect((await rejection(staged.running.service.tend())).name).to.equal("NotSentError");
    expect((await rejection(staged.running.service.tend())).name).to.equal("NotSentError");
    const made = secretFiles();
    expect(made.length).to.equal(2);
    await staged.restart(PERIODS);
    expect((await epochs()).length).to.equal(2);
    expect(secretFiles().toSorted()).to.deep.equal(made.toSorted());
  });

  it("are made anew where a crash came before their keys were on the disk", async () => {
    const { fromPeriod } = (await epochs())[0]!;
    const next = BigInt(fromPeriod) + BigInt(PERIODS.epochPeriods);
    const [first] = secretFiles();
    await staged.restartWith({ failing: () => true }, PERIODS);
    await staged.fixture.networkHelpers.time.increaseTo(
      startOf(next) - plansLead - 2 * periodLength + 1,
    );
    const removed: string[] = [];
    // Twice, so that two rows of it are without keys.
    for (let crash = 0; crash < 2; ++crash) {
      expect((await rejection(staged.running.service.tend())).name).to.equal("NotSentError");
      const lost = secretFiles().find((file) => file !== first)!;
      rmSync(path.join(staged.keyHolders.folder, "data", "keys", lost));
      removed.push(lost);
    }
    await rejection(staged.running.service.tend());
    const made = secretFiles();
    expect(made.length).to.equal(2);
    expect(made).not.to.include.members(removed);
    await staged.restart(PERIODS);
    expect((await epochs()).length).to.equal(2);
    expect(secretFiles().toSorted()).to.deep.equal(made.toSorted());
    const { manifestHash } = await staged.keyHolders.epoch(staged.client, next);
    expect(made).to.include(`${manifestHash.slice(2)}.secret`);
  });

  it("keep secrets that were announced where a reorganisation takes that back, until nobody can need them", async () => {
    const { fromPeriod } = (await epochs())[0]!;
    const next = BigInt(fromPeriod) + BigInt(PERIODS.epochPeriods);
    const dueS = startOf(next) - plansLead - 2 * periodLength + 1;
    const before = await staged.fixture.networkHelpers.takeSnapshot();
    await staged.goTo(dueS);
    const made = secretFiles();
    expect(made.length).to.equal(2);
    await before.restore();
    // Too late to announce it as it was: another one follows.
    await staged.goTo(dueS + periodLength);
    expect(BigInt((await epochs())[1]!.fromPeriod)).to.equal(next + 1n);
    expect(secretFiles()).to.include.members(made);
    const settledS = startOf(next + 1n) + reportingTime;
    await staged.goTo(settledS - 60);
    expect(secretFiles()).to.include.members(made);
    await staged.goTo(settledS);
    const [first] = made.filter((file) => file.startsWith(staged.epoch.manifestHash.slice(2)));
    expect(made.filter((file) => secretFiles().includes(file))).to.deep.equal([first]);
  });

  it("rotate early for who has the key holder's key, once", async () => {
    const own = staged.keyHolders.client(staged.running, staged.fixture.actors.keyHolder);
    await expectRefused(staged.client.post("/rotate", { epoch: 1 }), 401, "ForeignRequestError");
    const begun = (await epochs())[0]!;
    await staged.goTo(startOf(BigInt(begun.fromPeriod)) - plansLead - Math.floor(periodLength / 2));
    const answer = (await own.post("/rotate", { epoch: 1 })).json() as {
      epoch: number;
      fromPeriod: string;
    };
    expect(answer.epoch).to.equal(2);
    expect(Number(answer.fromPeriod)).to.be.below(Number(begun.fromPeriod) + PERIODS.epochPeriods);
    expect((await own.post("/rotate", { epoch: 1 })).json()).to.deep.equal(answer);
    await staged.running.service.tend();
    expect((await epochs()).length).to.equal(2);
  });

  it("have their secrets destroyed when their last period was settled a while ago, and not before", async () => {
    const upload = await staged.plan({ side: "buy" });
    await staged.matcher.judge(upload);
    const [first] = await epochs();
    const next = BigInt(first!.fromPeriod) + BigInt(PERIODS.epochPeriods);
    await staged.goTo(startOf(next) - plansLead - 2 * periodLength + 1);
    const settledS = startOf(next) + reportingTime;
    await staged.goTo(settledS + periodLength - 60);
    const before = secretFiles();
    await staged.goTo(settledS + periodLength);
    expect(secretFiles()).to.not.include(`${staged.epoch.manifestHash.slice(2)}.secret`);
    expect(before).to.include(`${staged.epoch.manifestHash.slice(2)}.secret`);
    await expectRefused(staged.matcher.beacon(PERIOD), 410, "EpochRetiredError");
    // Who kept its public keys can still compare them with the chain.
    expect((await staged.client.get("/epochs/1/public-key")).bytes.length).to.be.above(500_000);
    const { uploads } = (await staged.client.get("/status")).json() as { uploads: object };
    expect(uploads).to.deep.equal({ sound: 0, unsound: 0 });
  });

  it("give a period's beacon only when its plans have closed, to a matcher with a seed, always the same", async () => {
    await expectRefused(staged.matcher.beacon(PERIOD), 503, "NotYetError");
    await staged.closePlans();
    const beacon = await staged.matcher.beacon(PERIOD);
    await staged.restart(PERIODS);
    expect(await staged.matcher.beacon(PERIOD)).to.equal(beacon);
    expect(
      await staged.matcher.beacon(PERIOD - 1n).catch((error: unknown) => (error as Error).name),
    ).to.not.equal(beacon);
    // Somebody else's service, of a matcher that has committed to nothing.
    const { stranger } = staged.fixture.actors;
    await staged.restart({ ...PERIODS, matcher: stranger.address });
    const asked = staged.keyHolders
      .client(staged.running, stranger)
      .post("/beacons", { period: String(PERIOD) });
    await expectRefused(asked, 409, "SeedMissingError");
  });

  it("refuse to start with a wrong password, on another's folder, and a second time at once", async () => {
    const second = await rejection(staged.keyHolders.start(PERIODS));
    expect(second.name).to.equal("StoreLockedError");
    await staged.keyHolders.stop(staged.running.service);
    const wrong = await rejection(
      staged.keyHolders.start({ ...PERIODS, password: `${PASSWORD}?` }),
    );
    expect(wrong.name).to.equal("WrongKeyPasswordError");
    const pool = { ...staged.fixture.poolId, chainId: 1n };
    expect((await rejection(staged.keyHolders.start({ ...PERIODS, pool }))).name).to.equal(
      "ForeignStoreError",
    );
    await staged.start(PERIODS);
    expect((await epochs()).length).to.equal(1);
  });

  it("say so where an epoch's key file is lost or torn, and serve all the rest", async () => {
    const file = path.join(staged.keyHolders.folder, "data", "keys", secretFiles()[0]!);
    const upload = await staged.plan({ side: "buy" });
    await staged.keyHolders.stop(staged.running.service);
    writeFileSync(file, "torn");
    await staged.restart(PERIODS);
    await expectRefused(staged.matcher.judge(upload), 503, "DamagedKeyFileError");
    rmSync(file);
    await staged.restart(PERIODS);
    await expectRefused(staged.matcher.judge(upload), 410, "EpochRetiredError");
    expect((await epochs()).length).to.equal(1);
  });
});

describe("The key holder with private weights", function () {
  this.timeout(120_000);
  const resolution = 250;
  const staged = stageKeyHolder({
    schema: { ...DEFAULT_FEATURES, resolution, weights: "private" },
  });

  it("checks offers' squares before it ranks any bid by them", async () => {
    const uploads = await staged.book(
      { side: "sell", features: { eastM: 1_000 } },
      { side: "sell", features: { eastM: 9_000 } },
      { side: "buy", features: { eastM: 1_000 }, ownWeights: { eastM: 15 } },
    );
    const { matcher } = staged;
    const drawn = await matcher.draw(PERIOD, 0, uploads);
    await matcher.open(drawn);
    const [masked] = await matcher.mask(drawn, uploads);
    await expectRefused(matcher.rank(drawn, 0, masked!), 409, "SquaresMissingError");
    const cheaters = await matcher.squares(drawn, uploads);
    expect(cheaters).to.deep.equal([]);
    const { nearest } = await matcher.rank(drawn, 0, masked!);
    expect(drawn.arrangement.offers[nearest[0]!]!.plan).to.equal(uploads[0]!.header.plan);
    await matcher.pair(drawn, [{ bid: 0, offer: nearest[0]! }]);
    const opened = await matcher.openPair(drawn, { bid: 0, offer: nearest[0]! }, uploads);
    expect(opened).to.deep.equal({ formed: true });
    expect((await matcher.finish(drawn)).proposed.length).to.equal(1);
    expect(await staged.blamed()).to.deep.equal([]);
  });
});
