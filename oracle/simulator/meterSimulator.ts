import { BaseError } from "../../sdk/errors.ts";
import { checkFaults } from "./faults/checkFaults.ts";
import type { FaultPlan } from "./faults/faultFile.ts";
import { activeFault, FaultSchedule, type ActiveFault } from "./faults/faultSchedule.ts";
import { planReply, type ReplyStep } from "./faults/replyFaults.ts";
import type { Connection, SimulatorPort, SimulatorPortError } from "./ports/simulatorPort.ts";
import { TcpPort } from "./ports/tcpPort.ts";
import type { MeterProtocol, MeterRequest } from "./protocols/meterProtocol.ts";
import { SimulatedUnit, type SimulatedUnitOptions } from "./simulatedUnit.ts";

/** How a simulator is set up. */
export interface MeterSimulatorOptions {
  port: SimulatorPort;
  protocol: MeterProtocol;
  units: readonly SimulatedUnitOptions[];
  /** Its clock, in unix seconds; that of the machine unless given. */
  nowS?: () => number;
  faults?: FaultPlan;
  /** Told of every fault that hits a request. */
  onFault?: (unit: string, fault: ActiveFault) => void;
  /** Told where its port ends by itself. */
  onLost?: (error: SimulatorPortError) => void;
}

/** Two meters of one name on a line would speak at once. */
export class DuplicateUnitError extends BaseError {
  override name = "DuplicateUnitError";

  constructor(unit: string) {
    super(`Unit ${unit} is given twice.`, { metaMessages: ["Give each meter a unit of its own."] });
  }
}

const NO_FAULTS: FaultPlan = { seed: 0, faults: [] };
/** How often it looks whether connections are to be refused. */
const REFUSAL_CHECK_MS = 20;

/** Meters behind one port, with the faults of a plan. */
export class MeterSimulator {
  readonly units: readonly SimulatedUnit[];
  readonly #options: MeterSimulatorOptions;
  readonly #nowS: () => number;
  readonly #timers = new Set<NodeJS.Timeout>();
  #schedule: FaultSchedule | undefined;
  #check: NodeJS.Timeout | undefined;
  #isOpen = false;
  #turn: Promise<void> = Promise.resolve();

  /** @throws DuplicateUnitError, UnsuitableFaultError */
  constructor(options: MeterSimulatorOptions) {
    this.#options = options;
    this.#nowS = options.nowS ?? (() => Date.now() / 1000);
    this.units = options.units.map((unit) => new SimulatedUnit(unit));
    for (const [index, { unit }] of this.units.entries())
      if (this.units.findIndex((other) => other.unit === unit) < index)
        throw new DuplicateUnitError(unit);
    checkFaults((options.faults ?? NO_FAULTS).faults, {
      units: this.units,
      isTcp: options.port instanceof TcpPort,
      hasChecksum: options.protocol.hasChecksum,
    });
  }

  /** Where it can be reached. */
  get where(): string {
    return this.#options.port.where;
  }

  /**
   * Opens the port. The faults' times count from the first start.
   * @throws SimulatorPortError
   */
  async start(): Promise<void> {
    const faults = this.#options.faults ?? NO_FAULTS;
    this.#schedule ??= new FaultSchedule(faults, this.#nowS());
    // Open once in any case, so that its port is known.
    await this.#setOpen(true);
    if (this.#schedule.isRefusing(this.#nowS())) await this.#setOpen(false);
    if (faults.faults.some(({ fault }) => fault === "refuseConnect"))
      this.#check = setInterval(() => void this.#followRefusals(), REFUSAL_CHECK_MS);
  }

  /** Closes the port and every connection; the meters go on counting. */
  async stop(): Promise<void> {
    clearInterval(this.#check);
    await this.#setOpen(false);
  }

  async #followRefusals(): Promise<void> {
    // A port that somebody else has taken meanwhile is tried again.
    await this.#setOpen(!this.#schedule!.isRefusing(this.#nowS())).catch(() => undefined);
  }

  #setOpen(open: boolean): Promise<void> {
    const turn = this.#turn.then(async () => {
      if (open === this.#isOpen) return;
      const { port, onLost = () => undefined } = this.#options;
      await (open ? port.open((connection) => this.#serve(connection), onLost) : port.close());
      this.#isOpen = open;
      if (open) return;
      for (const timer of this.#timers) clearTimeout(timer);
      this.#timers.clear();
    });
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  #serve(connection: Connection): (chunk: Buffer) => void {
    const receive = this.#options.protocol.receiver();
    // Of a connection that once was half open, the other side never hears again.
    let isHalfOpen = false;
    return (chunk) => {
      for (const request of receive(chunk, performance.now()))
        if (!isHalfOpen) isHalfOpen = this.#handle(connection, request);
    };
  }

  /** @returns whether the connection is half open from now on */
  #handle(connection: Connection, request: MeterRequest): boolean {
    const { protocol } = this.#options;
    const addressed = this.units.filter(({ unit }) => protocol.addresses(request, unit));
    if (addressed.length === 0) {
      const answer = protocol.absentUnit(request);
      if (answer !== undefined) connection.write(protocol.frame(request, request.unit, answer));
    }
    return addressed
      .map((unit) => this.#answer(connection, request, unit))
      .some((isHalfOpen) => isHalfOpen);
  }

  #answer(connection: Connection, request: MeterRequest, unit: SimulatedUnit): boolean {
    const { protocol, onFault } = this.#options;
    const nowS = this.#nowS();
    const quantities = protocol.quantities(request, unit);
    const facts = { unit: unit.unit, isWrite: request.isWrite, quantities };
    const faults = this.#schedule!.take(facts, nowS);
    for (const fault of faults) onFault?.(unit.unit, fault);
    if (activeFault(faults, "halfOpen") !== undefined) return true;
    const refused = activeFault(faults, "exception") ?? activeFault(faults, "writeRefused");
    const answer =
      refused === undefined
        ? protocol.answer(request, unit, unit.shownAt(nowS, faults))
        : protocol.refusal(request, refused.code);
    if (protocol.isBroadcast(request)) return false;
    const wrong = activeFault(faults, "wrongUnit");
    const sender =
      wrong === undefined ? unit.unit : (wrong.answersAs ?? protocol.neighbourOf(unit.unit));
    this.#play(
      connection,
      planReply(protocol.frame(request, sender, answer), request.bytes, faults),
    );
    return false;
  }

  #play(connection: Connection, [step, ...rest]: ReplyStep[]): void {
    if (step === undefined) return;
    if (step.afterMs > 0) {
      const timer = setTimeout(() => {
        this.#timers.delete(timer);
        this.#play(connection, [{ ...step, afterMs: 0 }, ...rest]);
      }, step.afterMs);
      this.#timers.add(timer);
      return;
    }
    if ("reset" in step) {
      connection.reset();
      return;
    }
    connection.write(step.bytes);
    this.#play(connection, rest);
  }
}
