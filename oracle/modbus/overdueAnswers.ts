import { areDistinct, type ModbusRequest, type ReadRequest } from "./modbusRequest.ts";

/** What came in by then has been passed over; no device takes longer. */
const FORGOTTEN_MS = 60_000;

/** Requests that were given up, by unit: a device may still answer them. */
export class OverdueAnswers {
  readonly #byUnit = new Map<number, { request: ModbusRequest; atMs: number }[]>();

  /** Those of a unit that may still be answered. */
  of(unit: number): ModbusRequest[] {
    const since = performance.now() - FORGOTTEN_MS;
    return (this.#byUnit.get(unit) ?? [])
      .filter(({ atMs }) => atMs > since)
      .map(({ request }) => request);
  }

  add(unit: number, request: ModbusRequest): void {
    const kept = this.of(unit).filter((other) => !isSameKind(other, request));
    const atMs = performance.now();
    this.#byUnit.set(
      unit,
      [...kept, request].map((one) => ({ request: one, atMs })),
    );
  }

  /** The unit has answered something later. */
  settle(unit: number): void {
    this.#byUnit.delete(unit);
  }

  /** Of reads that a device answers, one whose answer looks like no overdue one, or else any. */
  probeAmong(
    unit: number,
    probes: readonly ReadRequest[],
  ): { probe: ReadRequest; isDistinct: boolean } {
    const overdue = this.of(unit).filter((request) => "count" in request);
    const distinct = probes.find((probe) => overdue.every((other) => areDistinct(probe, other)));
    const probe = distinct ?? probes[0] ?? overdue[0]!;
    return { probe, isDistinct: distinct !== undefined };
  }
}

function isSameKind(a: ModbusRequest, b: ModbusRequest): boolean {
  return "count" in a && "count" in b ? !areDistinct(a, b) : a.functionCode === b.functionCode;
}
