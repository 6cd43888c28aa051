import type { ActiveFault } from "./faultSchedule.ts";
import type { FaultName } from "./faultKinds.ts";

/** What goes out, so long after what went out before. */
export type ReplyStep = { afterMs: number } & (
  | { bytes: Buffer }
  /** The connection is reset; on a serial line nothing more comes. */
  | { reset: true }
);

type Change<Name extends FaultName> = (
  steps: ReplyStep[],
  fault: ActiveFault<Name>,
  request: Buffer,
) => ReplyStep[];

const CHANGES = {
  badCrc: (steps) =>
    steps.map((step) => ("bytes" in step ? { ...step, bytes: damaged(step.bytes) } : step)),
  duplicate: (steps, { copies, gapMs }) => [
    ...steps,
    ...Array.from({ length: copies }, () =>
      steps.map((step, index) => (index === 0 ? { ...step, afterMs: gapMs } : step)),
    ).flat(),
  ],
  noise: (steps, { bytes, place, random }) => {
    const noise = Buffer.alloc(bytes).map(() => Math.floor(256 * random.uniform()));
    const step = { afterMs: 0, bytes: Buffer.from(noise) };
    return place === "before" ? [step, ...steps] : [...steps, step];
  },
  echo: (steps, _fault, request) => [{ afterMs: 0, bytes: request }, ...steps],
  resetMidReply: (steps, { afterBytes }) => [...firstBytes(steps, afterBytes), RESET],
  split: (steps, { bytes, gapMs }) => inPieces(steps, bytes, gapMs),
  slow: (steps, { delayMs, bytesPerSecond }) =>
    later(inPieces(steps, 1, 1000 / bytesPerSecond), delayMs),
  late: (steps, { delayMs }) => later(steps, delayMs),
  silent: () => [],
} satisfies { [Name in FaultName]?: Change<Name> };

/** In this order they act, whatever the order in the file: a reply is damaged before it is cut up and delayed. */
const ORDER = Object.keys(CHANGES) as (keyof typeof CHANGES)[];

const RESET: ReplyStep = { afterMs: 0, reset: true };

/**
 * How a reply goes out under faults.
 * @param reply its bytes
 * @param request those that it answers
 */
export function planReply(
  reply: Buffer,
  request: Buffer,
  faults: readonly ActiveFault[],
): ReplyStep[] {
  let steps: ReplyStep[] = [{ afterMs: 0, bytes: reply }];
  for (const name of ORDER) {
    const change = CHANGES[name] as Change<FaultName>;
    for (const fault of faults.filter((active) => active.fault === name))
      steps = change(steps, fault, request);
  }
  return steps;
}

/** The checksum lies at the end of a Modbus frame, and before the last byte of a DL/T 645 frame. */
function damaged(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  copy[copy.length - 2]! ^= 0xff;
  return copy;
}

function later([first, ...rest]: ReplyStep[], delayMs: number): ReplyStep[] {
  return first === undefined ? [] : [{ ...first, afterMs: first.afterMs + delayMs }, ...rest];
}

function inPieces(steps: ReplyStep[], size: number, gapMs: number): ReplyStep[] {
  return steps.flatMap((step, index): ReplyStep[] => {
    if ("reset" in step) return [step];
    const { bytes, afterMs } = step;
    return Array.from({ length: Math.ceil(bytes.length / size) }, (_, piece) => ({
      afterMs: piece > 0 ? gapMs : index === 0 ? afterMs : Math.max(afterMs, gapMs),
      bytes: bytes.subarray(piece * size, (piece + 1) * size),
    }));
  });
}

function firstBytes(steps: ReplyStep[], count: number): ReplyStep[] {
  let left = count;
  return steps.flatMap((step): ReplyStep[] => {
    if ("reset" in step || left === 0) return [];
    const bytes = step.bytes.subarray(0, left);
    left -= bytes.length;
    return [{ ...step, bytes }];
  });
}
