import { expect } from "chai";
import { MeterError } from "../../../../oracle/meters/meter.ts";
import type { StoredReading } from "../../../../oracle/store/readings.ts";
import { GENESIS_S, PERIOD_S } from "../../../helpers/fakeMarket.ts";
import { MeterScene, PARTICIPANT } from "../../../helpers/meterScene.ts";
import { RandomSource } from "../../../helpers/randomSource.ts";

const RATED_W = 4_000;
const PERIODS = 14;

interface Registers {
  importWh: bigint;
  exportWh: bigint;
}

/** What the contract takes, as `Metering` has it: one reading a period, in order, within the rated power. */
class ModelChain {
  meterId = 1;
  period = 8;
  last: Registers = { importWh: 4_900n, exportWh: 2_000n };
  isFirst = false;

  report({ meterId, period, importWh, exportWh }: StoredReading): string {
    if (meterId !== this.meterId) return "foreign";
    if (period <= this.period) return "not new";
    const periods = BigInt(period - this.period + (this.isFirst ? 1 : 0));
    const most = (BigInt(RATED_W) * periods * BigInt(PERIOD_S)) / 3_600n + 1n;
    for (const [now, before] of [
      [importWh, this.last.importWh],
      [exportWh, this.last.exportWh],
    ] as const) {
      if (now < before) return "backwards";
      if (now - before > most) return "beyond";
    }
    Object.assign(this, { period, last: { importWh, exportWh }, isFirst: false });
    return "counted";
  }
}

describe("a meter under random faults", () => {
  for (let seed = 1; seed <= 4; ++seed) {
    it(`has its own registers on the chain, or an entry that says why not, with seed ${seed} [M8] [M11]`, async () => {
      const random = new RandomSource(seed);
      const scene = await MeterScene.open({ attempts: 1, counterWrapWh: () => undefined });
      try {
        const chain = new ModelChain();
        const truth: Registers = { importWh: 4_900n, exportWh: 2_000n };
        let truthAtS = scene.nowS;
        const passTo = (timeS: number) => {
          const wattHours = BigInt(
            Math.floor(((timeS - truthAtS) * random.integer(0, RATED_W)) / 3_600),
          );
          truth[random.pick(["importWh", "exportWh"] as const)] += wattHours;
          [truthAtS, scene.nowS] = [timeS, timeS];
        };
        const rebind = async () => {
          scene.market.rebind(PARTICIPANT, {
            ...truth,
            ...{ period: chain.period, boundIn: 0, boundAtS: Math.floor(scene.nowS) },
          });
          ++chain.meterId;
          Object.assign(chain, { last: { ...truth }, isFirst: true });
          await scene.follower.look();
        };
        const answers = {
          good: () => ({ ...truth }),
          zero: () => ({ ...truth, importWh: 0n }),
          fallen: () => ({
            ...truth,
            exportWh: truth.exportWh - BigInt(random.integer(500, 1_500)),
          }),
          leap: () => ({ ...truth, importWh: truth.importWh + BigInt(random.integer(9_000, 1e9)) }),
          other: () => ({ ...truth, serialNumber: "666" }),
          silent: () => new MeterError("silent", "no answer"),
          absent: () => new MeterError("absent", "all bytes are FF"),
          broken: () => new RangeError("the driver has a bug"),
        };
        const names = Object.keys(answers) as (keyof typeof answers)[];

        for (let period = 9; period < 9 + PERIODS; ++period) {
          const endS = GENESIS_S + (period + 1) * PERIOD_S;
          // The last periods go by without a fault.
          const isCalm = period >= 9 + PERIODS - 2;
          for (let tries = 0; tries < 4; ++tries) {
            passTo(endS + 1 + 60 * tries);
            if (!isCalm && random.integer(0, 15) === 0) await rebind();
            if (!isCalm && random.integer(0, 10) === 0) scene.restart();
            const isGood = isCalm || random.integer(0, 2) === 0;
            const answer = answers[isGood ? "good" : random.pick(names)]();
            if (!scene.channel.isDue(period)) await scene.sample(answer);
            else await scene.take(period, answer);
          }
          for (const reading of scene.store.readings.pending()) {
            const { id } = reading;
            const outcome = chain.report(reading);
            expect(
              outcome,
              JSON.stringify(reading, (_, v: unknown) => String(v)),
            ).to.be.oneOf(["counted", "foreign"]);
            scene.store.readings.storeSigned([
              { id, r: "0x".padEnd(66, "1"), vs: "0x".padEnd(66, "1") },
            ]);
            scene.store.readings.refuse([{ id, reason: outcome }]);
          }
        }

        const isOpen = scene.open.length > 0;
        expect(chain.period === 9 + PERIODS - 1 || isOpen, scene.openCodes.join()).to.equal(true);
        for (const name of ["importWh", "exportWh"] as const) {
          expect(chain.last[name] <= truth[name], name).to.equal(true);
        }
      } finally {
        scene.close();
      }
    });
  }
});
