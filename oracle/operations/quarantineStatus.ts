import { remedyOf } from "../judgement/remedies.ts";
import type { QuarantineEntry } from "../store/quarantine.ts";
import type { QuarantineStatus } from "./gatewayView.ts";

/** An entry as its operator sees it. */
export function quarantineStatus({
  id,
  participant,
  meterId,
  period,
  code,
  explanation,
  suggestion,
  published,
  first,
  latest,
  samples,
  openedAtMs,
  lastSeenAtMs,
}: QuarantineEntry): QuarantineStatus {
  return {
    id,
    participant,
    meterId,
    period,
    code,
    reason: explanation,
    suggestion,
    remedy: remedyOf(code),
    sinceS: openedAtMs / 1000,
    lastSeenS: lastSeenAtMs / 1000,
    samples,
    accepted: published,
    first,
    latest,
  };
}
