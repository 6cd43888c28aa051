import { expect } from "chai";
import { MeterError } from "../../../../oracle/meters/meter.ts";
import type { LiveSample } from "../../../../oracle/operations/gatewayView.ts";
import { StoreWriteError } from "../../../../oracle/store/errors.ts";
import { GATEWAY, GENESIS_S, PERIOD_S } from "../../../helpers/fakeMarket.ts";
import { MeterScene, PARTICIPANT, START_S } from "../../../helpers/meterScene.ts";
import { rejection } from "../../../helpers/rejection.ts";

const NEVER = new AbortController().signal;
const SILENT = new MeterError("silent", "no answer");
const ABSENT = new MeterError("absent", "all bytes are FF", { hex: "ff" });

describe("MeterChannel", () => {
  let scene: MeterScene;

  beforeEach(async () => {
    scene = await MeterScene.open();
  });

  afterEach(() => {
    scene.close();
  });

  describe("what is due", () => {
    it("is the period after the chain's latest reading, and after the stored one [M8]", async () => {
      expect(scene.channel.isDue(8)).to.equal(false);
      expect(scene.channel.isDue(9)).to.equal(true);
      expect(await scene.take(9, {})).to.equal("period 9");
      expect(scene.channel.isDue(9)).to.equal(false);
      scene.restart();
      expect(scene.channel.isDue(9)).to.equal(false);
      expect(scene.channel.isDue(10)).to.equal(true);
    });

    it("is no period up to that of the first binding", async () => {
      scene.market.rebind(PARTICIPANT, { boundIn: 9, period: 8 });
      await scene.follower.look();
      expect(scene.channel.isDue(9)).to.equal(false);
      expect(scene.channel.isDue(10)).to.equal(true);
    });

    it("is nothing of a meter that is bound to another gateway, or to none", async () => {
      scene.market.rebind(PARTICIPANT, { gateway: "0x".padEnd(42, "3") });
      await scene.follower.look();
      expect(scene.channel.isDue(9)).to.equal(false);
      expect(await scene.take(9, {})).to.equal("accepted");
      expect(scene.channel.status()).to.include({ state: "up", meterId: undefined });
    });

    it("is the same period again after a binding, unless its registers are of later [M8]", async () => {
      expect(await scene.take(9, {})).to.equal("period 9");
      scene.market.rebind(PARTICIPANT, { importWh: 5_000n, exportWh: 2_000n, period: 8 });
      await scene.follower.look();
      expect(scene.channel.isDue(9)).to.equal(true);
      scene.market.rebind(PARTICIPANT, { importWh: 5_000n, exportWh: 2_000n, period: 9 });
      await scene.follower.look();
      expect(scene.channel.isDue(9)).to.equal(false);
    });
  });

  describe("a reading", () => {
    it("has the registers, their raw form and the time after the read", async () => {
      const raw = [{ quantity: "importEnergyWh", source: "fc3", hex: "1388", value: "5 kWh" }];
      scene.meter.answers = [
        async () => {
          scene.nowS += 2.5;
          return { raw };
        },
      ];
      const outcome = await scene.channel.take(9, NEVER);
      expect(outcome).to.deep.equal({
        kind: "accepted",
        reading: {
          ...{ participant: PARTICIPANT, meterId: 1, period: 9 },
          ...{ importWh: 5_000n, exportWh: 2_000n, raw, readAtMs: (START_S + 2.5) * 1000 },
        },
      });
    });

    it("is none where the meter answered too late for its period [M8]", async () => {
      scene.meter.answers = [
        async () => {
          scene.nowS += 500;
          return {};
        },
      ];
      const late = await scene.channel.take(9, NEVER, START_S + PERIOD_S / 2);
      expect(late).to.deep.equal({ kind: "accepted", reading: undefined });
      expect(scene.channel.isDue(9)).to.equal(true);
      const last = START_S + 500;
      scene.meter.answers = [{}];
      expect(await scene.channel.take(9, NEVER, last)).to.have.nested.property("reading.period", 9);
    });

    it("is none of a binding that changed while the meter was read [M8]", async () => {
      scene.meter.answers = [
        async () => {
          scene.market.rebind(PARTICIPANT, { importWh: 5_000n, exportWh: 2_000n, period: 8 });
          await scene.follower.look();
          return { importWh: 5_001n };
        },
      ];
      expect(await scene.channel.take(9, NEVER)).to.deep.equal({ kind: "failed" });
      expect(await scene.take(9, { importWh: 5_001n })).to.equal("period 9");
      expect(scene.store.readings.pending().map(({ meterId }) => meterId)).to.deep.equal([2]);
    });

    it("is judged from the binding's registers where they are later than the store's", async () => {
      expect(await scene.take(9, {})).to.equal("period 9");
      scene.market.rebind(PARTICIPANT, { importWh: 50n, exportWh: 7n, period: 9 });
      await scene.follower.look();
      const fresh = { importWh: 60n, exportWh: 7n };
      expect(await scene.take(10, fresh, PERIOD_S)).to.equal("period 10");
    });
  });

  describe("a read that fails", () => {
    it("is told with its kind until the meter answers again, be it suspicious", async () => {
      expect(await scene.take(9, SILENT)).to.equal("failed");
      expect(scene.channel.status()).to.deep.include({
        state: "failing",
        failure: { failure: "silent", message: "no answer", sinceS: START_S },
      });
      expect(await scene.take(9, SILENT, 10)).to.equal("failed");
      expect(scene.channel.status().failure?.sinceS).to.equal(START_S);
      expect(scene.channel.counts.failed.get("silent")).to.equal(2);
      expect(await scene.take(9, { importWh: 4_000n }, 10)).to.equal("suspect");
      expect(scene.channel.status()).to.deep.include({ state: "up", failure: undefined });
    });

    it("stops nothing else where the driver has a bug", async () => {
      expect(await scene.take(9, new TypeError("undefined is no buffer"))).to.equal("failed");
      expect(scene.channel.status().failure?.failure).to.equal("malformed");
      expect(scene.log.join("\n")).to.contain("undefined is no buffer");
      expect(await scene.take(9, {})).to.equal("period 9");
    });

    it("is quarantined as absent at the end of a period, and resolved by the next value", async () => {
      expect(await scene.sample(ABSENT)).to.equal("failed");
      expect(scene.openCodes).to.deep.equal([]);
      expect(await scene.take(9, ABSENT)).to.equal("failed");
      expect(scene.open[0]).to.deep.include({ code: "absent", period: 9 });
      expect(scene.open[0]!.latest.frames).to.deep.equal(["ff"]);
      expect(await scene.take(9, {})).to.equal("period 9");
      expect(scene.openCodes).to.deep.equal([]);
    });

    it("is quarantined with the frames of the line and with what was read before", async () => {
      const read = { quantity: "importEnergyWh", source: "di 00010000", hex: "68", value: "5 kWh" };
      const error = new MeterError("absent", "There is no value.", { hex: "ff" });
      error.raw = [read];
      error.frames = ["sent 6811", "received 6891"];
      expect(await scene.take(9, error)).to.equal("failed");
      const { explanation, latest } = scene.open[0]!;
      expect(explanation, "a part of a sentence").to.equal("There is no value");
      expect(latest.raw).to.deep.equal([read]);
      expect(latest.frames).to.deep.equal(["sent 6811", "received 6891"]);
    });

    it("is nothing to be told of where it was told to stop", async () => {
      const stop = new AbortController();
      stop.abort(new Error("stop"));
      scene.meter.answers = [{}];
      expect(await scene.channel.take(9, stop.signal)).to.deep.equal({ kind: "failed" });
      expect(scene.channel.status().failure).to.equal(undefined);
    });
  });

  describe("a suspicious value", () => {
    it("is read again at once, and only what stays is quarantined", async () => {
      scene.close();
      scene = await MeterScene.open({ attempts: 3 });
      scene.meter.answers = [{ importWh: 0n }, { importWh: 0n }, {}];
      expect(await scene.channel.take(9, NEVER)).to.have.property("kind", "accepted");
      expect(scene.meter.reads).to.equal(3);
      expect(scene.openCodes).to.deep.equal([]);
      expect(await scene.sample({ importWh: 0n })).to.equal("suspect");
      expect(scene.meter.reads).to.equal(6);
      expect(await scene.sample({ importWh: 0n })).to.equal("suspect");
      expect(scene.meter.reads, "known to be suspicious").to.equal(7);
    });

    it("is never signed, and leaves by itself when the counter is back", async () => {
      const frames = ["sent 01", "received 02"];
      expect(await scene.take(9, { importWh: 0n, frames })).to.equal("suspect");
      expect(scene.openCodes).to.deep.equal(["zero"]);
      expect(scene.open[0]!.latest.frames).to.deep.equal(["sent 01", "received 02"]);
      expect(scene.store.readings.pending()).to.deep.equal([]);
      expect(await scene.take(9, {}, 10)).to.equal("period 9");
      expect(scene.openCodes).to.deep.equal([]);
    });

    it("stays where the counter goes on from a leap that time has made plausible [M8]", async () => {
      expect(await scene.sample({ importWh: 9_000n })).to.equal("suspect");
      expect(await scene.take(18, { importWh: 9_010n }, 9 * PERIOD_S)).to.equal("suspect");
      scene.restart();
      expect(await scene.take(18, { importWh: 9_020n }, 10)).to.equal("suspect");
      expect(scene.openCodes).to.deep.equal(["beyond-rated-power"]);
      expect(await scene.take(18, { importWh: 5_100n }, 10)).to.equal("period 18");
      expect(scene.openCodes).to.deep.equal([]);
    });

    it("stays in quarantine while a stuck counter stands, also while no power flows [M8]", async () => {
      const still = { importWh: 4_900n };
      expect(await scene.sample({ ...still, activePowerW: 3_000 })).to.equal("accepted");
      expect(await scene.sample({ ...still, activePowerW: 3_000 }, 200)).to.equal("accepted");
      expect(await scene.sample({ ...still, activePowerW: 3_000 }, 200)).to.equal("suspect");
      expect(scene.openCodes).to.deep.equal(["stuck"]);
      expect(await scene.take(9, { ...still, activePowerW: 0 }, 10)).to.equal("suspect");
      scene.restart();
      expect(await scene.take(9, { ...still, activePowerW: 0 }, 10)).to.equal("suspect");
      expect(scene.openCodes).to.deep.equal(["stuck"]);
      expect(await scene.take(9, { importWh: 4_910n }, 10)).to.equal("period 9");
      expect(scene.openCodes).to.deep.equal([]);
    });

    it("of another device stays while the device tells no serial number [M8]", async () => {
      expect(await scene.sample({ serialNumber: "666" })).to.equal("suspect");
      expect(await scene.take(9, { serialNumber: undefined }, 10)).to.equal("suspect");
      expect(scene.openCodes).to.deep.equal(["serial-changed"]);
      expect(await scene.take(9, { serialNumber: "12345" }, 10)).to.equal("period 9");
      expect(scene.openCodes).to.deep.equal([]);
    });

    it("ends when the meter is bound anew, also while the daemon did not run", async () => {
      expect(await scene.sample({ importWh: 0n })).to.equal("suspect");
      scene.market.rebind(PARTICIPANT, { importWh: 0n, exportWh: 2_000n, period: 8 });
      await scene.follower.look();
      expect(await scene.sample({ importWh: 0n }, 10)).to.equal("accepted");
      expect(scene.openCodes).to.deep.equal([]);

      expect(await scene.sample({ importWh: 100_000n }, 10)).to.equal("suspect");
      scene.market.rebind(PARTICIPANT, { importWh: 100_000n, exportWh: 2_000n, period: 8 });
      await scene.follower.look();
      scene.restart();
      expect(await scene.sample({ importWh: 100_000n }, 10)).to.equal("accepted");
      expect(scene.openCodes).to.deep.equal([]);
    });

    it("is expected to be of the device that the configuration names, where it does", async () => {
      scene.close();
      scene = await MeterScene.open({ serialNumber: "777" });
      expect(await scene.sample({ serialNumber: "12345" })).to.equal("suspect");
      expect(await scene.sample({ serialNumber: "777" })).to.equal("accepted");
      scene.close();
      scene = await MeterScene.open({ serialNumber: false });
      expect(await scene.sample({ serialNumber: "anything" })).to.equal("accepted");
    });
  });

  describe("a live value", () => {
    let told: (LiveSample & { participant: number })[];

    beforeEach(async () => {
      scene.close();
      told = [];
      scene = await MeterScene.open({
        attempts: 2,
        onSample: (participant, sample) => told.push({ participant, ...sample }),
      });
    });

    it("is told to whoever wants it, with when it was", async () => {
      await scene.sample({ importWh: 4_950n, activePowerW: 100 }, 5);
      expect(told).to.deep.equal([
        {
          ...{ participant: PARTICIPANT, atS: START_S + 5, importWh: 4_950n, exportWh: 2_000n },
          ...{ activePowerW: 100, serialNumber: "12345" },
        },
      ]);
      expect(scene.channel.sampledAtS).to.equal(START_S + 5);
      expect(scene.channel.counts.taken).to.equal(1);
    });

    it("has no counters that are not believed, and the power none the less", async () => {
      await scene.sample({ importWh: 4_950n });
      await scene.sample({ importWh: 0n, activePowerW: 100 }, 5);
      await scene.sample({ importWh: 4_951n }, 5);
      expect(told.map(({ importWh }) => importWh)).to.deep.equal([4_950n, undefined, 4_951n]);
      expect(told[1]).to.include({ exportWh: undefined, activePowerW: 100 });
      expect(scene.channel.status()).to.deep.include({
        accepted: { importWh: 4_951n, exportWh: 2_000n },
      });
    });

    it("is not told where another read at once shows that it was none", async () => {
      scene.meter.answers = [{ importWh: 0n }, { importWh: 4_950n }];
      await scene.channel.take(undefined, NEVER);
      expect(told.map(({ importWh }) => importWh)).to.deep.equal([4_950n]);
    });

    it("leaves what was believed standing while the meter shows a zero", async () => {
      await scene.sample({ importWh: 4_950n });
      await scene.sample({ importWh: 0n }, 5);
      expect(scene.channel.status().lastSample?.importWh).to.equal(0n);
      expect(scene.channel.status().accepted?.importWh).to.equal(4_950n);
    });

    it("has no counters where nobody judges them, since the meter is not bound", async () => {
      scene.market.rebind(PARTICIPANT, { gateway: "0x".padEnd(42, "3") });
      await scene.follower.look();
      await scene.sample({ activePowerW: 100 });
      expect(told[0]).to.include({ importWh: undefined, activePowerW: 100 });
      expect(scene.channel.status().accepted).to.equal(undefined);
    });
  });

  it("takes its gateway's address in any case", async () => {
    scene.close();
    scene = await MeterScene.open({ gateway: GATEWAY.toLowerCase() });
    expect(scene.channel.isDue(9)).to.equal(true);
  });

  it("throws where the store takes no more writes", async () => {
    scene.fault = new StoreWriteError("the disk is full");
    expect(await rejection(scene.sample({ importWh: 0n }))).to.equal(scene.fault);
  });

  it("bounds a first sample by the time since the binding", async () => {
    scene.market.rebind(PARTICIPANT, {
      importWh: 0n,
      exportWh: 0n,
      boundAtS: GENESIS_S,
      period: 0,
    });
    await scene.follower.look();
    // 4 kW for ten periods and the second and ten of reading.
    expect(await scene.sample({ importWh: 10_023n, exportWh: 0n })).to.equal("suspect");
    expect(await scene.sample({ importWh: 10_022n, exportWh: 0n })).to.equal("accepted");
  });
});
