import type { Explanations } from "./finding.ts";

const UNUSED_BITS = "circomlib: of the bits it needs the highest alone, all are held by Num2Bits";
const UNUSED_DOUBLE = "circomlib: the last segment's doubled point is needed by no further segment";
const BOUND_ONLY = "it is there so that the context is in a constraint, and for nothing else";
const RANGED =
  "all of it is range-checked, and the result is too small to reach p, or checked to be in range itself";
const CIPHER = "a mask is meant to be added in the field: whoever has it takes it off there";
const CHOICE = "a bit times a difference: one of two, or nothing";

function because(reason: string, ...places: string[]): Record<string, string> {
  return Object.fromEntries(places.map((place) => [place, reason]));
}

const CONTEXT_SQUARED = [
  "actual.circom signal contextSquared <== context * context;",
  "deposit.circom signal contextSquared <== context * context;",
  "generation.circom signal contextSquared <== context * context;",
];
const RANGE_DIGITS = "lib/range.circom signal digits[bits] <== Num2Bits(bits)(in);";

/** Findings that were looked at and are none. One that goes away is to be taken out here. */
export const EXPLANATIONS: Explanations = {
  circom: {
    CA02: {
      "LessThan n2b.out": UNUSED_BITS,
      "CompConstant num2bits.out": UNUSED_BITS,
      "EscalarMulAny segments[1].dbl": UNUSED_DOUBLE,
      "EscalarMulFix segments[1].dbl": UNUSED_DOUBLE,
    },
  },
  circomspect: {
    // Comparisons of field elements
    CS0003: {
      "lib/range.circom assert(bits <= 252);": "of a parameter, while compiling",
    },
    // Arithmetic of field elements
    CS0004: {
      ...because(BOUND_ONLY, ...CONTEXT_SQUARED),
      ...because(
        CIPHER,
        "lib/deliverySecret.circom secret[1] <== energyWh + stream[2];",
        "lib/memo.circom memo[1] <== words[0] + stream[2];",
        "lib/memo.circom memo[2] <== words[1] + stream[3];",
        "lib/memo.circom memo[3] <== words[2] + stream[4];",
        "lib/memo.circom out <== key + mask;",
      ),
      ...because(
        RANGED,
        "buyPlan.circom owner, viewKey, auditKey, ephemeral[1], noteAmountNano - costNano - bondNano",
        "buyPlan.circom signal costNano <== energyWh * price;",
        "confirm.circom owner, viewKey, auditKey, ephemeral, period, energyWh - matchEnergyWh, price, attributes",
        "lib/delivered.circom energyWh <== matchEnergyWh - isMissing * gapWh;",
        "lib/delivered.circom signal allowed <== toleranceBps * matchEnergyWh;",
        "lib/delivered.circom signal gapWh <== (1 - 2 * isShort) * (actualEnergyWh - matchEnergyWh);",
        "lib/delivered.circom signal isWithin <== LessEqThan(42)([10000 * gapWh, allowed]);",
        "lib/memo.circom out <== side + 2 * period + 2 ** 25 * energyWh + 2 ** 53 * price;",
        "refund.circom signal amountNano <== (1 - side) * (lockNano + keptBondNano);",
        "refund.circom signal hasRest <== LessThan(STRIKES_BITS() + ENERGY_BITS())([lostWh, energyWh]);",
        "refund.circom signal keptBondNano <== hasNoStrike * bondNano;",
        "refund.circom signal lockNano <== energyWh * price;",
        "refund.circom signal lostWh <== strikes * bondWh;",
        "refund.circom signal restWh <== hasRest * (energyWh - lostWh);",
        "sellPlan.circom owner, viewKey, auditKey, ephemeral[1], gateway, period, noteEnergyWh - energyWh",
        "settle.circom amountNano <== matchEnergyWh * price - paidNano;",
        "settle.circom signal paidNano <== deliveredWh * matchPrice;",
        "withdraw.circom (change, memo) <== NewCredit(0)(owner, viewKey, auditKey, ephemeral, noteAmountNano - amountNano);",
      ),
      ...because(
        CHOICE,
        "lib/delivered.circom signal isMissing <== isShort * (1 - isWithin);",
        "refund.circom (1 - side) * features === 0;",
        "refund.circom (1 - side) * gateway === 0;",
        "refund.circom note <== credit + side * (generation - credit);",
        "refund.circom side * (opened - attributes) === 0;",
        "refund.circom side * (side - 1) === 0;",
        "refund.circom signal quantity <== amountNano + side * (packed - amountNano);",
        "settle.circom (1 - isSilent) * (actualCommitment - actual) === 0;",
        "settle.circom isSilent * actualEnergyWh === 0;",
      ),
    },
    // Binary forms that are not canonical
    CS0010: {
      [RANGE_DIGITS]: "the template refuses more than 252 bits, of which each number has one form",
    },
    // Signals in one constraint only
    CS0017: {
      ...because(BOUND_ONLY, ...CONTEXT_SQUARED),
      [RANGE_DIGITS]: "that there are such digits is all that is asked",
    },
  },
};
