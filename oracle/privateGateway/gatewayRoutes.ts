import type { RateOptions } from "../../sdk/private/relayer/rateLimit.ts";
import { jsonBody } from "../http/bodyRules.ts";
import { jsonReply } from "../http/httpReply.ts";
import type { HttpRoute } from "../http/httpRoute.ts";
import { limitRate } from "../http/limitRate.ts";
import type { Places } from "./places.ts";
import type { RequestChecks } from "./requestChecks.ts";
import type { VouchingGateway } from "./vouchingGateway.ts";

export interface GatewayRoutesOptions {
  gateway: VouchingGateway;
  checks: RequestChecks;
  places: Places;
  /** How often one network address may ask. */
  rate?: RateOptions;
}

/** Households can share one network address. */
const RATE: RateOptions = { perMinute: 240, burst: 60 };
const MOST_BODY_BYTES = 8_192;

/** What sellers ask a gateway. */
export function gatewayRoutes({
  gateway,
  checks,
  places,
  rate = RATE,
}: GatewayRoutesOptions): HttpRoute[] {
  return [
    {
      method: "POST",
      path: "/generation",
      body: jsonBody("the signed wish", MOST_BODY_BYTES),
      admit: limitRate(rate),
      answer: async ({ body }) => {
        const { asked, participant, id } = await checks.generation(body);
        const commitment = await places.within(participant, () =>
          gateway.issueGeneration(asked, id),
        );
        return jsonReply(200, { commitment });
      },
    },
    {
      method: "POST",
      path: "/attestations",
      body: jsonBody("the signed question", MOST_BODY_BYTES),
      admit: limitRate(rate),
      answer: async ({ body }) => {
        const { asked, participant } = await checks.delivery(body);
        const attestation = await places.within(participant, () => gateway.attestDelivery(asked));
        return jsonReply(200, attestation);
      },
    },
  ];
}
