import { MeterError, type MeterSample } from "../meters/meter.ts";
import type { IdentitySpec, ModbusProfile } from "../profiles/deviceProfile.ts";
import { loadDeviceProfile, profileNames } from "../profiles/loadDeviceProfile.ts";
import { discover, NoSunspecError } from "../sunspec/discovery.ts";
import { ClosedPortError } from "./framePort.ts";
import { ModbusException } from "./modbusFailure.ts";
import type { ModbusLine } from "./modbusLine.ts";

/** What a profile would read from a unit. */
export interface ProfileGuess {
  /** A profile's name, or `sunspec`. */
  profile: string;
  experimental: boolean;
  /** Why it may be this one. */
  why: string;
  /** What it reads with the profile; undefined where it was known without reading. */
  sample: MeterSample | undefined;
}

/** A unit that answered. */
export interface FoundUnit {
  unit: number;
  /** The likeliest first; none where no profile reads anything plausible. */
  guesses: ProfileGuess[];
  manufacturer: string | undefined;
  model: string | undefined;
  serialNumber: string | undefined;
  /** What is wrong with its answers: two devices with one unit, or a line with the wrong settings. */
  trouble: string | undefined;
}

export interface ScanOptions {
  signal?: AbortSignal | undefined;
  /** Called after each unit, for those who watch. */
  onUnit?: ((unit: number, found: FoundUnit | undefined) => void) | undefined;
}

/** Above what any house or workshop counts or draws: the register holds something else. */
const MOST_WH = 10n ** 12n;
const MOST_W = 10_000_000;
/** Below what a float register shows on purpose: integers that are taken for floats look like this. */
const LEAST_W = 1e-6;
const GATEWAY_EXCEPTIONS = [10, 11];

/**
 * Asks units who they are. Only reads are sent, and of addresses that known devices have; a unit that keeps silent where
 * it has no registers is not found.
 * @param units those to be asked, in order
 * @throws MeterError "unreachable" where the line cannot be opened
 */
export async function scan(
  line: ModbusLine,
  units: readonly number[],
  { signal, onUnit }: ScanOptions = {},
): Promise<FoundUnit[]> {
  const all: FoundUnit[] = [];
  for (const unit of units) {
    const found = await scanUnit(line, unit, signal);
    if (found !== undefined) all.push(found);
    onUnit?.(unit, found);
  }
  return all;
}

async function scanUnit(
  line: ModbusLine,
  unit: number,
  signal: AbortSignal | undefined,
): Promise<FoundUnit | undefined> {
  const unknown: FoundUnit = {
    unit,
    guesses: [],
    manufacturer: undefined,
    model: undefined,
    serialNumber: undefined,
    trouble: undefined,
  };
  try {
    const { manufacturer, model, serialNumber } = await discover(line, unit, signal);
    const why = "it has a SunSpec map";
    const guess = { profile: "sunspec", experimental: false, why, sample: undefined };
    return { ...unknown, manufacturer, model, serialNumber, guesses: [guess] };
  } catch (error) {
    if (!(error instanceof MeterError) || isUnreachable(error)) throw error;
    // Some gateways end the connection where a unit is not theirs.
    if (["silent", "unreachable"].includes(error.failure) || isOfGateway(error)) return undefined;
    if (!(error instanceof NoSunspecError || error instanceof ModbusException))
      return { ...unknown, trouble: error.shortMessage };
  }
  const guesses = await guessProfiles(line, unit, signal);
  return { ...unknown, guesses, serialNumber: guesses[0]?.sample?.serialNumber };
}

async function guessProfiles(
  line: ModbusLine,
  unit: number,
  signal: AbortSignal | undefined,
): Promise<ProfileGuess[]> {
  const guesses: (ProfileGuess & { score: number })[] = [];
  for (const profile of modbusProfiles()) {
    const text = await identify(line, unit, profile.identity, signal);
    const sample = await line
      .meter(profile, unit)
      .read(signal)
      .catch((error: unknown) => passOver(error));
    if (sample === undefined || !isPlausible(sample)) continue;
    const told = [sample.activePowerW, sample.serialNumber].filter((value) => value !== undefined);
    guesses.push({
      profile: profile.name,
      experimental: profile.experimental,
      why: text === undefined ? "its registers read plausibly" : `it calls itself ${text}`,
      sample,
      score: (text === undefined ? 0 : 10) + told.length - (profile.experimental ? 1 : 0),
    });
  }
  return guesses
    .sort((a, b) => b.score - a.score)
    .map(({ profile, experimental, why, sample }) => ({ profile, experimental, why, sample }));
}

/** What the unit calls itself, where that is of the profile. */
async function identify(
  line: ModbusLine,
  unit: number,
  identity: IdentitySpec | undefined,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  if (identity === undefined) return undefined;
  const { functionCode, address, words, startsWith } = identity;
  const bytes = await line
    .run({ unit, signal }, (ask) => ask({ functionCode, address, count: words }))
    .catch((error: unknown) => passOver(error));
  const text = bytes?.toString("latin1").replace(/[\0 ]+$/, "");
  return startsWith.some((start) => text?.startsWith(start)) ? text : undefined;
}

function isPlausible({ importWh, exportWh, activePowerW }: MeterSample): boolean {
  if (importWh > MOST_WH || exportWh > MOST_WH) return false;
  if (importWh === 0n && exportWh === 0n && (activePowerW ?? 0) === 0) return false;
  const magnitude = Math.abs(activePowerW ?? 0);
  return magnitude === 0 || (magnitude >= LEAST_W && magnitude <= MOST_W);
}

function modbusProfiles(): ModbusProfile[] {
  return profileNames()
    .map((name) => loadDeviceProfile(name, { allowExperimental: true }))
    .filter((profile) => profile.protocol === "modbus");
}

/** True where the line could not be opened, not where it broke after a request. */
function isUnreachable(error: MeterError): boolean {
  return error.failure === "unreachable" && !(error.cause instanceof ClosedPortError);
}

function isOfGateway(error: MeterError): boolean {
  return error instanceof ModbusException && GATEWAY_EXCEPTIONS.includes(error.code);
}

/** A device that does not answer as the profile wants is of another kind. */
function passOver(error: unknown): undefined {
  if (error instanceof MeterError && !isUnreachable(error)) return undefined;
  throw error;
}
