import type { TypedDataDomain } from "ethers";
import { showValue } from "../../sdk/errors.ts";
import type { OperatorCommand, Resolution } from "../../sdk/gateway/operatorCommand.ts";
import {
  verifyOperatorCommand,
  type VerifiedCommand,
} from "../../sdk/gateway/verifyOperatorCommand.ts";
import type { Counters } from "../judgement/judge.ts";
import { MeterError } from "../meters/meter.ts";
import { CommandRefusedError } from "../operations/commandRefusedError.ts";
import type { CommandResult } from "../operations/gatewayView.ts";
import { ReplayedCommandError } from "../store/commands.ts";
import type { GatewayStore } from "../store/gatewayStore.ts";
import type { QuarantineEntry } from "../store/quarantine.ts";
import type { MeterChannel } from "./meterChannel.ts";

export interface Obedience {
  store: GatewayStore;
  domain: TypedDataDomain;
  operators: readonly string[];
  /** The gateway's address. */
  gateway: string;
  nowS: () => number;
  channelOf: (participant: number) => MeterChannel | undefined;
  /** Participants whose meters may be switched. */
  switchable: ReadonlySet<number>;
}

/** Values that no decision can make right: the market's counters never fall. */
const FALLEN = new Set(["zero", "backwards"]);

/**
 * Obeys an operator's signed command. It is on record before it is obeyed, with what came of it after.
 * @throws OperatorCommandError, CommandRefusedError
 */
export async function obeyCommand(signed: unknown, obedience: Obedience): Promise<CommandResult> {
  const { store, domain, operators, gateway, nowS } = obedience;
  const verified = verifyOperatorCommand(domain, signed, { operators, gateway, nowS: nowS() });
  const { command, operator, hash } = verified;
  check(command, obedience);
  const id = record(store, signed, verified, nowS());
  try {
    const result = await obey(command, id, obedience);
    store.commands.conclude(id, JSON.stringify({ result }));
    return { hash, operator, result };
  } catch (error) {
    const { message } = error as Error;
    store.commands.conclude(id, JSON.stringify({ failure: message }));
    throw error;
  }
}

/** What can be said before the command counts as used. */
function check(command: OperatorCommand, { store, channelOf, switchable }: Obedience): void {
  if (command.kind === "switch") {
    const { participant } = command;
    if (channelOf(participant) === undefined) {
      throw new CommandRefusedError(
        "unknown",
        `This gateway has no meter of participant ${participant}.`,
        {
          metaMessages: ["Check the number, and which gateway the meter is bound to."],
        },
      );
    }
    if (switchable.has(participant)) return;
    throw new CommandRefusedError(
      "forbidden",
      `The meter of participant ${participant} may not be switched.`,
      { metaMessages: ["Set switchable: true for the meter in the gateway's configuration."] },
    );
  }
  const { quarantineId } = command;
  const entry = find(store, quarantineId);
  if (entry === undefined) {
    throw new CommandRefusedError("unknown", `There is no quarantine entry ${quarantineId}.`, {
      metaMessages: ["The gateway's status lists those that are open."],
    });
  }
  if (entry.state !== "open") {
    throw new CommandRefusedError(
      "done",
      `Quarantine entry ${quarantineId} is ${entry.state} already.`,
    );
  }
  if (command.kind !== "release") return;
  checkRelease(entry, command.resolution);
  if (command.resolution === "as-read") return;
  if (channelOf(entry.participant)?.counterWrapWh === undefined) {
    throw new CommandRefusedError(
      "unavailable",
      `At how many watt-hours the counter of quarantine entry ${quarantineId} begins anew is not known yet.`,
      {
        metaMessages: ["Send it again when the meter has been read since the gateway was started."],
      },
    );
  }
}

function checkRelease(
  { id, code, latest, suggestion }: QuarantineEntry,
  resolution: Resolution,
): void {
  if (latest.importWh === undefined || latest.exportWh === undefined) {
    throw new CommandRefusedError("forbidden", `Quarantine entry ${id} has no value to release.`, {
      metaMessages: ["Repair the meter; the entry is resolved by the next value, or reject it."],
    });
  }
  if (resolution === "wrap-around" && code !== "wrap-around") {
    throw new CommandRefusedError("forbidden", `Quarantine entry ${id} is no wrap-around.`, {
      metaMessages: [`It is ${showValue(code)}; what would fit is ${showValue(suggestion)}.`],
    });
  }
  if (resolution === "as-read" && (FALLEN.has(code) || code === "wrap-around")) {
    throw new CommandRefusedError(
      "forbidden",
      `The counter of quarantine entry ${id} fell, and the market takes no counter that falls.`,
      {
        metaMessages: [
          code === "wrap-around"
            ? "Release it as a wrap-around."
            : "Bind the meter anew in the market (market:rebind-meter) with its present registers.",
        ],
      },
    );
  }
}

