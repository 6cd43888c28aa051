import { expect } from "chai";
import { id } from "ethers";
import { ContractRevertedError } from "../../../sdk/clients/revertError.ts";
import { matchingRecordAt } from "../../../sdk/deployment/contracts.ts";
import { walletSender } from "../../../sdk/private/client/poolSender.ts";
import { MatchingRecordFollower } from "../../../sdk/private/epochs/matchingRecordFollower.ts";
import { MatchingRecordReads } from "../../../sdk/private/epochs/matchingRecordReads.ts";
import { MatchingRecordWriter } from "../../../sdk/private/epochs/matchingRecordWriter.ts";
import { goTo } from "../../helpers/market.ts";
import { stagePool } from "../../helpers/privateMarket.ts";
import { agree, makeReady, proposeSome } from "../../helpers/recordVerbs.ts";
import { rejection } from "../../helpers/rejection.ts";

const PERIOD = 3n;
const [FIRST, SECOND] = [id("the first manifest"), id("the second manifest")];
const SEED = id("keccak256 of a seed");
const ROUND = id("a round");

describe("the matching record's writer, reads and follower", () => {
  const scene = stagePool(async (fixture) => {
    await makeReady(fixture);
    const matches = await proposeSome(fixture, Number(PERIOD), 2);
    for (const proposal of matches) await agree(fixture, proposal);
    const { record, actors, ethers } = fixture;
    const address = await record.getAddress();
    return {
      address,
      provider: ethers.provider,
      records: matches.map((proposal) => proposal.record),
      keyHolder: new MatchingRecordWriter(address, walletSender(actors.keyHolder)),
      matcher: new MatchingRecordWriter(address, walletSender(actors.matcher)),
      reads: new MatchingRecordReads(ethers.provider, address),
    };
  });
  const opening = (kind: "ranks" | "pairs" | "verdicts") => {
    return { kind, period: PERIOD, round: ROUND, content: id(kind), count: 2 };
  };
  const follow = () => new MatchingRecordFollower(scene.provider, scene.address);

  /** Everything that a period brings. */
  async function writeAll(): Promise<void> {
    const { keyHolder, matcher, records } = scene;
    await keyHolder.announceEpoch(PERIOD, FIRST);
    await keyHolder.announceEpoch(PERIOD + 4n, SECOND);
    await matcher.commitSeed(1, SEED);
    await goTo(scene, Number(PERIOD) + 1);
    for (const kind of ["ranks", "pairs", "verdicts"] as const) {
      await keyHolder.logOpening(opening(kind));
    }
    await keyHolder.recordVerdicts(PERIOD, [
      { record: records[0]!, verdict: "within" },
      { record: records[1]!, verdict: "beyond" },
    ]);
  }

  it("read what was written", async () => {
    await writeAll();
    const { reads, actors, records, poolAddress } = scene;
    expect(await reads.pool()).to.equal(poolAddress);
    const [first, second] = [
      { epoch: 1, fromPeriod: PERIOD, manifestHash: FIRST },
      { epoch: 2, fromPeriod: PERIOD + 4n, manifestHash: SECOND },
    ];
    expect(await reads.epochs()).to.deep.equal([first, second]);
    expect(await reads.epochOfPeriod(PERIOD - 1n)).to.equal(undefined);
    expect(await reads.epochOfPeriod(PERIOD + 3n)).to.deep.equal(first);
    expect(await reads.epochOfPeriod(PERIOD + 4n)).to.deep.equal(second);
    expect(await reads.seedCommitment(1, actors.matcher.address)).to.deep.equal({
      fromPeriod: PERIOD,
      commitment: SEED,
    });
    expect(await reads.seedCommitment(2, actors.matcher.address)).to.equal(undefined);
    expect(await reads.seedCommitment(1, actors.stranger.address)).to.equal(undefined);
    for (const kind of ["ranks", "pairs", "verdicts"] as const) {
      expect(await reads.openingOf(kind, ROUND)).to.deep.equal(opening(kind));
      expect(await reads.openingOf(kind, id("another round"))).to.equal(undefined);
    }
    expect(await reads.verdictOf(records[0]!)).to.equal("within");
    expect(await reads.verdictOf(records[1]!)).to.equal("beyond");
    expect(await reads.verdictOf(77n)).to.equal(undefined);
  });

  it("follow its logs to the same", async () => {
    await writeAll();
    const { reads, actors, records } = scene;
    const follower = follow();
    await follower.sync();
    const { state } = follower;
    const epochs = await reads.epochs();
    expect(state.epochs).to.have.length(2);
    for (const [place, epoch] of epochs.entries()) expect(state.epochs[place]).to.include(epoch);
    expect(state.epochOfPeriod(PERIOD - 1n)).to.equal(undefined);
    expect(state.epochOfPeriod(PERIOD + 3n)!.epoch).to.equal(1);
    expect(state.epochOfPeriod(PERIOD + 4n)!.epoch).to.equal(2);
    expect(state.seeds).to.have.length(1);
    expect(state.seeds[0]).to.include({
      epoch: 1,
      matcher: actors.matcher.address,
      fromPeriod: PERIOD,
      commitment: SEED,
    });
    expect(state.openings.map(({ kind }) => kind)).to.deep.equal(["ranks", "pairs", "verdicts"]);
    expect(state.openings[1]).to.include(opening("pairs"));
    expect(state.verdicts.get(records[1]!)).to.include({ period: PERIOD, verdict: "beyond" });
  });

  it("give up what a reorganisation took back, and take what came instead", async () => {
    const { keyHolder, networkHelpers, records } = scene;
    const follower = follow();
    await keyHolder.announceEpoch(PERIOD, FIRST);
    const snapshot = await networkHelpers.takeSnapshot();
    await keyHolder.announceEpoch(PERIOD + 1n, SECOND);
    await goTo(scene, Number(PERIOD) + 1);
    await keyHolder.recordVerdicts(PERIOD, [{ record: records[0]!, verdict: "within" }]);
    await follower.sync();
    expect(follower.state.epochs).to.have.length(2);
    expect(follower.state.verdicts.size).to.equal(1);
    await snapshot.restore();
    await keyHolder.announceEpoch(PERIOD + 2n, SECOND);
    await follower.sync();
    const { state } = follower;
    expect(state.epochs.map(({ fromPeriod }) => fromPeriod)).to.deep.equal([PERIOD, PERIOD + 2n]);
    expect(state.verdicts.size).to.equal(0);
    expect(follower.scannedTo).to.equal(await scene.provider.getBlockNumber());
  });

  it("keep the seeds of the matcher alone where it is named, whoever commits to how many", async () => {
    const { keyHolder, matcher, record, actors, provider, address } = scene;
    await keyHolder.announceEpoch(PERIOD, FIRST);
    for (const stranger of [actors.stranger, actors.relayer, actors.payer]) {
      await record.connect(stranger).commitSeed(1, SEED);
    }
    await matcher.commitSeed(1, SEED);
    const follower = new MatchingRecordFollower(provider, address, {
      matcher: actors.matcher.address.toLowerCase(),
    });
    await follower.sync();
    expect(follower.state.seeds.map((seed) => seed.matcher)).to.deep.equal([
      actors.matcher.address,
    ]);
    expect(follower.state.epochs).to.have.length(1);
    const all = follow();
    await all.sync();
    expect(all.state.seeds).to.have.length(4);
  });

  it("run syncs one after another, from the block of the deployment", async () => {
    await scene.keyHolder.announceEpoch(PERIOD, FIRST);
    const fromBlock = await scene.provider.getBlockNumber();
    const follower = new MatchingRecordFollower(scene.provider, scene.address, { fromBlock });
    expect(follower.scannedTo).to.equal(fromBlock - 1);
    await Promise.all([follower.sync(), follower.sync(fromBlock), follower.sync()]);
    expect(follower.state.epochs).to.have.length(1);
  });

  it("say why the contract refuses, and leave nothing half done", async () => {
    const { matcher, keyHolder, reads, records } = scene;
    const denied: unknown = await rejection(matcher.announceEpoch(PERIOD, FIRST));
    expect(denied).to.be.instanceOf(ContractRevertedError);
    expect((denied as ContractRevertedError).reason.name).to.equal("AccessManagedUnauthorized");
    const early: unknown = await rejection(
      keyHolder.recordVerdicts(PERIOD, [{ record: records[0]!, verdict: "within" }]),
    );
    expect((early as ContractRevertedError).reason.name).to.equal("NotDelivered");
    expect(await reads.verdictOf(records[0]!)).to.equal(undefined);
  });

  it("record all verdicts but those that the contract refuses, and say why it does", async () => {
    const { keyHolder, reads, records } = scene;
    const [first, second] = records as [bigint, bigint];
    await goTo(scene, Number(PERIOD) + 1);
    const refused: unknown = await rejection(
      keyHolder.recordVerdicts(PERIOD, [
        { record: 77n, verdict: "within" },
        { record: first, verdict: "within" },
        { record: 78n, verdict: "within" },
        { record: second, verdict: "beyond" },
      ]),
    );
    expect(refused).to.be.instanceOf(ContractRevertedError);
    const { name, args } = (refused as ContractRevertedError).reason;
    expect([name, args.record]).to.deep.equal(["MatchNotAgreed", 77n]);
    expect(await reads.verdictOf(first)).to.equal("within");
    expect(await reads.verdictOf(second)).to.equal("beyond");
  });

  it("end with a sender that fails, and does not take it for a refusal", async () => {
    let calls = 0;
    const dead = new MatchingRecordWriter(scene.address, {
      send: () => {
        calls++;
        return Promise.reject(new Error("the node is gone"));
      },
    });
    const verdicts = [1n, 2n].map((record) => ({ record, verdict: "within" as const }));
    expect((await rejection(dead.recordVerdicts(PERIOD, verdicts))).message).to.include("is gone");
    expect(calls).to.equal(1);
  });

  it("send many verdicts in several transactions, each as many as it can take", async () => {
    const { keyHolder, provider, record } = scene;
    await goTo(scene, Number(PERIOD) + 1);
    const many = Array.from({ length: 101 }, (_, i) => {
      return { record: BigInt(i + 1), verdict: "within" as const };
    });
    const calls: unknown[][] = [];
    const counting = new MatchingRecordWriter(scene.address, {
      send: ({ data }) => {
        calls.push([...record.interface.decodeFunctionData("recordVerdicts", data)]);
        return Promise.resolve({ blockNumber: 1, hash: id(data) });
      },
    });
    await counting.recordVerdicts(PERIOD, many);
    expect(calls.map(([period, records]) => [period, (records as bigint[]).length])).to.deep.equal([
      [PERIOD, 100],
      [PERIOD, 1],
    ]);
    const before = await provider.getBlockNumber();
    await keyHolder.recordVerdicts(PERIOD, []);
    expect(await provider.getBlockNumber()).to.equal(before);
  });

  it("is the contract that an address book names", async () => {
    const { address, provider, poolAddress } = scene;
    expect(await matchingRecordAt(address, provider).pool()).to.equal(poolAddress);
  });
});
