import { isAddress } from "ethers";
import type { OracleConfig } from "../../../oracle/config/config.ts";
import type {
  CommandResult,
  GatewayStatus,
  Readiness,
} from "../../../oracle/operations/gatewayView.ts";
import { BaseError, showValue } from "../../../sdk/errors.ts";
import type { SignedOperatorCommand } from "../../../sdk/gateway/operatorCommand.ts";
import { readAtMost } from "../../../sdk/readAtMost.ts";

/** Where a daemon serves unless its configuration says otherwise. */
export const DEFAULT_URL = "http://127.0.0.1:9645";

const TIMEOUT_MS = 30_000;
const MOST_TEXT = 300;
/** A status of thousands of meters is less. */
const MOST_ANSWER_BYTES = 2 ** 24;

/** No daemon answers. */
export class DaemonUnreachableError extends BaseError {
  override name = "DaemonUnreachableError";

  constructor(url: string, details: string) {
    super(`No daemon answers at ${url}.`, {
      details,
      metaMessages: [
        "Start it with http in its configuration, or name where it serves with --url.",
      ],
    });
  }
}

/** A daemon refused what it was asked. */
export class DaemonRefusalError extends BaseError {
  override name = "DaemonRefusalError";
}

/** A value as it comes out of JSON: whole numbers that JSON rounds are decimal strings, what is unknown is null. */
export type Served<T> = T extends bigint
  ? string
  : T extends undefined
    ? null
    : T extends object
      ? { [Key in keyof T]: Served<T[Key]> }
      : T;

export type ServedStatus = Served<GatewayStatus>;

/** Where a daemon serves for those on its machine; undefined where it does not. */
export function urlOf({ http }: Pick<OracleConfig, "http">): string | undefined {
  if (http === undefined) return undefined;
  const isAny = ["0.0.0.0", "::"].includes(http.host);
  const host = isAny ? "127.0.0.1" : http.host;
  return `http://${host.includes(":") ? `[${host}]` : host}:${http.port}`;
}

/** @throws DaemonUnreachableError, DaemonRefusalError */
export async function readStatus(url: string): Promise<ServedStatus> {
  const { ok, value } = await ask(url, "/status");
  const { gateway, market, chainId } = value as Partial<ServedStatus>;
  if (ok && isAddress(gateway) && isAddress(market) && /^\d+$/.test(String(chainId)))
    return value as ServedStatus;
  throw isNoDaemon(url, JSON.stringify(value));
}

/** @throws DaemonUnreachableError, DaemonRefusalError */
export async function readReadiness(url: string): Promise<Readiness> {
  const { value } = await ask(url, "/readyz");
  if (Array.isArray((value as Partial<Readiness>).reasons)) return value as Readiness;
  throw isNoDaemon(url, JSON.stringify(value));
}

/** @throws DaemonUnreachableError, DaemonRefusalError */
export async function sendCommand(
  url: string,
  signed: SignedOperatorCommand,
): Promise<CommandResult> {
  const { ok, value } = await ask(url, "/commands", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(signed),
  });
  const { result, message, remedy } = value as Record<string, unknown>;
  if (ok && typeof result === "string") return value as CommandResult;
  if (typeof message !== "string") throw isNoDaemon(url, JSON.stringify(value));
  throw new DaemonRefusalError(message, {
    metaMessages: Array.isArray(remedy) ? remedy.map(String) : [],
  });
}

async function ask(
  url: string,
  path: string,
  init: RequestInit = {},
): Promise<{ ok: boolean; value: object }> {
  let text: string;
  let ok: boolean;
  try {
    const response = await fetch(new URL(path, url), {
      ...init,
      redirect: "error",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    ok = response.ok;
    text = new TextDecoder().decode(await readAtMost(response, MOST_ANSWER_BYTES));
  } catch (error) {
    const { message, cause } = error as Error;
    throw new DaemonUnreachableError(url, cause instanceof Error ? cause.message : message);
  }
  const value = parse(text);
  if (value === undefined) throw isNoDaemon(url, text);
  return { ok, value };
}

function parse(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

function isNoDaemon(url: string, text: string): DaemonRefusalError {
  return new DaemonRefusalError(`What answers at ${url} is no daemon of a gateway.`, {
    details: `it says ${showValue(text.slice(0, MOST_TEXT))}`,
    metaMessages: ["Correct --url, or http in the configuration."],
  });
}
