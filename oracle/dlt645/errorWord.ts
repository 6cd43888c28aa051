/**
 * The error word of a reply: several bits can be set at once. The top bit is reserved.
 * Masks as in WKJay/DLT645 dlt645_2007_private.h.
 */
export const ERROR_BITS = {
  other: 0x01,
  noData: 0x02,
  unauthorised: 0x04,
  baudRate: 0x08,
  yearZones: 0x10,
  daySlots: 0x20,
  tariffs: 0x40,
} as const;

const MEANINGS: Record<keyof typeof ERROR_BITS, string> = {
  other: "another error",
  noData: "no such data",
  unauthorised: "wrong password or not authorised",
  baudRate: "the baud rate cannot be changed",
  yearZones: "too many year zones",
  daySlots: "too many day slots",
  tariffs: "too many tariffs",
};

/** What an error word says: `no such data, wrong password or not authorised`. */
export function describeErrorWord(word: number): string {
  const said = Object.entries(ERROR_BITS)
    .filter(([, mask]) => (word & mask) !== 0)
    .map(([name]) => MEANINGS[name as keyof typeof ERROR_BITS]);
  return said.length > 0 ? said.join(", ") : `error word ${word.toString(16).padStart(2, "0")}`;
}
