import type { PlainMatcher } from "../../../sdk/private/matcher/plainMatcher.ts";
import type { PrivateAddress } from "../../../sdk/private/privateAddress.ts";
import type { PlanDesk } from "./planDesk.ts";

/** Tells a matcher that sees plans the openings of an account's. */
export function plainDesk(matcher: Pick<PlainMatcher, "take">, to: PrivateAddress): PlanDesk {
  return {
    prepare: async (plan) => plan,
    bring: ({ plan }) => matcher.take({ plan, to }),
    featureOpenings: () => [],
  };
}
