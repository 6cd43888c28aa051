import { expect } from "chai";
import { Wallet } from "ethers";
import { obeyCommand, type Obedience } from "../../../../oracle/daemon/obeyCommand.ts";
import { CommandRefusedError } from "../../../../oracle/operations/commandRefusedError.ts";
import { MeterError } from "../../../../oracle/meters/meter.ts";
import { randomNonce, signOperatorCommand } from "../../../../sdk/gateway/operatorCommand.ts";
import { OperatorCommandError } from "../../../../sdk/gateway/operatorCommandError.ts";
import { GATEWAY, PERIOD_S } from "../../../helpers/fakeMarket.ts";
import { MeterScene, PARTICIPANT } from "../../../helpers/meterScene.ts";
import { rejection } from "../../../helpers/rejection.ts";

type Order =
  | { kind: "release"; quarantineId: number; resolution: "as-read" | "wrap-around" }
  | { kind: "reject"; quarantineId: number }
  | { kind: "switch"; participant: number; on: boolean };

describe("obeyCommand", () => {
  const operator = Wallet.createRandom();
  let scene: MeterScene;
  let obedience: Obedience;

  const signed = (order: Order, signer = operator) =>
    signOperatorCommand(signer, obedience.domain, {
      gateway: GATEWAY,
      nonce: randomNonce(),
      expiry: Math.floor(scene.nowS) + 600,
      ...order,
    });
  const obey = async (order: Order) => obeyCommand(await signed(order), obedience);
  const refusal = async (order: Order) => {
    const error = await rejection(obey(order));
    expect(error).to.be.instanceOf(CommandRefusedError);
    return "refusal" in error ? error.refusal : undefined;
  };
  const release = (resolution: "as-read" | "wrap-around", index = 0) =>
    ({ kind: "release", quarantineId: scene.open[index]!.id, resolution }) as const;
  const reject = () => ({ kind: "reject", quarantineId: scene.open[0]!.id }) as const;

  const prepare = async (options: Parameters<typeof MeterScene.open>[0] = {}) => {
    scene = await MeterScene.open(options);
    obedience = {
      store: scene.store,
      domain: scene.market.reads.constants.typedDomain,
      operators: [operator.address],
      gateway: GATEWAY,
      nowS: () => scene.nowS,
      channelOf: (participant) => (participant === PARTICIPANT ? scene.channel : undefined),
      switchable: new Set([PARTICIPANT]),
    };
  };

  /** A counter that wraps at 1,000,000 Wh stood at 999,900 Wh. */
  const nearWrap = async () => {
    scene.market.rebind(PARTICIPANT, {
      ...{ importWh: 999_900n, exportWh: 2_000n, period: 8, hasReading: true },
    });
    await scene.follower.look();
  };

  beforeEach(() => prepare());

  afterEach(() => {
    scene.close();
  });

  describe("a release", () => {
    it("of a leap lets the meter be read on from there, with the command on record", async () => {
      expect(await scene.sample({ importWh: 5_500n })).to.equal("accepted");
      expect(await scene.sample({ importWh: 5_800n }, 10)).to.equal("suspect");
      const { hash, operator: signer } = await obey(release("as-read"));
      expect(signer).to.equal(operator.address);
      expect(scene.open).to.deep.equal([]);
      expect(await scene.take(9, { importWh: 5_810n }, 10)).to.equal("period 9");
      const [command] = scene.store.commands.latest(1);
      expect(command).to.include({ hash, kind: "release", signer: operator.address });
      expect(command!.result).to.contain("released");
      expect(scene.store.quarantine.latest(1)[0]).to.include({
        state: "released",
        commandId: command!.id,
      });
    });

    it("of a wrap-around adds the counter's range to all that follows, also after a start [M8]", async () => {
      await nearWrap();
      expect(await scene.take(9, { importWh: 50n })).to.equal("suspect");
      expect(scene.openCodes).to.deep.equal(["wrap-around"]);
      await obey(release("wrap-around"));
      expect(await scene.take(9, { importWh: 60n }, 10)).to.equal("period 9");
      scene.restart();
      expect(await scene.take(10, { importWh: 100n }, PERIOD_S)).to.equal("period 10");
      const registers = scene.store.readings.pending().map(({ importWh }) => importWh);
      expect(registers).to.deep.equal([1_000_060n, 1_000_100n]);
    });

    it("of a second wrap-around adds the range a second time", async () => {
      await nearWrap();
      await scene.sample({ importWh: 50n });
      await obey(release("wrap-around"));
      const history = () => scene.store.offsets.history(PARTICIPANT, 2);
      expect(history().map(({ importOffsetWh }) => importOffsetWh)).to.deep.equal([1_000_000n]);
      // At 4 kW a million watt-hours take 250 hours.
      expect(await scene.sample({ importWh: 999_950n }, 900_000)).to.equal("accepted");
      expect(await scene.sample({ importWh: 10n }, 60)).to.equal("suspect");
      await obey(release("wrap-around"));
      expect(history().at(-1)!.importOffsetWh).to.equal(2_000_000n);
      expect(await scene.sample({ importWh: 20n }, 10)).to.equal("accepted");
    });

    it("of a wrap-around ends the zero that the counter passed through too", async () => {
      await nearWrap();
      expect(await scene.sample({ importWh: 0n })).to.equal("suspect");
      expect(await scene.sample({ importWh: 10n }, 10)).to.equal("suspect");
      expect(scene.openCodes).to.deep.equal(["zero", "wrap-around"]);
      await obey(release("wrap-around", 1));
      expect(scene.openCodes).to.deep.equal([]);
      expect(await scene.take(9, { importWh: 20n }, 10)).to.equal("period 9");
    });

    it("of a wrap-around waits until the counter's range is known", async () => {
      scene.close();
      let wrapWh: bigint | undefined = 1_000_000n;
      await prepare({ counterWrapWh: () => wrapWh });
      await nearWrap();
      await scene.sample({ importWh: 50n });
      wrapWh = undefined;
      expect(await refusal(release("wrap-around"))).to.equal("unavailable");
      expect(scene.openCodes).to.deep.equal(["wrap-around"]);
      wrapWh = 1_000_000n;
      await obey(release("wrap-around"));
      expect(await scene.take(9, { importWh: 60n }, 10)).to.equal("period 9");
    });

    it("of another device accepts its number from then on, also after a start", async () => {
      await scene.sample({ serialNumber: "777", importWh: 4_950n });
      await obey(release("as-read"));
      expect(await scene.sample({ serialNumber: "777", importWh: 4_960n }, 10)).to.equal(
        "accepted",
      );
      scene.restart();
      expect(await scene.take(9, { serialNumber: "777", importWh: 4_970n }, 10)).to.equal(
        "period 9",
      );
      expect(await scene.sample({ serialNumber: "12345", importWh: 4_980n }, 10)).to.equal(
        "suspect",
      );
    });

    it("of what fell is refused, and is not used up", async () => {
      await scene.sample({ importWh: 100n });
      const command = await signed(release("as-read"));
      for (let time = 0; time < 2; ++time) {
        expect(await rejection(obeyCommand(command, obedience))).to.include({
          refusal: "forbidden",
        });
      }
      expect(await refusal(release("wrap-around"))).to.equal("forbidden");
      await scene.sample({}, 10);
      await scene.sample({ importWh: 0n }, 10);
      expect(await refusal(release("as-read"))).to.equal("forbidden");
      expect(scene.store.commands.latest(9)).to.deep.equal([]);
    });

    it("of a wrap-around as read is refused", async () => {
      await nearWrap();
      await scene.sample({ importWh: 50n });
      expect(await refusal(release("as-read"))).to.equal("forbidden");
    });

    it("of no value is refused", async () => {
      await scene.take(9, new MeterError("absent", "all bytes are FF"));
      expect(await refusal(release("as-read"))).to.equal("forbidden");
    });

    it("of an older binding's entry changes nothing of the present one", async () => {
      await scene.sample({ importWh: 9_000n });
      const { id } = scene.open[0]!;
      scene.market.rebind(PARTICIPANT, { importWh: 100n, exportWh: 2_000n, period: 8 });
      await scene.follower.look();
      await obey({ kind: "release", quarantineId: id, resolution: "as-read" });
      expect(await scene.take(9, { importWh: 110n }, 10)).to.equal("period 9");
    });

    it("while the meter is read does not let an older doubt open it again", async () => {
      await scene.sample({ importWh: 5_500n });
      await scene.sample({ importWh: 5_800n }, 10);
      const order = release("as-read");
      scene.nowS += 10;
      scene.meter.answers = [
        async () => {
          await obey(order);
          return { importWh: 5_810n };
        },
      ];
      const outcome = await scene.channel.take(undefined, new AbortController().signal);
      expect(outcome.kind).to.equal("accepted");
      expect(scene.open).to.deep.equal([]);
    });
  });

  describe("a rejection", () => {
    it("ends the entry and never settles what goes on from its value [M8]", async () => {
      await scene.sample({ importWh: 9_000n });
      await obey(reject());
      expect(scene.open).to.deep.equal([]);
      // Nine periods later 4 kW may have counted as much.
      expect(await scene.take(18, { importWh: 9_010n }, 9 * PERIOD_S)).to.equal("suspect");
      expect(scene.openCodes).to.deep.equal(["beyond-rated-power"]);
      expect(await scene.take(18, { importWh: 5_000n }, 10)).to.equal("period 18");
      expect(scene.openCodes).to.deep.equal([]);
    });

    it("is taken of anything that is open, once", async () => {
      await scene.take(9, new MeterError("absent", "all bytes are FF"));
      const order = reject();
      await obey(order);
      expect(await refusal(order)).to.equal("done");
      expect(scene.store.quarantine.get(order.quarantineId).state).to.equal("rejected");
    });
  });

  describe("a switch", () => {
    const order = { kind: "switch", participant: PARTICIPANT, on: false } as const;

    it("is on record with what came of it", async () => {
      expect((await obey(order)).result).to.contain("switch off");
      expect(scene.meter.switched).to.deep.equal([false]);
      scene.meter.switch = () => Promise.reject(new MeterError("refused", "it says no"));
      expect(await refusal(order)).to.equal("unavailable");
      const results = scene.store.commands.latest(2).map(({ result }) => result);
      expect(results[0]).to.contain("it says no");
      expect(results[1]).to.contain("switch off");
    });

    it("is only of a meter that may be switched, and is this gateway's", async () => {
      obedience.switchable = new Set();
      expect(await refusal(order)).to.equal("forbidden");
      expect(await refusal({ ...order, participant: 99 })).to.equal("unknown");
      expect(scene.meter.switched).to.deep.equal([]);
    });

    it("is obeyed once, whoever sends it again [M8]", async () => {
      const command = await signed(order);
      await obeyCommand(command, obedience);
      expect(await rejection(obeyCommand(command, obedience))).to.include({ refusal: "done" });
      scene.restart();
      obedience.store = scene.store;
      expect(await rejection(obeyCommand(command, obedience))).to.include({ refusal: "done" });
      expect(scene.meter.switched).to.deep.equal([false]);
    });

    it("says how long it waited for a line that is busy", async () => {
      scene.meter.switch = () => Promise.reject(new DOMException("too long", "TimeoutError"));
      expect((await rejection(obey(order))).message).to.contain("20 s");
    });
  });

  it("knows no entry that there is not", async () => {
    expect(await refusal({ kind: "reject", quarantineId: 12 })).to.equal("unknown");
  });

  it("obeys nobody who is no operator, and nothing that is expired", async () => {
    const order = { kind: "switch", participant: PARTICIPANT, on: true } as const;
    const foreign = await signed(order, Wallet.createRandom());
    expect(await rejection(obeyCommand(foreign, obedience))).to.be.instanceOf(OperatorCommandError);
    const command = await signed(order);
    scene.nowS += 602;
    expect(await rejection(obeyCommand(command, obedience))).to.be.instanceOf(OperatorCommandError);
    expect(scene.meter.switched).to.deep.equal([]);
    expect(scene.store.commands.latest(1)).to.deep.equal([]);
  });
});
