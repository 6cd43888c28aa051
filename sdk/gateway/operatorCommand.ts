import { hexlify, randomBytes, type Signer, type TypedDataDomain } from "ethers";

/** What a quarantined reading is released as. */
export const RESOLUTIONS = ["as-read", "wrap-around"] as const;
export type Resolution = (typeof RESOLUTIONS)[number];

interface CommandTarget {
  /** Address of the gateway that is to obey. */
  gateway: string;
  /** 32 random bytes; a gateway obeys each nonce of an operator once. */
  nonce: string;
  /** Unix seconds after which it is obeyed no more. */
  expiry: number;
}

/** Takes a reading out of quarantine and has it settled. */
export interface ReleaseCommand extends CommandTarget {
  kind: "release";
  quarantineId: number;
  resolution: Resolution;
}

/** Takes a reading out of quarantine for good: it is never settled. */
export interface RejectCommand extends CommandTarget {
  kind: "reject";
  quarantineId: number;
}

/** Switches the relay of a participant's meter. */
export interface SwitchCommand extends CommandTarget {
  kind: "switch";
  participant: number;
  on: boolean;
}

export type OperatorCommand = ReleaseCommand | RejectCommand | SwitchCommand;
export type OperatorCommandKind = OperatorCommand["kind"];

/** A command as it is sent: plain JSON. */
export interface SignedOperatorCommand {
  market: string;
  /** Decimal. */
  chainId: string;
  command: OperatorCommand;
  /** 65 bytes r, s and v, with the lower s. */
  signature: string;
}

/** A command that expires later than this from now is refused: nonces must be remembered until they expire. */
export const MAX_COMMAND_LIFETIME_S = 86_400;

const TARGET = [{ name: "gateway", type: "address" }];
const VALIDITY = [
  { name: "nonce", type: "uint256" },
  { name: "expiry", type: "uint40" },
];

/** The EIP-712 types that an operator signs: a type a kind, so that the wallet shows what is ordered. */
export const OPERATOR_COMMAND_TYPES = {
  release: {
    Release: [
      ...TARGET,
      { name: "quarantineId", type: "uint48" },
      { name: "resolution", type: "string" },
      ...VALIDITY,
    ],
  },
  reject: {
    Reject: [...TARGET, { name: "quarantineId", type: "uint48" }, ...VALIDITY],
  },
  switch: {
    Switch: [
      ...TARGET,
      { name: "participant", type: "uint24" },
      { name: "on", type: "bool" },
      ...VALIDITY,
    ],
  },
};

/** A nonce that no other command has. */
export function randomNonce(): string {
  return hexlify(randomBytes(32));
}

/**
 * The typed data of a command, for signing and hashing.
 * @param command of which only the fields of its kind are taken
 */
export function commandTypedData({ kind, ...values }: OperatorCommand): {
  types: Record<string, { name: string; type: string }[]>;
  values: Record<string, unknown>;
} {
  return { types: OPERATOR_COMMAND_TYPES[kind], values };
}

/**
 * Signs a command with an operator's key.
 * @param domain of the market, see `marketDomain`
 */
export async function signOperatorCommand(
  operator: Signer,
  domain: TypedDataDomain,
  command: OperatorCommand,
): Promise<SignedOperatorCommand> {
  const { types, values } = commandTypedData(command);
  return {
    market: domain.verifyingContract!,
    chainId: BigInt(domain.chainId!).toString(),
    command,
    signature: await operator.signTypedData(domain, types, values),
  };
}
