import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { expect } from "chai";
import type { DeliveryQuestion } from "../../../sdk/private/gateway/privateGateway.ts";
import { PoolFollower } from "../../../sdk/private/chain/poolFollower.ts";
import { MatchingRecordFollower } from "../../../sdk/private/epochs/matchingRecordFollower.ts";
import { ServiceClient } from "../../../sdk/private/wire/serviceClient.ts";
import { seededRandom } from "../../../sdk/seededRandom.ts";
import { DatabaseSync } from "../../../sdk/sqlite.ts";
import { Household, persist, type UploadedPlan } from "../../helpers/killedRoles/householdPlans.ts";
import { KilledMarket, timesOf } from "../../helpers/killedRoles/killedMarket.ts";
import { Readings } from "../../helpers/killedRoles/readings.ts";
import { RoleKiller } from "../../helpers/killedRoles/roleKiller.ts";
import { POOL_TERMS } from "../../helpers/privateMarket.ts";

const PERIODS = Number(process.env.SEALWATT_KILLED_PERIODS ?? 10);
const SEED = Number(process.env.SEALWATT_KILLED_SEED ?? 1);
const SELLERS = 3;
const BUYERS = 3;
const MOST_PAUSE_MS = Number(process.env.SEALWATT_KILLED_PAUSE_MS ?? 8_000);
const TOLERANCE_BPS = BigInt(POOL_TERMS.toleranceBps);
const ROUND_MS = 240_000;
const VERDICTS_MS = 240_000;