function record(
  store: GatewayStore,
  signed: unknown,
  { command, operator, hash }: VerifiedCommand,
  nowS: number,
): number {
  try {
    return store.commands.record({
      kind: command.kind,
      signer: operator,
      nonce: command.nonce,
      hash,
      payload: JSON.stringify(command),
      signature: (signed as { signature: string }).signature,
      receivedAtMs: Math.floor(nowS * 1000),
    });
  } catch (error) {
    if (!(error instanceof ReplayedCommandError)) throw error;
    const { shortMessage, metaMessages } = error;
    throw new CommandRefusedError("done", shortMessage, { metaMessages });
  }
}

async function obey(
  command: OperatorCommand,
  commandId: number,
  { store, nowS, channelOf }: Obedience,
): Promise<string> {
  const atMs = Math.floor(nowS() * 1000);
  switch (command.kind) {
    case "reject": {
      store.quarantine.decide(command.quarantineId, { state: "rejected", atMs, commandId });
      const entry = store.quarantine.get(command.quarantineId);
      channelOf(entry.participant)?.reject(entry);
      return `Quarantine entry ${command.quarantineId} is rejected: its value is not settled.`;
    }
    case "release": {
      const entry = store.quarantine.get(command.quarantineId);
      const channel = channelOf(entry.participant);
      const offset = store.transaction(() => {
        const added = offsetFor(store, entry, channel?.counterWrapWh, atMs, commandId);
        store.quarantine.decide(entry.id, { state: "released", atMs, commandId });
        // What else was suspicious on the way there is explained too.
        for (const { id } of store.quarantine.openOf(entry.participant, entry.meterId)) {
          const note = `entry ${entry.id} was released`;
          store.quarantine.decide(id, { state: "resolved", atMs, commandId, note });
        }
        return added;
      });
      channel?.release(entry, offset);
      return `Quarantine entry ${entry.id} is released ${command.resolution === "as-read" ? "as read" : "as a wrap-around"}: the meter is read on from there.`;
    }
    case "switch":
      return switchMeter(command.participant, command.on, channelOf);
  }
}

/** Keeps what is to be added to the device's counters from now on, and whose they are. */
function offsetFor(
  store: GatewayStore,
  { participant, meterId, code, latest, published }: QuarantineEntry,
  counterWrapWh: bigint | undefined,
  sinceMs: number,
  commandId: number,
): Counters {
  const before = store.offsets.of(participant, meterId);
  const offset = {
    importWh: before?.importOffsetWh ?? 0n,
    exportWh: before?.exportOffsetWh ?? 0n,
  };
  if (code !== "wrap-around" && code !== "serial-changed") return offset;
  const wrapWh = code === "wrap-around" ? (counterWrapWh ?? 0n) : 0n;
  if (published !== undefined) {
    if (latest.importWh! + offset.importWh < published.importWh) offset.importWh += wrapWh;
    if (latest.exportWh! + offset.exportWh < published.exportWh) offset.exportWh += wrapWh;
  }
  store.offsets.add({
    participant,
    meterId,
    importOffsetWh: offset.importWh,
    exportOffsetWh: offset.exportWh,
    serialNumber: code === "serial-changed" ? latest.serialNumber : before?.serialNumber,
    sinceMs,
    reason: code,
    commandId,
  });
  return offset;
}

/** Somebody waits for the answer. */
const SWITCH_WITHIN_MS = 20_000;

async function switchMeter(
  participant: number,
  on: boolean,
  channelOf: Obedience["channelOf"],
): Promise<string> {
  const { meter } = channelOf(participant)!;
  try {
    if (meter.switch === undefined) {
      throw new CommandRefusedError(
        "forbidden",
        `${meter.where} has no relay that can be switched.`,
      );
    }
    await meter.switch(on, AbortSignal.timeout(SWITCH_WITHIN_MS));
  } catch (error) {
    if ((error as Error).name === "TimeoutError") {
      throw new CommandRefusedError(
        "unavailable",
        `${meter.where} was not switched within ${SWITCH_WITHIN_MS / 1000} s: its line is busy or silent.`,
        { metaMessages: ["Look at the meter: it may have switched all the same."] },
      );
    }
    if (!(error instanceof MeterError)) throw error;
    throw new CommandRefusedError("unavailable", error.shortMessage, {
      metaMessages: error.metaMessages,
    });
  }
  return `The meter of participant ${participant} was told to switch ${on ? "on" : "off"}.`;
}

function find(store: GatewayStore, id: number): QuarantineEntry | undefined {
  try {
    return store.quarantine.get(id);
  } catch {
    return undefined;
  }
}
