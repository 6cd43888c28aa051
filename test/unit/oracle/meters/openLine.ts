import { expect } from "chai";
import { SUNSPEC } from "../../../../oracle/config/lines.ts";
import { openLine } from "../../../../oracle/meters/openLine.ts";
import { PERIOD_S } from "../../../helpers/fakeMarket.ts";
import { MeterScene, PARTICIPANT, START_S } from "../../../helpers/meterScene.ts";
import { serveImages } from "../../../helpers/registerImage.ts";
import { ScriptedDevice } from "../../../helpers/scriptedDevice.ts";
import { commonModel, meterModel, sunspecImage } from "../../../helpers/sunspecImage.ts";

const POWER_W = 9_000;
const SAMPLE_S = 10;
const PERIODS = 4;

describe("openLine", () => {
  for (const [scale, stepWh] of [
    [2, 100],
    [3, 1_000],
  ] as const) {
    it(`judges a SunSpec meter by its steps of ${stepWh} Wh [M8]`, async () => {
      const device = new ScriptedDevice();
      const port = await device.start();
      const meter = {
        ...{ participant: PARTICIPANT, profile: SUNSPEC, unit: 1, address: undefined, line: 1 },
        ...{ serialNumber: undefined, switchable: false, allowExperimental: false },
      };
      const config = {
        ...{ name: "inverter", protocol: "modbus-tcp" as const, port, meters: [meter] },
        replyTimeoutMs: 1_000,
      };
      const { line, meters } = openLine(config, undefined);
      const { config: _, ...opened } = meters[0]!;
      const scene = await MeterScene.open(opened);
      try {
        const startWh = 5_000_000;
        const at = { importWh: BigInt(startWh), exportWh: 0n, period: 8, hasReading: true };
        scene.market.rebind(PARTICIPANT, { ...at, ratedPowerW: 10_000, serial: "SN-1" });
        await scene.follower.look();
        const periods: number[] = [];
        let steps = 0;
        for (let passedS = 0; passedS <= PERIODS * PERIOD_S; passedS += SAMPLE_S) {
          // Since the end of period 8, a period before the scene begins.
          const energyWh = (POWER_W * (PERIOD_S + passedS)) / 3600;
          steps = Math.floor((startWh + energyWh) / stepWh);
          const model = meterModel([steps, 0, scale], [POWER_W, 0]);
          const image = sunspecImage(40_000, [commonModel("SN-1"), model]);
          device.script = serveImages(new Map([[1, image]]));
          scene.nowS = START_S + passedS;
          const ended = 9 + Math.floor(passedS / PERIOD_S);
          const period = scene.channel.isDue(ended) ? ended : undefined;
          const outcome = await scene.channel.take(period, new AbortController().signal);
          expect(outcome, `after ${passedS} s: ${scene.open[0]?.explanation}`).to.have.property(
            "kind",
            "accepted",
          );
          if (outcome.kind !== "accepted" || outcome.reading === undefined) continue;
          scene.store.readings.storeRead([outcome.reading]);
          periods.push(outcome.reading.period);
        }
        expect(scene.openCodes).to.deep.equal([]);
        // A step of 1,000 Wh in a period that takes 2,501 Wh: the third kilowatt-hour waits for the next.
        const expected = scale === 3 ? [9, 10, 11, 13] : [9, 10, 11, 12, 13];
        expect(periods).to.deep.equal(expected);
        const latest = scene.store.readings.latestOf(PARTICIPANT, 2);
        expect(latest?.importWh).to.equal(BigInt(steps * stepWh));
      } finally {
        scene.close();
        await line.close();
        await device.stop();
      }
    });
  }
});
