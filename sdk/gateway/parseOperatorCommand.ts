import { getAddress, isAddress } from "ethers";
import { suggestNames } from "../nearNames.ts";
import {
  OPERATOR_COMMAND_TYPES,
  RESOLUTIONS,
  type OperatorCommand,
  type OperatorCommandKind,
  type SignedOperatorCommand,
} from "./operatorCommand.ts";
import { MalformedCommandError } from "./operatorCommandError.ts";

const UINT24_MAX = 2 ** 24 - 1;
const UINT40_MAX = 2 ** 40 - 1;
const UINT48_MAX = 2 ** 48 - 1;
const KINDS = Object.keys(OPERATOR_COMMAND_TYPES) as OperatorCommandKind[];

/**
 * Checks the form of a signed command that was read from JSON, not its signature. Addresses come back with their
 * checksum. A field that is not part of the form is refused, so that nobody thinks that it is signed.
 * @throws MalformedCommandError naming the field
 */
export function parseSignedOperatorCommand(value: unknown): SignedOperatorCommand {
  const signed = requireObject("content", value, ["market", "chainId", "command", "signature"]);
  return {
    market: requireAddress("market", signed.market),
    chainId: requireMatch("chainId", signed.chainId, /^[1-9]\d{0,76}$/, "a decimal number"),
    command: parseCommand(signed.command),
    signature: requireMatch("signature", signed.signature, /^0x[0-9a-f]{130}$/i, "65 bytes as hex"),
  };
}

function parseCommand(value: unknown): OperatorCommand {
  const kind = requireName("kind", requireObject("command", value).kind, KINDS);
  const fields = Object.values(OPERATOR_COMMAND_TYPES[kind])[0]!.map(({ name }) => name);
  const command = requireObject("command", value, ["kind", ...fields]);
  const target = {
    gateway: requireAddress("gateway", command.gateway),
    nonce: requireMatch("nonce", command.nonce, /^0x[0-9a-f]{64}$/, "32 bytes as lower-case hex"),
    expiry: requireWhole("expiry", command.expiry, UINT40_MAX),
  };
  if (kind === "switch") {
    const participant = requireWhole("participant", command.participant, UINT24_MAX);
    if (typeof command.on !== "boolean")
      throw new MalformedCommandError("on", command.on, "Give true or false.");
    return { kind, participant, on: command.on, ...target };
  }
  const quarantineId = requireWhole("quarantineId", command.quarantineId, UINT48_MAX);
  if (kind === "reject") return { kind, quarantineId, ...target };
  const resolution = requireName("resolution", command.resolution, RESOLUTIONS);
  return { kind, quarantineId, resolution, ...target };
}

function requireName<Name extends string>(
  field: string,
  value: unknown,
  names: readonly Name[],
): Name {
  const name = names.find((known) => known === value);
  if (name === undefined) {
    const given = typeof value === "string" ? value : "";
    throw new MalformedCommandError(field, value, suggestNames(given, names, `${field}s`));
  }
  return name;
}

function requireObject(
  field: string,
  value: unknown,
  keys?: readonly string[],
): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new MalformedCommandError(field, value, "Give a JSON object.");
  }
  for (const [key, held] of Object.entries(value)) {
    if (keys?.includes(key) === false) {
      throw new MalformedCommandError(`unknown field ${key}`, held, "Leave it out.");
    }
  }
  return value as Record<string, unknown>;
}

function requireAddress(field: string, value: unknown): string {
  // ethers takes ICAP and bare hex for addresses too; one form is enough.
  if (typeof value !== "string" || !value.startsWith("0x") || !isAddress(value)) {
    throw new MalformedCommandError(field, value, "Give an address of 0x and 40 hex digits.");
  }
  return getAddress(value);
}

function requireMatch(field: string, value: unknown, pattern: RegExp, form: string): string {
  if (typeof value !== "string" || !pattern.test(value)) {
    throw new MalformedCommandError(field, value, `Give ${form} in quotes.`);
  }
  return value;
}

function requireWhole(field: string, value: unknown, max: number): number {
  if (typeof value !== "number" || !Number.isInteger(value) || value < 0 || value > max) {
    throw new MalformedCommandError(field, value, `Give a whole number from 0 to ${max}.`);
  }
  return value;
}
