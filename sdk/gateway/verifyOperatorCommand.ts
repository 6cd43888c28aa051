import { getAddress, recoverAddress, TypedDataEncoder, type TypedDataDomain } from "ethers";
import {
  commandTypedData,
  MAX_COMMAND_LIFETIME_S,
  type OperatorCommand,
} from "./operatorCommand.ts";
import {
  CommandExpiredError,
  CommandTooFarAheadError,
  ForeignSignerError,
  MalformedCommandError,
  MalleableSignatureError,
  OtherGatewayError,
  OtherMarketError,
} from "./operatorCommandError.ts";
import { parseSignedOperatorCommand } from "./parseOperatorCommand.ts";

/** Half the order of secp256k1: the largest s of a canonical signature (EIP-2). */
const MAX_S = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0n;

/** A command that one of the operators has signed. */
export interface VerifiedCommand {
  command: OperatorCommand;
  /** Who signed it. */
  operator: string;
  /** The EIP-712 hash: the same for every signature of the same command. */
  hash: string;
}

/**
 * Checks that a command is meant for this gateway, now, and signed by one of its operators. Whether it was obeyed
 * before is not checked: who obeys it records its nonce. Operators are keys; signatures of contracts (EIP-1271) are
 * not asked for.
 * @param domain of the gateway's market, see `marketDomain`
 * @param signed as it came from JSON
 * @throws OperatorCommandError, a class of it for each thing that can be wrong
 */
export function verifyOperatorCommand(
  domain: TypedDataDomain,
  signed: unknown,
  { operators, gateway, nowS }: { operators: readonly string[]; gateway: string; nowS: number },
): VerifiedCommand {
  const { market, chainId, command, signature } = parseSignedOperatorCommand(signed);
  const given = { market, chainId: BigInt(chainId) };
  const own = { market: getAddress(domain.verifyingContract!), chainId: BigInt(domain.chainId!) };
  if (given.market !== own.market || given.chainId !== own.chainId) {
    throw new OtherMarketError(given, own);
  }
  if (command.gateway !== getAddress(gateway)) {
    throw new OtherGatewayError(command.gateway, getAddress(gateway));
  }
  const { types, values } = commandTypedData(command);
  const hash = TypedDataEncoder.hash(domain, types, values);
  const operator = signerOf(hash, signature);
  if (!operators.some((address) => getAddress(address) === operator)) {
    throw new ForeignSignerError(operator);
  }
  if (nowS > command.expiry) throw new CommandExpiredError(command, nowS);
  const latest = Math.floor(nowS) + MAX_COMMAND_LIFETIME_S;
  if (command.expiry > latest) throw new CommandTooFarAheadError(command, latest);
  return { command, operator, hash };
}

function signerOf(hash: string, signature: string): string {
  if (BigInt(`0x${signature.slice(66, 130)}`) > MAX_S) throw new MalleableSignatureError();
  const remedy = "Send the 65 bytes r, s and v as the wallet made them, v being 27 or 28.";
  if (!/(1b|1c)$/i.test(signature)) {
    throw new MalformedCommandError("signature", signature, remedy);
  }
  try {
    return recoverAddress(hash, signature);
  } catch (cause) {
    // Not every r is the x of a point.
    throw new MalformedCommandError("signature", signature, remedy, { cause });
  }
}
