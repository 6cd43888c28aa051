import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { NoThreadsError } from "../../../../../oracle/matcher/compute/computeErrors.ts";
import type { RoundWork } from "../../../../../oracle/matcher/compute/distanceEngine.ts";
import { MissingKeyError } from "../../../../../oracle/matcher/matcherErrors.ts";
import {
  RoundKeeper,
  type RoundKeeperOptions,
} from "../../../../../oracle/matcher/rounds/roundKeeper.ts";
import { drawRound } from "../../../../../oracle/matcher/rounds/roundPlan.ts";
import { AnswerBook } from "../../../../../oracle/matcher/store/answerBook.ts";
import { MATCHER_TABLES } from "../../../../../oracle/matcher/store/matcherTables.ts";
import { RoundBook } from "../../../../../oracle/matcher/store/roundBook.ts";
import { UploadBook } from "../../../../../oracle/matcher/store/uploadBook.ts";
import { Log } from "../../../../../oracle/operations/log.ts";
import { StoreWriteError } from "../../../../../oracle/store/errors.ts";
import { ServiceStore } from "../../../../../oracle/store/serviceStore.ts";
import { DEFAULT_FEATURES } from "../../../../../sdk/private/matching/defaultFeatures.ts";
import type { RoundPlan } from "../../../../../sdk/private/rounds/roundOpening.ts";
import {
  ServiceUnreachableError,
  UnsignedAnswerError,
} from "../../../../../sdk/private/wire/serviceError.ts";
import { rejection } from "../../../../helpers/rejection.ts";

const POOL = { chainId: 31_337n, pool: `0x${"ab".repeat(20)}` };
const MANIFEST_HASH = `0x${"11".repeat(32)}`;
const BEACON = `0x${"22".repeat(32)}`;
const EPOCH_SEED = new Uint8Array(32).fill(5);
/** Has a round under way. */
const FIRST = 7n;
/** Has none yet, and is due. */
const SECOND = 8n;
const hashOf = (plan: bigint) => `0x${plan.toString(16).padStart(64, "0")}`;

const plansOf = (period: bigint): RoundPlan[] =>
  (["buy", "sell"] as const).map((side, i) => {
    const plan = 10n * period + BigInt(i);
    return { plan, side, contentHash: hashOf(plan) };
  });

