const REBIND = "have it rebound in the market with its present registers (market:rebind-meter)";

/** What an operator can do about a value in quarantine, by the rule that it broke. */
const REMEDIES: Record<string, string> = {
  "serial-changed": `Look at the meter. Where it was replaced, ${REBIND}. Where it is the same and tells another number, release it as read.`,
  zero: `Wait: a zero that passes resolves itself. Where the meter was reset or replaced, ${REBIND}.`,
  "wrap-around": "Where the counter has begun anew at 0, release it as a wrap-around.",
  backwards: `Look at the meter. Where it was reset or replaced, ${REBIND}; the market takes no counter that falls.`,
  "beyond-rated-power": `Compare with the device's display. Where the value is right, release it as read; where the rated power or the bound registers are wrong, ${REBIND}.`,
  stuck: `Look at the meter: its counter stands while power flows. Replace it and ${REBIND}; where the power it tells is wrong, release it as read.`,
  absent: "Look at the meter: it marks its values as absent. The next value resolves this.",
};

/** What an operator can do about a value in quarantine. */
export function remedyOf(code: string): string {
  return REMEDIES[code] ?? "Look at the meter.";
}
