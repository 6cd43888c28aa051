import { expect } from "chai";
import { id } from "ethers";
import { ContractRevertedError, toRevertError } from "../../sdk/clients/revertError.ts";
import { MatchingRecordFollower } from "../../sdk/private/epochs/matchingRecordFollower.ts";
import {
  OPENING_KINDS,
  type DeliveryVerdict,
} from "../../sdk/private/epochs/matchingRecordInterface.ts";
import { MatchingRecordReads } from "../../sdk/private/epochs/matchingRecordReads.ts";
import { GENESIS } from "../helpers/market.ts";
import { POOL_TERMS, stagePool } from "../helpers/privateMarket.ts";
import { RandomSource } from "../helpers/randomSource.ts";
import {
  agree,
  announce,
  logOpening,
  makeReady,
  proposeSome,
  recordVerdicts,
} from "../helpers/recordVerbs.ts";
import { RecordModel, type Outcome } from "./model/recordModel.ts";

const PERIODS = 14;
const MATCHED_PERIODS = [2, 5, 9];
const { periodLength, plansLead } = POOL_TERMS;

/** What each walk must have come to, lest it passes because nothing happens in it. */
const MILESTONES = [
  ...["announce", "commit", "open", "judge"].map((verb) => `${verb} taken`),
  ...["EpochNotLater", "PlansClosed", "PeriodTooFar"].map((error) => `announce ${error}`),
  ...["EpochUnknown", "EpochOver", "SeedKnown"].map((error) => `commit ${error}`),
  ...["PlansOpen", "NotDelivered", "RoundUnknown", "OpeningKnown"].map((error) => `open ${error}`),
  ...["NotDelivered", "MatchNotAgreed", "ForeignPeriod", "VerdictKnown"].map(
    (error) => `judge ${error}`,
  ),
];