describe("RoundKeeper", () => {
  let folder = "";
  let store: ServiceStore;
  let uploads: UploadBook;
  let rounds: RoundBook;
  let lines: string[];
  /** What computing a period's round meets. */
  let faults: Map<bigint, Error>;
  let keeper: RoundKeeper;

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "sealwatt-keeper-"));
    const owner = { service: "matcher", ...POOL };
    store = ServiceStore.open(path.join(folder, "m.sqlite"), { owner, tables: MATCHER_TABLES });
    uploads = new UploadBook(store);
    rounds = new RoundBook(store);
    lines = [];
    faults = new Map();
    const booked = [FIRST, SECOND].flatMap((period) =>
      plansOf(period).map(
        ({ plan }) =>
          [plan, { state: "open", period, strikes: 0, features: hashOf(plan) }] as const,
      ),
    );
    keeper = new RoundKeeper({
      pool: POOL,
      chain: {
        nowS: 100,
        terms: { plansLead: 0, proposalsLead: 0, genesis: 0, periodLength: 900 },
        state: { plans: new Map(booked) },
        sync: async () => {},
        epochOfPeriod: () => ({ epoch: 1 }),
        plansCloseAtS: () => 0,
        proposalsCloseAtS: () => 1_000,
      },
      engine: {
        check: async () => [],
        run: async ({ offers }: RoundWork) => {
          const [period] = [FIRST, SECOND].filter((one) =>
            plansOf(one).some(({ contentHash }) => offers.includes(contentHash)),
          );
          const fault = faults.get(period!);
          if (fault !== undefined) throw fault;
        },
      },
      epochs: {
        epoch: async () => ({
          manifest: { epoch: 1, schema: DEFAULT_FEATURES },
          manifestHash: MANIFEST_HASH,
        }),
      },
      seeds: { seedFor: () => EPOCH_SEED },
      keyHolder: { ask: async () => ({ beacon: BEACON }) },
      judging: { exclusively: (work: () => Promise<unknown>) => work(), run: async () => {} },
      blobs: { read: async () => new Uint8Array() },
      answers: new AnswerBook(store),
      uploads,
      rounds,
      log: new Log({ write: (line) => lines.push(line) }),
    } as unknown as RoundKeeperOptions);
    for (const period of [FIRST, SECOND]) plansOf(period).forEach((plan) => put(period, plan));
    const { opening, roundId } = drawRound({
      pool: POOL,
      period: FIRST,
      round: 0,
      epoch: 1,
      manifestHash: MANIFEST_HASH,
      epochSeed: EPOCH_SEED,
      beacon: BEACON,
      plans: plansOf(FIRST),
    });
    rounds.setState(rounds.draw(opening, roundId, 0), "opened");
  });

  afterEach(() => {
    store.close();
    rmSync(folder, { recursive: true });
  });

  /** An upload that was judged to be sound. */
  const put = (period: bigint, { plan, side, contentHash }: RoundPlan) => {
    const signature = `0x${"22".repeat(65)}`;
    const uploadAddress = `0x${"11".repeat(20)}`;
    const signed = { envelopeHash: contentHash, uploadAddress, signature };
    uploads.put({
      header: {
        plan,
        period,
        side,
        epoch: 1,
        contentHash,
        originContentHash: contentHash,
        ...signed,
      },
      receipt: { plan, contentHash, takenAtS: 1, signature },
      bytes: 9,
    });
    uploads.setState(plan, "sound");
  };

  const stateOf = (period: bigint) => rounds.lastOf(period)?.state;

  it("goes on with a round that is under way, and draws one of each period that is due", async () => {
    await keeper.step();
    expect([FIRST, SECOND].map(stateOf)).to.deep.equal(["finished", "finished"]);
  });

  for (const error of [
    new NoThreadsError("They all die."),
    new MissingKeyError(1, "relin-keys", "It is damaged."),
    new RangeError("It is too long."),
  ]) {
    it(`draws rounds of other periods where one's meets ${error.name}, and says so`, async () => {
      faults.set(FIRST, error);
      expect(await rejection(keeper.step())).to.equal(error);
      expect([FIRST, SECOND].map(stateOf)).to.deep.equal(["opened", "finished"]);
      faults.clear();
      await keeper.step();
      expect(stateOf(FIRST)).to.equal("finished");
    });
  }

  it("says of every period that its rounds cannot go on", async () => {
    const errors = [
      new NoThreadsError("They all die."),
      new RangeError("It is too long."),
    ] as const;
    faults.set(FIRST, errors[0]).set(SECOND, errors[1]);
    expect(await rejection(keeper.step())).to.equal(errors[0]);
    const warned = lines.filter((line) => line.includes(errors[1].message));
    expect(warned).to.have.length(1);
    expect(warned[0]).to.include(`"period":"${SECOND}"`);
  });

  for (const error of [
    new StoreWriteError("Nothing can be written any more."),
    new ServiceUnreachableError("POST /rounds", "nobody is there"),
    new UnsignedAnswerError("POST /rounds", `0x${"33".repeat(20)}`, undefined),
  ]) {
    it(`does nothing more of any period where one's meets ${error.name}`, async () => {
      faults.set(FIRST, error);
      expect(await rejection(keeper.step())).to.equal(error);
      expect(stateOf(SECOND)).to.equal(undefined);
    });
  }

  it("does nothing more of any period when it is to stop", async () => {
    const stopping = new AbortController();
    const error = new RangeError("It was broken off.");
    faults.set(FIRST, error);
    const stepped = keeper.step(stopping.signal);
    stopping.abort();
    expect(await rejection(stepped)).to.equal(error);
    expect(stateOf(SECOND)).to.equal(undefined);
  });
});
