// A key holder and a matcher that a test plays, before and after each test.
import { expect } from "chai";
import { ROLES } from "../../ignition/modules/Sealwatt.ts";
import type { KeyHolderOptions } from "../../oracle/keyholder/keyHolderService.ts";
import type { KeptEvidence } from "../../oracle/keyholder/store/evidenceRows.ts";
import { NotSentError } from "../../sdk/clients/notSentError.ts";
import { walletSender } from "../../sdk/private/client/poolSender.ts";
import type { ServiceClient } from "../../sdk/private/wire/serviceClient.ts";
import { ServiceRefusedError } from "../../sdk/private/wire/serviceError.ts";
import {
  KeyHolderScene,
  type MadePlan,
  type MadeUpload,
  type OpenEpoch,
  type RunningKeyHolder,
} from "./keyHolderScene.ts";
import { PlayedMatcher } from "./playedMatcher.ts";
import { POOL_TERMS, stagePool, type PoolFixture, type PoolOptions } from "./privateMarket.ts";
import { registerGateway } from "./privateTraders.ts";
import { deposit, joinPool } from "./privateVerbs.ts";

/** The period that is traded. */
export const PERIOD = 8n;

export const startOf = (period: bigint) =>
  POOL_TERMS.genesis + Number(period) * POOL_TERMS.periodLength;

/** What a test finds. */
export class StagedKeyHolder {
  readonly fixture: PoolFixture;
  keyHolders!: KeyHolderScene;
  running!: RunningKeyHolder;
  client!: ServiceClient;
  epoch!: OpenEpoch;
  matcher!: PlayedMatcher;

  constructor(fixture: PoolFixture) {
    this.fixture = fixture;
  }

  /** Starts the service, and lets the matcher commit to its seed. */
  async begin(options: Partial<KeyHolderOptions> = {}): Promise<void> {
    this.keyHolders = new KeyHolderScene(this.fixture);
    await this.start(options);
    this.epoch = await this.keyHolders.epoch(this.client, PERIOD);
    this.matcher = new PlayedMatcher(this.client, this.epoch);
    await this.matcher.commit(this.fixture.record, this.fixture.actors.matcher);
  }

  async start(options: Partial<KeyHolderOptions> = {}): Promise<void> {
    this.running = await this.keyHolders.start(options);
    this.client = this.keyHolders.client(this.running);
  }

  /** Stops the service and starts it again, with the same folder. */
  async restart(options: Partial<KeyHolderOptions> = {}): Promise<void> {
    await this.keyHolders.stop(this.running.service);
    await this.start(options);
    const { seed } = this.matcher;
    this.matcher = Object.assign(new PlayedMatcher(this.client, this.epoch), { seed });
  }

  /**
   * Starts the service again with a node that some calls do not reach.
   * @param failing by the number of the call, from 1
   * @returns how many were lost
   */
  async restartWith(
    { failing }: { failing: (call: number) => boolean },
    options: Partial<KeyHolderOptions> = {},
  ): Promise<() => number> {
    const through = walletSender(this.fixture.actors.keyHolder);
    let [calls, lost] = [0, 0];
    await this.restart({
      ...options,
      // Only what the test asks for is to be sent.
      pollMs: 2 ** 30,
      sender: {
        async send(call) {
          if (!failing(++calls)) return through.send(call);
          lost++;
          throw new NotSentError("The node is away.", { metaMessages: ["Ask again."] });
        },
      },
    });
    return () => lost;
  }

  async goTo(timeS: number): Promise<void> {
    await this.fixture.networkHelpers.time.increaseTo(timeS);
    await this.running.service.tend();
  }

  closePlans(): Promise<void> {
    return this.goTo(startOf(PERIOD) - POOL_TERMS.plansLead);
  }

  plan(made: MadePlan): Promise<MadeUpload> {
    return this.keyHolders.plan(this.epoch, { period: PERIOD, ...made });
  }

  /** Plans, each uploaded and found sound; then plans have closed. */
  async book(...plans: MadePlan[]): Promise<MadeUpload[]> {
    const uploads: MadeUpload[] = [];
    for (const [owner, plan] of plans.entries()) {
      const upload = await this.plan({ owner: owner + 1, ...plan });
      expect((await this.matcher.judge(upload)).sound).to.equal(true);
      uploads.push(upload);
    }
    await this.closePlans();
    return uploads;
  }

  async evidence(): Promise<KeptEvidence[]> {
    return ((await this.client.get("/evidence")).json() as { evidence: KeptEvidence[] }).evidence;
  }

  /** Whom the evidence names for what. */
  async blamed(): Promise<string[]> {
    return (await this.evidence()).map(({ culprit, kind }) => `${culprit}: ${kind}`);
  }
}

/** A key holder's service for the suite that calls this, a fresh one for each test. */
export function stageKeyHolder(
  options: Partial<KeyHolderOptions> = {},
  market: PoolOptions = {},
): StagedKeyHolder {
  const scene = stagePool(async (fixture) => {
    const { accessManager, actors, networkHelpers, pool, poolId, auditKey, ethers } = fixture;
    await accessManager.connect(actors.admin).grantRole(ROLES.matcher, actors.keyHolder.address, 0);
    await registerGateway({ provider: ethers.provider, poolId, auditKey, pool, actors });
    await deposit(fixture);
    await pool.insertLeaves(1);
    await joinPool(fixture, actors.seller);
    const early = startOf(PERIOD) - 3 * POOL_TERMS.periodLength;
    if ((await networkHelpers.time.latest()) < early) await networkHelpers.time.increaseTo(early);
    return {};
  }, market);
  const staged = new StagedKeyHolder(scene);
  beforeEach(() => staged.begin(options));
  afterEach(() => staged.keyHolders.close());
  return staged;
}

/** That a call is refused with a status, for a reason. @returns the answer's body */
export async function expectRefused(
  asked: Promise<unknown>,
  status: number,
  reason: string,
): Promise<Record<string, unknown>> {
  const refused = await asked.then(
    () => expect.fail("It was not refused."),
    (error: unknown) => error,
  );
  if (!(refused instanceof ServiceRefusedError)) throw refused as Error;
  expect([refused.status, refused.reason]).to.deep.equal([status, reason]);
  // Each says what to do.
  expect(refused.remedies.length).to.be.above(0);
  return refused.answer.json() as Record<string, unknown>;
}
