import { setTimeout as pause } from "node:timers/promises";
import type { Service } from "../processes/service.ts";

/** A round as the matcher tells of it. */
export interface RoundStatus {
  round: number;
  state: string;
  /** Bids of which it was told the ranks. */
  ranksTold: number;
  tookMs: number | undefined;
}

/** A period as the matcher tells of it. */
export interface PeriodStatus {
  /** Whether a round is under way, or is to be opened now. */
  isDue: boolean;
  rounds: readonly RoundStatus[];
}

/** What a service wrote down of somebody else. */
export interface Evidence {
  keptBy: string;
  kind: string;
  culprit: string;
  subject: string;
  fact: string;
  times: number;
}

/** What is read of a service's `GET /status`. */
interface StatusPage {
  evidence?: (Omit<Evidence, "keptBy" | "times"> & { times?: number })[];
  periods?: {
    period: string;
    due: boolean;
    rounds: { round: number; state: string; ranksTold: number; tookMs?: number | null }[];
  }[];
}

const TIMEOUT_MS = 2_000;
/** A matcher waits half a minute for an answer before it calls that silence. */
const SILENCE_MS = 90_000;
const LOOK_MS = 1_000;

/** @returns undefined where the service does not answer */
async function statusOf({ url }: Service): Promise<StatusPage | undefined> {
  try {
    const answer = await fetch(`${url}/status`, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    return answer.ok ? ((await answer.json()) as StatusPage) : undefined;
  } catch {
    return undefined;
  }
}

/** How a period's matching is; undefined where the matcher does not answer, or knows nothing of it yet. */
export async function readPeriod(
  matcher: Service,
  period: bigint,
): Promise<PeriodStatus | undefined> {
  const status = await statusOf(matcher);
  const found = status?.periods?.find((one) => BigInt(one.period) === period);
  if (found === undefined) return undefined;
  return {
    isDue: found.due,
    rounds: found.rounds.map(({ tookMs, ...round }) => ({ ...round, tookMs: tookMs ?? undefined })),
  };
}

/**
 * What services say of each other and of participants. One that does not answer says nothing: the others are asked again
 * until one of them has found out, for a while.
 */
export async function readEvidence(services: readonly Service[]): Promise<Evidence[]> {
  const untilMs = performance.now() + SILENCE_MS;
  for (;;) {
    const pages = await Promise.all(services.map((service) => statusOf(service)));
    const evidence = services.flatMap(({ name }, index) =>
      (pages[index]?.evidence ?? []).map(({ kind, culprit, subject, fact, times = 1 }) => ({
        ...{ keptBy: name, kind, culprit, subject, fact, times },
      })),
    );
    const isTold = evidence.length > 0 || pages.every((page) => page !== undefined);
    if (isTold || performance.now() >= untilMs) return evidence;
    await pause(LOOK_MS);
  }
}
