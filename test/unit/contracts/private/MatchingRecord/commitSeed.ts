import { expect } from "chai";
import { id, ZeroHash } from "ethers";
import { at } from "../../../../helpers/market.ts";
import { stagePool } from "../../../../helpers/privateMarket.ts";
import { announce, plansEnd } from "../../../../helpers/recordVerbs.ts";
import { expectRefusal } from "../../../../helpers/refusal.ts";

const SEED = id("keccak256 of a seed");

describe("MatchingRecord.commitSeed", () => {
  const scene = stagePool(async (fixture) => {
    await announce(fixture, 3);
    return { matcher: fixture.actors.matcher };
  });
  const commit = (epoch = 1n, commitment = SEED, by = scene.matcher) =>
    scene.record.connect(by).commitSeed(epoch, commitment);

  it("keeps a sender's commitment, from the epoch's first period on", async () => {
    const { record, genesis, matcher } = scene;
    await at(scene, 0, plansEnd(3) - 1);
    await expect(commit()).to.emit(record, "SeedCommitted").withArgs(1, matcher.address, 3, SEED);
    expect([...(await record.seedCommitment(1, matcher.address))]).to.deep.equal([
      3n,
      BigInt(genesis + plansEnd(3) - 1),
      SEED,
    ]);
  });

  it("is not for periods whose plans have closed, to the second", async () => {
    const { record, actors, matcher } = scene;
    await at(scene, 0, plansEnd(3));
    await expect(commit()).to.emit(record, "SeedCommitted").withArgs(1, matcher.address, 4, SEED);
    const { stranger, relayer } = actors;
    await at(scene, 0, plansEnd(9) - 1);
    await commit(1n, SEED, stranger);
    await at(scene, 0, plansEnd(9));
    await commit(1n, SEED, relayer);
    expect((await record.seedCommitment(1, stranger.address)).fromPeriod).to.equal(9n);
    expect((await record.seedCommitment(1, relayer.address)).fromPeriod).to.equal(10n);
  });

  it("is taken once a sender and epoch", async () => {
    const { record, matcher } = scene;
    await announce(scene, 20);
    await commit();
    for (const commitment of [SEED, id("a better seed")]) {
      await expectRefusal(commit(1n, commitment), record, "SeedKnown", 1, matcher.address, SEED);
    }
    await commit(2n, id("the next seed"));
    expect((await record.seedCommitment(1, matcher.address)).commitment).to.equal(SEED);
    expect((await record.seedCommitment(2, matcher.address)).fromPeriod).to.equal(20n);
  });

  it("is refused for an epoch whose last period has closed", async () => {
    const { record } = scene;
    await announce(scene, 8);
    await at(scene, 0, plansEnd(7));
    await expectRefusal(commit(), record, "EpochOver", 1, 8);
    await commit(2n);
  });

  it("is taken for an epoch's last period, a second before its plans close", async () => {
    const { record, matcher } = scene;
    await announce(scene, 8);
    await at(scene, 0, plansEnd(7) - 1);
    await commit();
    expect((await record.seedCommitment(1, matcher.address)).fromPeriod).to.equal(7n);
  });

  it("is refused once there are no more periods", async () => {
    const { record } = scene;
    const last = 2 ** 24 - 1;
    await at(scene, 0, plansEnd(last));
    await expectRefusal(commit(), record, "EpochOver", 1, last + 1);
  });

  it("is taken for the very last period", async () => {
    const { record, matcher } = scene;
    const last = 2 ** 24 - 1;
    await at(scene, 0, plansEnd(last) - 1);
    await commit();
    expect((await record.seedCommitment(1, matcher.address)).fromPeriod).to.equal(BigInt(last));
  });

  it("refuses no epoch's, and none at all", async () => {
    const { record } = scene;
    for (const unknown of [0n, 2n]) {
      await expectRefusal(commit(unknown), record, "EpochUnknown", unknown);
    }
    await expectRefusal(commit(1n, ZeroHash), record, "HashMissing");
  });

  it("shows nothing where nobody has committed", async () => {
    const { record, actors } = scene;
    const none = await record.seedCommitment(1, actors.stranger.address);
    expect([...none]).to.deep.equal([0n, 0n, ZeroHash]);
  });
});
