import { BaseError } from "../../sdk/errors.ts";
import type { Secret } from "../config/secret.ts";
import { MeterError } from "../meters/meter.ts";
import { FUNCTIONS } from "./control.ts";
import type { Dlt645Bus } from "./dlt645Bus.ts";
import type { Dlt645Frame } from "./frame.ts";
import { METER_DATE, METER_TIME } from "./identifiers.ts";
import { askForReply, readIdentifier } from "./readIdentifier.ts";
import { encodeDigitPairs } from "./values.ts";

/**
 * What a relay can be told: the first byte of the command. `permit` lets the customer close by the meter's button,
 * `close` closes at once and came with a later edition.
 */
export const RELAY_COMMANDS = { trip: 0x1a, permit: 0x1b, close: 0x1c } as const;
export type RelayCommand = keyof typeof RELAY_COMMANDS;

/** With what a meter lets its relay be switched. */
export interface RelayCredentials {
  /** 8 digits: the password's level (PA), then the password (P2 P1 P0). */
  password: Secret;
  /** 8 digits, which the meter keeps on record. */
  operatorCode: Secret;
}

/** The password or the operator code cannot be sent. Neither is shown. */
export class RelayCredentialsError extends BaseError {
  override name = "RelayCredentialsError";

  constructor(what: string) {
    super(`The relay's ${what} is not 8 digits.`, {
      metaMessages: [
        "A password has the two digits of its level, then its six; an operator code has eight.",
      ],
    });
  }
}

/** @throws RelayCredentialsError */
export function checkRelayCredentials({ password, operatorCode }: RelayCredentials): void {
  if (!/^\d{8}$/.test(password.reveal())) throw new RelayCredentialsError("password");
  if (!/^\d{8}$/.test(operatorCode.reveal())) throw new RelayCredentialsError("operator code");
}

/**
 * A command to the relay: PA P0 P1 P2 C0 C1 C2 C3 N1 N2 N3…N8. N1 is the command, N2 is reserved, N3 to N8 tell until
 * when it holds, as ss mm hh DD MM YY. Layout and commands as DL/T 645-2007 with its 2013 supplement has them, in the
 * words that several published implementations quote alike (`N1=1AH代表跳闸，N1=1BH代表合闸允许 … N3～N8代表命令有效截止时间，数据格式为ssmmhhDDMMYY`:
 * com.bjtuhbxy.hb.serial Operation.java, C_GwProxy of a collecting terminal, which adds 1CH for closing at once).
 * @param until as YYMMDDhhmmss in the meter's own time
 */
export function relayRequest(
  address: string,
  command: RelayCommand,
  { password, operatorCode }: RelayCredentials,
  until: string,
): Dlt645Frame {
  const secret = password.reveal();
  const data = Buffer.concat([
    Buffer.from(secret.slice(0, 2), "hex"),
    encodeDigitPairs(secret.slice(2)),
    encodeDigitPairs(operatorCode.reveal()),
    Buffer.of(RELAY_COMMANDS[command], 0),
    encodeDigitPairs(until),
  ]);
  return { address, control: FUNCTIONS.relayControl, data };
}

/** How long a command holds; beyond it a copy that was recorded on the bus is worth nothing. */
const VALID_FOR_S = 300;

/**
 * Tells a meter's relay what to do. That the meter accepts the command does not say that its relay has moved: it may
 * delay the trip. To be called within `Dlt645Bus.inTurn` only.
 * @throws MeterError
 */
export async function commandRelay(
  bus: Dlt645Bus,
  address: string,
  command: RelayCommand,
  credentials: RelayCredentials,
  signal?: AbortSignal,
): Promise<void> {
  // Its own clock counts, whatever its zone and drift are.
  const date = await readIdentifier(bus, address, METER_DATE, { signal });
  const time = await readIdentifier(bus, address, METER_TIME, { signal });
  const until = addSeconds(date.value, time.value, VALID_FOR_S);
  if (until === undefined)
    throw new MeterError(
      "absent",
      `The clock of the meter ${address} at ${bus.where} is not set.`,
      {
        metaMessages: ["A relay command needs the meter's time; set the meter's clock."],
        hex: date.hex + time.hex,
      },
    );
  const request = relayRequest(address, command, credentials, until);
  await askForReply(bus, request, `${command} its relay`, { signal, secret: true });
}

/** @returns YYMMDDhhmmss; undefined where the bytes are no date and time */
function addSeconds(date: Uint8Array, time: Uint8Array, seconds: number): string | undefined {
  const [, day, month, year] = decimals(date);
  const [second, minute, hour] = decimals(time);
  const digits = [year, month, day, hour, minute, second];
  const iso = "20YY-MM-DDThh:mm:ss".replace(/YY|MM|DD|hh|mm|ss/g, () => digits.shift() ?? "--");
  const startMs = Date.parse(`${iso}Z`);
  // A date that does not exist, such as 30 February, is moved to another when parsed, or is none.
  if (Number.isNaN(startMs) || !new Date(startMs).toISOString().startsWith(iso)) return undefined;
  return new Date(startMs + 1000 * seconds).toISOString().replace(/\D/g, "").slice(2, 14);
}

function decimals(bytes: Uint8Array): string[] {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0"));
}