const say = (line: string) => {
  if (process.env.SEALWATT_KILLED_SAY !== undefined) {
    process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`);
  }
};

/** Waits until something is so, for a time. @returns whether it is */
async function comesTrue(isSo: () => Promise<boolean>, withinMs: number): Promise<boolean> {
  const untilMs = performance.now() + withinMs;
  while (!(await isSo())) {
    if (performance.now() > untilMs) return false;
    await pause(300);
  }
  return true;
}

describe("roles that are killed at any time @long", function () {
  this.timeout(3_600_000);
  let market!: KilledMarket;
  let killer!: RoleKiller;
  let follower: PoolFollower;
  let record: MatchingRecordFollower;
  let readings: Readings;
  let sellers: Household[];
  let buyers: Household[];
  const uploads: UploadedPlan[] = [];
  /** What gateways have said was delivered, by record. */
  const attested = new Map<bigint, { actualWh: bigint; matchedWh: bigint; period: number }>();
  const random = seededRandom(SEED, "households");
  const between = (least: number, most: number) =>
    least + Math.floor(random.uniform() * (most - least + 1));

  before(async () => {
    market = await KilledMarket.start(SELLERS + BUYERS);
    const { chain, roles } = market;
    follower = new PoolFollower(chain.provider, chain.pool);
    record = new MatchingRecordFollower(chain.provider, chain.record);
    readings = new Readings(chain);
    const households = chain.people.map((address, i) => new Household(market, address, i + 1));
    [sellers, buyers] = [households.slice(0, SELLERS), households.slice(SELLERS)];
    for (const { person } of households) await person.join();
    for (const { person } of buyers) await person.deposit(10n ** 12n);
    killer = new RoleKiller({ roles, seed: SEED, mostPauseMs: MOST_PAUSE_MS, write: say });
  });

  after(async () => {
    // Where it could not even begin there is nothing to end.
    const [lastKiller, lastMarket] = [killer, market] as [RoleKiller?, KilledMarket?];
    await lastKiller?.end();
    await lastMarket?.stop();
  });

  /** Every bid meets every offer, but for one now and then that nobody sells for. */
  async function makePlans(period: number): Promise<void> {
    const price = (least: number) => BigInt(between(least, least + 80)) * 1_000n;
    for (const seller of sellers) {
      const energyWh = BigInt(between(1_000, 3_000));
      const gateway = await seller.gateway();
      const to = seller.person.account;
      await gateway.issueGeneration({ to, period: BigInt(period), energyWh });
      const priceMicroPerKwh = price(100);
      const order = { side: "sell" as const, period, energyWh, priceMicroPerKwh };
      uploads.push(await seller.plan(order));
    }
    for (const [i, buyer] of buyers.entries()) {
      // Others than the sellers' energies: something is left of one plan of each pair.
      const energyWh = BigInt(between(1_000, 3_000));
      const cannotPay = period % 4 === 0 && i === 0;
      const priceMicroPerKwh = cannotPay ? 50_000n : price(200);
      uploads.push(await buyer.plan({ side: "buy", period, energyWh, priceMicroPerKwh }));
    }
  }

  const matchesOf = (period: number) =>
    [...follower.state.matches.values()].filter((match) => match.period === BigInt(period));

  async function matchPlans(period: number): Promise<void> {
    const expected = period % 4 === 0 ? BUYERS - 1 : BUYERS;
    const isDone = await comesTrue(async () => {
      await follower.sync();
      return matchesOf(period).length >= expected;
    }, ROUND_MS);
    say(`period ${period}: ${matchesOf(period).length} of ${expected} matches`);
    expect(isDone, `matches of period ${period}: ${matchesOf(period).length}`).to.be.true;
  }

  /** Both sides confirm, but for one who is silent now and then. */
  async function confirm(period: number): Promise<void> {
    const silent = period % 3 === 0 ? buyers[1] : undefined;
    for (const household of [...sellers, ...buyers]) {
      const { person } = household;
      await person.sync();
      for (const match of person.store.openMatches()) {
        const isOfPeriod = match.plan.period === BigInt(period);
        const isWaiting = match.confirmedAtBlock === undefined && match.lapsedAtBlock === undefined;
        if (isOfPeriod && isWaiting && household !== silent) await person.confirm(match.record);
      }
    }
  }

  /** What matches have left is matched again, as far as it meets. */
  async function matchRests(period: number): Promise<void> {
    for (const household of [...sellers, ...buyers]) {
      uploads.push(...(await household.uploadRests(period)));
    }
    const client = new ServiceClient({ url: market.matcher.url, pool: market.pool });
    let shown: unknown;
    const isDone = await comesTrue(async () => {
      const status = (await persist("status", () => client.get("/status"))).json() as {
        periods: { period: string; due: boolean; rounds: unknown[] }[];
      };
      shown = status;
      const own = status.periods.find((one) => one.period === String(period));
      return own !== undefined && !own.due;
    }, ROUND_MS);
    await follower.sync();
    const rounds = new Set(matchesOf(period).map(({ log }) => log.transactionHash)).size;
    say(`period ${period}: ${matchesOf(period).length} matches in ${rounds} proposals`);
    expect(isDone, `further rounds of period ${period}: ${JSON.stringify(shown)}`).to.be.true;
    await confirm(period);
  }

  /** Meters show something, the open market settles it, sellers ask, and verdicts come. */
  async function deliver(period: number): Promise<void> {
    await market.goTo(timesOf(period).endS + 1);
    const questions: { seller: Household; question: DeliveryQuestion }[] = [];
    const shown = [];
    for (const seller of sellers) {
      await seller.person.sync();
      const own = seller.person.store.matches.filter(
        ({ plan, agreedAtBlock }) => plan.period === BigInt(period) && agreedAtBlock !== undefined,
      );
      for (const { plan, match } of own) {
        questions.push({ seller, question: { plan, features: 0n, match } });
      }
      const soldWh = own.reduce((sum, { match }) => sum + match.energyWh, 0n);
      const percent = BigInt(between(0, 1) === 0 ? between(96, 110) : between(30, 93));
      const exportWh = (soldWh * percent) / 100n;
      shown.push({ address: seller.address, importWh: 0n, exportWh });
    }
    for (const { address } of buyers) {
      shown.push({ address, importWh: BigInt(between(500, 3_000)), exportWh: 0n });
    }
    await readings.settle(period, shown);
    const records: bigint[] = [];
    for (const { seller, question } of questions) {
      const attestation = await (await seller.gateway()).attestDelivery(question);
      records.push(attestation.match);
      attested.set(attestation.match, {
        actualWh: attestation.energyWh,
        matchedWh: question.match.energyWh,
        period,
      });
      await seller.person.reportActual(attestation);
    }
    const areJudged = await comesTrue(async () => {
      await record.sync();
      return records.every((one) => record.state.verdicts.has(one));
    }, VERDICTS_MS);
    say(`period ${period}: ${records.length} deliveries judged: ${areJudged}`);
    expect(areJudged, `verdicts of period ${period}`).to.be.true;
  }

  it("lose nothing, decide nothing twice, and agree with the chain [P16]", async () => {
    for (let period = 1; period <= PERIODS; ++period) {
      await market.goTo(timesOf(period - 1).startS + 1);
      if (period > 2) await deliver(period - 2);
      say(`period ${period}: plans`);
      await makePlans(period);
      await market.goTo(timesOf(period).plansCloseS);
      await matchPlans(period);
      await confirm(period);
      await matchRests(period);
    }
    for (let period = Math.max(1, PERIODS - 1); period <= PERIODS; ++period) await deliver(period);
    await killer.end();
    await comesTrue(async () => {
      await follower.sync();
      return [...follower.state.matches.values()].every(({ state }) => state !== "proposed");
    }, VERDICTS_MS);
    const kills = market.roles.map(({ name, kills: count }) => `${name} ${count}`);
    say(`killed: ${kills.join(", ")}`);
    expect(market.roles.flatMap(({ failures }) => failures)).to.deep.equal([]);
    for (const role of market.roles) expect(role.kills).to.be.above(0);
    await checkUploads();
    for (const role of [...market.roles].reverse()) expect(await role.stop()).to.equal("code 0");
    await checkPlans();
    await checkMatches();
    await checkVerdicts();
    await checkGateway();
  });

  /** No upload was lost for which there is a receipt. */
  async function checkUploads(): Promise<void> {
    const client = new ServiceClient({ url: market.matcher.url, pool: market.pool });
    for (const { plan, receipt } of uploads) {
      const answer = await persist("plan", () => client.get(`/plans/${plan}`));
      expect(answer.json()).to.include({ contentHash: receipt.contentHash });
    }
  }

  /** Every plan was matched, or is open and can be refunded. */
  async function checkPlans(): Promise<void> {
    await follower.sync();
    const matches = [...follower.state.matches.values()];
    if (PERIODS >= 3) expect(matches.filter(({ state }) => state === "lapsed")).not.to.be.empty;
    expect(matches.filter(({ state }) => state === "proposed")).to.be.empty;
    const states = uploads.map(({ plan }) => follower.state.plans.get(plan)!.state);
    for (const state of states) expect(["ended", "open"]).to.include(state);
    expect(states.filter((state) => state === "ended")).to.have.length.above(uploads.length / 2);
    for (const { person } of [...sellers, ...buyers]) {
      await person.sync();
      for (const { commitment, plan } of person.store.openPlans()) {
        if (plan.energyWh > 0n) await person.refund(commitment);
      }
      await person.sync();
      expect(person.store.openPlans().filter(({ plan }) => plan.energyWh > 0n)).to.be.empty;
      expect(person.store.faults).to.be.empty;
    }
  }

  function rowsOf(role: "keyHolder" | "matcher" | "gateway", file: string, sql: string) {
    const store = new DatabaseSync(path.join(market.dataOf(market[role]), file), {
      readOnly: true,
    });
    try {
      return store.prepare(sql).all() as Record<string, string | number>[];
    } finally {
      store.close();
    }
  }

  /** Every formed record was proposed once, and the chain has no other. */
  async function checkMatches(): Promise<void> {
    const formed = rowsOf("keyHolder", "keyholder.sqlite", "SELECT * FROM matches");
    expect(formed.map(({ state }) => state)).to.deep.equal(formed.map(() => "proposed"));
    const proposals = follower.logs.filter(({ name }) => name === "MatchProposed");
    expect(
      proposals.map((log) => String((log as { record?: bigint }).record)).sort(),
    ).to.deep.equal(formed.map(({ record: each }) => each).sort());
    await record.sync();
    const rounds = rowsOf("keyHolder", "keyholder.sqlite", "SELECT * FROM rounds");
    for (const kind of ["ranks", "pairs"] as const) {
      const logged = record.state.openings.filter((opening) => opening.kind === kind);
      expect(new Set(logged.map(({ round }) => round)).size).to.equal(logged.length);
      for (const { round } of logged) expect(rounds.map(({ id }) => id)).to.include(round);
    }
    // The matcher knows the same rounds by the same ids.
    const drawn = rowsOf("matcher", "matcher.sqlite", "SELECT * FROM rounds");
    for (const { id } of rounds) expect(drawn.map(({ round_id }) => round_id)).to.include(id);
  }

  /** Every delivery that was attested has one verdict, which is right. */
  async function checkVerdicts(): Promise<void> {
    await record.sync();
    const { verdicts } = record.state;
    expect(verdicts.size).to.equal(attested.size);
    for (const [each, { actualWh, matchedWh }] of attested) {
      const missing = actualWh > matchedWh ? actualWh - matchedWh : matchedWh - actualWh;
      const isWithin = missing * 10_000n <= TOLERANCE_BPS * matchedWh;
      expect(verdicts.get(each)?.verdict, `match ${each}`).to.equal(isWithin ? "within" : "beyond");
    }
    const judged = rowsOf("keyHolder", "keyholder.sqlite", "SELECT * FROM verdicts");
    expect(judged).to.have.length(attested.size);
    for (const { record: each, verdict } of judged) {
      expect(verdicts.get(BigInt(each!))?.verdict).to.equal(verdict);
    }
  }

  /** The gateway has vouched for what it said, and brought all of it to the matcher. */
  async function checkGateway(): Promise<void> {
    const vouched = rowsOf("gateway", "vouch.db", "SELECT * FROM attested");
    expect(
      new Map(vouched.map((row) => [BigInt(row.record!), BigInt(row.energyWh!)])),
    ).to.deep.equal(new Map([...attested].map(([each, { actualWh }]) => [each, actualWh])));
    const sent = rowsOf(
      "gateway",
      "deliveries.db",
      "SELECT state, count(*) AS count FROM delivery GROUP BY 1",
    );
    expect(sent).to.deep.equal([{ state: "taken", count: attested.size }]);
    const issued = rowsOf("gateway", "vouch.db", "SELECT commitment FROM issued");
    await follower.sync();
    const notes = follower.state.leaves;
    for (const { commitment } of issued) expect(notes).to.include(BigInt(commitment!));
    expect(issued).to.have.length(PERIODS * SELLERS);
  }
});
