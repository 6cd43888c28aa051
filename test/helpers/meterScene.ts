import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ChainFollower } from "../../oracle/daemon/chainFollower.ts";
import { GroupCommit } from "../../oracle/daemon/groupCommit.ts";
import { MeterChannel, type MeterChannelOptions } from "../../oracle/daemon/meterChannel.ts";
import type { Meter, MeterSample } from "../../oracle/meters/meter.ts";
import { Log } from "../../oracle/operations/log.ts";
import { textLine } from "../../oracle/operations/logLine.ts";
import { GatewayStore } from "../../oracle/store/gatewayStore.ts";
import type { QuarantineEntry } from "../../oracle/store/quarantine.ts";
import { FakeMarket, GATEWAY, GENESIS_S, PERIOD_S } from "./fakeMarket.ts";

export const PARTICIPANT = 2;
/** Just after the end of period 9. */
export const START_S = GENESIS_S + 10 * PERIOD_S + 1;

/** What a meter answers, or throws. */
export type Answer = Partial<MeterSample> | Error | (() => Promise<Partial<MeterSample>>);

/** A meter that answers as a test says: each answer once, the last again and again. */
export class ScriptedMeter implements Meter {
  readonly where = "scripted meter";
  answers: Answer[] = [];
  reads = 0;
  switched: boolean[] = [];

  async read(signal?: AbortSignal): Promise<MeterSample> {
    ++this.reads;
    signal?.throwIfAborted();
    const answer = this.answers.length > 1 ? this.answers.shift()! : this.answers[0]!;
    if (answer instanceof Error) throw answer;
    const values = typeof answer === "function" ? await answer() : answer;
    return {
      importWh: 5_000n,
      exportWh: 2_000n,
      activePowerW: undefined,
      serialNumber: "12345",
      raw: [],
      ...values,
    };
  }

  switch = async (on: boolean): Promise<void> => {
    this.switched.push(on);
  };
}

/** One bound meter of 4 kW with a real store in a folder of its own; the last reading is that of period 8. */
export class MeterScene {
  readonly market = new FakeMarket();
  readonly meter = new ScriptedMeter();
  readonly follower = new ChainFollower(this.market.reads, [PARTICIPANT]);
  readonly log: string[] = [];
  nowS = START_S;
  store: GatewayStore;
  channel: MeterChannel;
  /** Without a call nothing is written any more. */
  fault: Error | undefined;
  readonly #options: Partial<MeterChannelOptions>;
  readonly #folder = mkdtempSync(join(tmpdir(), "sealwatt-meter-"));
  readonly #signal = new AbortController().signal;

  private constructor(options: Partial<MeterChannelOptions>) {
    this.#options = options;
    this.store = this.#open();
    this.channel = this.#channel();
  }

  static async open(options: Partial<MeterChannelOptions> = {}): Promise<MeterScene> {
    const scene = new MeterScene(options);
    scene.market.bind(PARTICIPANT, {
      ...{ importWh: 4_900n, exportWh: 2_000n, period: 8, hasReading: true },
    });
    await scene.follower.look();
    return scene;
  }

  /** The process ends and begins anew. */
  restart(): void {
    this.store.close();
    this.store = this.#open();
    this.channel = this.#channel();
  }

  close(): void {
    this.store.close();
    rmSync(this.#folder, { recursive: true });
  }

  /** Takes a sample of an answer, some seconds after the one before. */
  async sample(answer: Answer, seconds = 0): Promise<string> {
    return this.take(undefined, answer, seconds);
  }

  /** Takes a reading of a period and stores it, as a line does. */
  async take(period: number | undefined, answer: Answer, seconds = 0): Promise<string> {
    this.nowS += seconds;
    this.meter.answers = [answer];
    const outcome = await this.channel.take(period, this.#signal);
    if (outcome.kind === "accepted" && outcome.reading !== undefined) {
      this.store.readings.storeRead([outcome.reading]);
      return `period ${outcome.reading.period}`;
    }
    return outcome.kind;
  }

  get open(): QuarantineEntry[] {
    return this.store.quarantine.open();
  }

  get openCodes(): string[] {
    return this.open.map(({ code }) => code);
  }

  #open(): GatewayStore {
    const { addresses, constants } = this.market.reads;
    return GatewayStore.open(join(this.#folder, "oracle.db"), {
      chainId: constants.chainId,
      market: addresses.market,
      nowMs: () => Math.floor(this.nowS * 1000),
    });
  }

  #channel(): MeterChannel {
    const { store } = this;
    const commit = new GroupCommit<() => void>((changes) => {
      if (this.fault !== undefined) throw this.fault;
      store.transaction(() => {
        for (const change of changes) change();
      });
    });
    return new MeterChannel({
      participant: PARTICIPANT,
      meter: this.meter,
      profile: "scripted",
      counterWrapWh: () => 1_000_000n,
      resolutionWh: () => 10,
      serialNumber: undefined,
      attempts: 1,
      gateway: GATEWAY,
      follower: this.follower,
      store,
      change: (work) => commit.add([work]),
      nowS: () => this.nowS,
      log: new Log({ write: (line) => this.log.push(line), format: textLine }),
      ...this.#options,
    });
  }
}
