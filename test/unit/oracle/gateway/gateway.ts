import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { Gateway, type GatewayMeter } from "../../../../oracle/gateway/gateway.ts";
import { ReadingStore } from "../../../../oracle/gateway/readingStore.ts";
import type { GatewayClient, ReportOutcome } from "../../../../sdk/clients/gatewayClient.ts";
import { packReading, type SignedReading } from "../../../../sdk/readings/reading.ts";
import { unpackReading } from "../../../../sdk/events/readingsReported.ts";
import { SimulatedTime } from "../../../../scripts/neighbourhood/simulatedTime.ts";

const PERIOD_S = 100;
const MARKET = "0x1111111111111111111111111111111111111111";

/** A chain that takes each reading once and, of each meter, in the order of its periods. */
class FakeChain {
  readonly latest = new Map<number, number>();
  readonly counted: string[] = [];

  report(readings: readonly SignedReading[], nowS: number): ReportOutcome {
    const outcome: ReportOutcome = { hash: "0xaa", counted: [], refused: [] };
    for (const { reading: word } of readings) {
      const reading = unpackReading(word);
      const { participant, period } = reading;
      const latest = this.latest.get(participant) ?? 0;
      const until = (latest + 4) * PERIOD_S;
      const refuse = (name: string, args = {}) =>
        outcome.refused.push({ participant, period, reason: { name, args } });
      if (period <= latest) refuse("ReadingNotNew");
      else if (nowS < (period + 1) * PERIOD_S) refuse("ReadingTooEarly");
      else if (period > latest + 1 && nowS < until)
        refuse("ReadingOutOfOrder", { until: BigInt(until) });
      else {
        this.latest.set(participant, period);
        this.counted.push(`${participant}/${period}`);
        outcome.counted.push(reading);
      }
    }
    return outcome;
  }
}

/** Where a process is cut off: it does nothing more, and nothing of it is tidied up. */
type Cut = "read" | "sign" | "send" | "receipt";

describe("Gateway", () => {
  let folder: string;
  const open: ReadingStore[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "sealwatt-test-"));
  });

  afterEach(async () => {
    // The files of those that were cut off, which the system would have closed.
    await Promise.all(open.splice(0).map((store) => store.close()));
    await rm(folder, { recursive: true });
  });

  /** Lets a gateway run for some periods; with `cut` it is dead from that point in that period on. */
  async function run(
    chain: FakeChain,
    options: {
      fromS: number;
      toS: number;
      cut?: { at: Cut; period: number };
      fails?: (participant: number, period: number) => boolean;
      chainDown?: (nowS: number) => boolean;
    },
  ): Promise<string[]> {
    const { fromS, toS, cut, fails, chainDown } = options;
    const time = new SimulatedTime(fromS, async () => undefined);
    const [clock, watch] = [time.join(), time.join()];
    const log: string[] = [];
    const periodNow = () => Math.floor(time.nowS() / PERIOD_S) - 1;
    let hasDied: () => void = () => undefined;
    const died = new Promise<void>((resolve) => (hasDied = resolve));
    const die = async (at: Cut) => {
      if (cut?.at !== at || cut.period !== periodNow()) return;
      hasDied();
      await new Promise(() => undefined);
    };
    const client = {
      sender: { address: "0xgateway" },
      reads: {
        constants: { periodLength: PERIOD_S },
        startOf: (period: number) => period * PERIOD_S,
        periodAt: (timeS: number) => Math.max(0, Math.floor(timeS / PERIOD_S)),
      },
      sign: async (reading: Parameters<GatewayClient["sign"]>[0]) => {
        await die("sign");
        return { reading: packReading(reading), r: "0x01", vs: "0x02" };
      },
      report: async (readings: readonly SignedReading[]) => {
        await die("send");
        if (chainDown?.(time.nowS()) === true) throw new Error("connection refused");
        const outcome = chain.report(readings, time.nowS());
        await die("receipt");
        return outcome;
      },
    } as unknown as GatewayClient;
    const meters = [2, 3].map((participant): GatewayMeter => ({
      participant,
      meterId: participant,
      boundIn: 0,
      where: `meter ${participant}`,
      readEnergy: async () => {
        await die("read");
        if (fails?.(participant, periodNow()) === true) throw new Error("silent");
        return { importWh: BigInt(Math.floor(time.nowS())), exportWh: 0n };
      },
    }));
    const store = await ReadingStore.open(join(folder, "journal"), { chainId: 1n, market: MARKET });
    open.push(store);
    const controller = new AbortController();
    const gateway = new Gateway({ client, meters, store, clock, log: (line) => log.push(line) });
    const running = gateway.run(controller.signal).catch(() => undefined);
    if (cut !== undefined) {
      void watch.until(toS).catch(() => undefined);
      await died;
      return log;
    }
    await watch.until(toS);
    controller.abort();
    await running;
    return log;
  }

  const places = (last: number) =>
    [2, 3].flatMap((participant) =>
      Array.from({ length: last }, (_, i) => `${participant}/${i + 1}`),
    );

  it("reports every meter at the end of every period", async () => {
    const chain = new FakeChain();
    expect(await run(chain, { fromS: 0, toS: 650 })).to.deep.equal([]);
    expect(chain.counted.sort()).to.deep.equal(places(5));
  });

  for (const at of ["read", "sign", "send", "receipt"] as const) {
    it(`counts every reading once where it was cut off at: ${at} (M8, M11)`, async () => {
      const chain = new FakeChain();
      await run(chain, { fromS: 0, toS: 900, cut: { at, period: 3 } });
      await run(chain, { fromS: 430, toS: 690 });
      expect(chain.counted.sort()).to.deep.equal(places(5));
    });
  }

  it("sends what it has stored when the chain answers again, in order", async () => {
    const chain = new FakeChain();
    const log = await run(chain, {
      fromS: 0,
      toS: 780,
      chainDown: (nowS) => nowS > 290 && nowS < 550,
    });
    expect(chain.counted.sort()).to.deep.equal(places(6));
    expect(log.join("\n")).to.match(/wait: connection refused/);
  });

  it("tries a silent meter again within the period", async () => {
    const chain = new FakeChain();
    let tries = 0;
    await run(chain, {
      fromS: 0,
      toS: 390,
      fails: (participant, period) => participant === 2 && period === 2 && ++tries < 4,
    });
    expect(tries).to.equal(4);
    expect(chain.counted.sort()).to.deep.equal(places(2));
  });

  it("holds back a meter that has missed a period, and no other", async () => {
    const chain = new FakeChain();
    const log = await run(chain, {
      fromS: 0,
      toS: 850,
      fails: (participant, period) => participant === 2 && period === 2,
    });
    expect(chain.counted.filter((place) => place.startsWith("2/"))).to.deep.equal([
      "2/1",
      "2/3",
      "2/4",
      "2/5",
      "2/6",
      "2/7",
    ]);
    expect(chain.counted.filter((place) => place.startsWith("3/"))).to.have.length(7);
    expect(log.join("\n")).to.match(/participant 2: no reading for period 2/);
  });
});
