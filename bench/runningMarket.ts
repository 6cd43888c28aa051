import type { ContractTransactionResponse } from "ethers";
import type { ScheduledOrderOpening } from "../sdk/orders/opening.ts";
import { packOpening, worstFirst } from "../sdk/orders/opening.ts";
import type { SealableOrder } from "../sdk/orders/packedOrder.ts";
import { signReading } from "../sdk/readings/reading.ts";
import { deployMarket, goTo, join, pay, type Participant } from "../test/helpers/market.ts";
import { RandomSource } from "../test/helpers/randomSource.ts";

/** Openings and readings of one transaction: 250 stay below 16.7M gas even where every slot is new. */
const BATCH = 250;
const GRID = 1;

/** A market whose participants have a gateway each, with money in every account and in the incentive fund. */
export async function createRunningMarket(participants: number) {
  const fixture = await deployMarket({
    accounts: participants + 10,
    crowded: true,
    // Single orders are measured without readings.
    parameters: { missedReadingsLimit: 255 },
  });
  const { market, token, actors, marketAddress } = fixture;
  const people: Participant[] = [];
  for (const [index, owner] of actors.people.slice(0, participants).entries()) {
    // Half sells and half buys; half of both is green.
    const green = index % 4 < 2;
    people.push(
      await join(fixture, owner, {
        greenSupply: green,
        greenPreference: green,
        gateway: actors.people[(index + 1) % participants]!,
      }),
    );
  }
  const reserveNano = 10n ** 15n;
  await pay(fixture, GRID, reserveNano);
  await token.connect(actors.treasurer).mint(actors.treasurer.address, reserveNano);
  await token.connect(actors.treasurer).approve(marketAddress, reserveNano);
  await market.connect(actors.treasurer).fundIncentives(reserveNano);
  return { fixture, people, random: new RandomSource(participants) };
}

type RunningMarket = Awaited<ReturnType<typeof createRunningMarket>>;

/** The book of the clearing benches as orders of the market, with prices to a tenth of a cent. */
export function createOrder(
  { people, random }: RunningMarket,
  index: number,
  period: number,
): SealableOrder {
  return {
    participant: people[index]!.id,
    period,
    side: index % 2 === 0 ? "sell" : "buy",
    energyWh: random.integer(1, 5_000),
    priceMicroPerKwh: 1_000 * random.integer(100, 500),
  };
}

/** The gas that a transaction used. */
export async function gasOf(sent: Promise<ContractTransactionResponse>): Promise<number> {
  const receipt = await (await sent).wait();
  return Number(receipt!.gasUsed);
}

/** Opens orders of day schedules as an operator does: the worst first, in batches. Returns the gas of all. */
export async function openAll(
  { fixture }: RunningMarket,
  period: number,
  openings: readonly ScheduledOrderOpening[],
): Promise<number> {
  await goTo(fixture, period - 1, fixture.parameters.gateClosure);
  const words = worstFirst(openings).map(({ order, salt, proof, periods }) => ({
    opening: packOpening(order, periods),
    salt,
    proof: [...proof],
  }));
  let gas = 0;
  for (let first = 0; first < words.length; first += BATCH) {
    gas += await gasOf(
      // The path has always as many words as the contract takes.
      fixture.market.openScheduledOrders(period, words.slice(first, first + BATCH)),
    );
  }
  return gas;
}

/** Reports a reading of every meter, each signed by a gateway of its own. Returns the gas of all. */
export async function reportAll(
  { fixture, people, random }: RunningMarket,
  period: number,
  counters: { importWh: bigint; exportWh: bigint }[],
): Promise<number> {
  const readings = await Promise.all(
    people.map(({ id, gateway, meterId }, index) => {
      const counter = counters[index]!;
      const energyWh = BigInt(random.integer(1, 5_000));
      if (index % 2 === 0) counter.exportWh += energyWh;
      else counter.importWh += energyWh;
      return signReading(gateway, fixture.typedDomain, {
        participant: id,
        meterId,
        period,
        ...counter,
      });
    }),
  );
  let gas = 0;
  for (let first = 0; first < readings.length; first += BATCH)
    gas += await gasOf(fixture.market.reportReadings(readings.slice(first, first + BATCH)));
  return gas;
}
