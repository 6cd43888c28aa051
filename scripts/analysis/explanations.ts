import type { Explanations } from "./finding.ts";

const UNUSED_BITS = "circomlib: of the bits it needs the highest alone, all are held by Num2Bits";
const UNUSED_DOUBLE = "circomlib: the last segment's doubled point is needed by no further segment";

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
  circomspect: {},
};