describe("random walks of the matching record beside the model [P11] [P12] [P13]", () => {
  const scene = stagePool(async (fixture) => {
    await makeReady(fixture);
    const agreedFor = new Map<bigint, number>();
    const known: bigint[] = [];
    for (const period of MATCHED_PERIODS) {
      const proposals = await proposeSome(fixture, period, 5);
      for (const [place, proposal] of proposals.entries()) {
        known.push(proposal.record);
        if (place === 0) continue;
        await agree(fixture, proposal);
        agreedFor.set(proposal.record, period);
      }
    }
    return { agreedFor, known, address: await fixture.record.getAddress() };
  });

  /** A walk's calls, each made of the contract and of the model. */
  class RecordWalk {
    readonly model = new RecordModel({ genesis: GENESIS, periodLength, plansLead });
    readonly seen = new Map<string, number>();
    readonly #random: RandomSource;
    #nowS = GENESIS - 2 * plansLead;

    constructor(random: RandomSource) {
      this.#random = random;
    }

    async run(steps: number): Promise<void> {
      const most = GENESIS + (PERIODS + 2) * periodLength;
      for (let step = 0; step < steps; step++) {
        // Now and then to the very second at which plans close or a period ends, or to the one before.
        this.#nowS += this.#random.chance(30) ? this.#leap() : 1;
        this.#nowS = Math.min(this.#nowS, most + step);
        await scene.networkHelpers.time.setNextBlockTimestamp(this.#nowS);
        await this.#random.pick([
          () => this.#announce(),
          () => this.#commit(),
          () => this.#commit(),
          () => this.#open(),
          () => this.#open(),
          () => this.#open(),
          () => this.#judge(),
          () => this.#judge(),
        ])();
      }
    }

    #leap(): number {
      const offset = this.#random.pick([0, periodLength - plansLead]);
      const since = (this.#nowS - GENESIS - offset) % periodLength;
      const toBorder = since < 0 ? -since : periodLength - since;
      const leap = toBorder - this.#random.integer(0, 1);
      return leap > 0 && leap < (2 * periodLength) / 3 ? leap : this.#random.integer(1, 60);
    }

    async #announce(): Promise<void> {
      const now = Math.floor((this.#nowS + plansLead - GENESIS) / periodLength);
      const near = Math.max(0, now + this.#random.integer(-4, 1));
      const fromPeriod = this.#random.chance(10) ? this.#random.pick([10_020, 2 ** 24 - 1]) : near;
      const manifest = this.#hash("manifest");
      const expected = this.model.announce(this.#nowS, fromPeriod, manifest);
      await this.#compare("announce", expected, announce(scene, fromPeriod, manifest));
    }

    async #commit(): Promise<void> {
      const { matcher, relayer, stranger } = scene.actors;
      const by = this.#random.pick([matcher, relayer, stranger]);
      const epoch = this.#random.integer(0, this.model.epochs.length + 1);
      const commitment = this.#hash("seed");
      const expected = this.model.commit(this.#nowS, epoch, by.address, commitment);
      await this.#compare(
        "commit",
        expected,
        scene.record.connect(by).commitSeed(epoch, commitment),
      );
    }

    async #open(): Promise<void> {
      const kind = this.#random.pick(OPENING_KINDS);
      const period = this.#random.integer(0, PERIODS);
      const round = id(`round ${this.#random.integer(0, 3 * PERIODS)}`);
      const content = this.#hash("content");
      const expected = this.model.open(this.#nowS, kind, period, round, content);
      const call = logOpening(scene, { kind, period, round, content });
      await this.#compare("open", expected, call);
    }

    async #judge(): Promise<void> {
      const period = this.#random.pick(MATCHED_PERIODS);
      const verdicts = Array.from({ length: this.#random.integer(0, 3) }, () => {
        const verdict: DeliveryVerdict = this.#random.chance(50) ? "within" : "beyond";
        return [this.#random.pick(scene.known), verdict] as const;
      });
      const expected = this.model.judge(this.#nowS, period, verdicts, scene.agreedFor);
      const records = verdicts.map(([record]) => record);
      const within = verdicts.map(([, verdict]) => verdict === "within");
      await this.#compare("judge", expected, recordVerdicts(scene, period, records, within));
    }

    #hash(what: string): string {
      return id(`${what} ${this.#random.integer(1, 2 ** 30)}`);
    }

    async #compare(verb: string, expected: Outcome, call: Promise<unknown>): Promise<void> {
      const found = await outcomeOf(call);
      expect(found, `${verb} at ${this.#nowS - GENESIS} s`).to.equal(expected);
      const key = `${verb} ${expected ?? "taken"}`;
      this.seen.set(key, (this.seen.get(key) ?? 0) + 1);
    }
  }

  async function outcomeOf(call: Promise<unknown>): Promise<Outcome> {
    try {
      await call;
      return undefined;
    } catch (error) {
      const reason: unknown = toRevertError(error);
      if (reason instanceof ContractRevertedError) return reason.reason.name;
      throw error;
    }
  }

  /** Reads, logs and model come to the same. */
  async function census(model: RecordModel): Promise<void> {
    const { address, ethers, known } = scene;
    const reads = new MatchingRecordReads(ethers.provider, address);
    const follower = new MatchingRecordFollower(ethers.provider, address);
    await follower.sync();
    const { state } = follower;
    const epochs = model.epochs.map(({ fromPeriod, manifest }, i) => {
      return { epoch: i + 1, fromPeriod: BigInt(fromPeriod), manifestHash: manifest };
    });
    expect(await reads.epochs()).to.deep.equal(epochs);
    for (let period = 0; period <= PERIODS + 4; period++) {
      const epoch = model.epochOf(period);
      expect((await reads.epochOfPeriod(BigInt(period)))?.epoch ?? 0).to.equal(epoch);
      expect(state.epochOfPeriod(BigInt(period))?.epoch ?? 0).to.equal(epoch);
    }
    for (const [key, seed] of model.seeds) {
      const [epoch, sender] = key.split(" ") as [string, string];
      expect(await reads.seedCommitment(Number(epoch), sender)).to.deep.equal({
        ...seed,
        fromPeriod: BigInt(seed.fromPeriod),
      });
    }
    expect(state.seeds).to.have.length(model.seeds.size);
    expect(
      state.openings.map(({ kind, round, period, content }) => [
        `${kind} ${round}`,
        { period: Number(period), content },
      ]),
    ).to.deep.equal([...model.openings]);
    for (const record of known) {
      const verdict = model.verdicts.get(record);
      expect(await reads.verdictOf(record)).to.equal(verdict);
      expect(state.verdicts.get(record)?.verdict).to.equal(verdict);
    }
  }

  const walk = (seed: number, steps: number) =>
    async function (this: Mocha.Context): Promise<void> {
      this.timeout(600_000);
      const walking = new RecordWalk(new RandomSource(seed));
      await walking.run(steps);
      await census(walking.model);
      for (const milestone of MILESTONES) {
        expect(walking.seen.get(milestone) ?? 0, milestone).to.be.greaterThan(0);
      }
    };

  for (const seed of [1, 2, 3]) it(`400 steps, seed ${seed}`, walk(seed, 400));
  for (let seed = 11; seed < 21; ++seed) it(`2,000 steps, seed ${seed} @long`, walk(seed, 2_000));
});
