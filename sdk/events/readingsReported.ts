import type { Reading } from "../readings/reading.ts";

/** A reading that counts, as `ReadingsReported` reports it. The meter is the one bound at that time. */
export type ReportedReading = Omit<Reading, "meterId">;

/** The reading of one word of `ReadingsReported`; the inverse of `packReading`. */
export function unpackReading(word: bigint): ReportedReading {
  return {
    participant: Number(word & 0xffffffn),
    period: Number((word >> 24n) & 0xffffffn),
    importWh: (word >> 48n) & 0xffffffffffffn,
    exportWh: (word >> 96n) & 0xffffffffffffn,
  };
}

/** The readings of one `ReadingsReported` event, in the order in which they were taken. */
export function decodeReadingsReported(words: readonly bigint[]): ReportedReading[] {
  return words.map(unpackReading);
}
