import { BaseError, showValue, type BaseErrorOptions } from "../errors.ts";
import type { OperatorCommand } from "./operatorCommand.ts";

/** The parent of every reason for which a signed command is not obeyed. */
export class OperatorCommandError extends BaseError {
  override name = "OperatorCommandError";
}

/** A command does not have the form that was signed for, or its signature is none. */
export class MalformedCommandError extends OperatorCommandError {
  override name = "MalformedCommandError";

  constructor(field: string, value: unknown, remedy: string, options: BaseErrorOptions = {}) {
    const fact = value === undefined ? "is missing" : `is ${showValue(value)}`;
    super(`The command's ${field} ${fact}.`, { ...options, metaMessages: [remedy] });
  }
}

/** Every signature has a twin with the other s that anybody can compute; only one of them is taken. */
export class MalleableSignatureError extends OperatorCommandError {
  override name = "MalleableSignatureError";

  constructor() {
    super("The command's signature has its s in the upper half of the curve's order.", {
      metaMessages: ["Send the signature as the wallet made it."],
    });
  }
}

export class OtherMarketError extends OperatorCommandError {
  override name = "OtherMarketError";

  constructor(
    given: { market: string; chainId: bigint },
    own: { market: string; chainId: bigint },
  ) {
    super(`The command is for market ${given.market} on chain ${given.chainId}.`, {
      metaMessages: [
        `This gateway serves market ${own.market} on chain ${own.chainId}: sign a command for it.`,
      ],
    });
  }
}

export class OtherGatewayError extends OperatorCommandError {
  override name = "OtherGatewayError";

  constructor(given: string, own: string) {
    super(`The command is for gateway ${given}.`, {
      metaMessages: [`This is gateway ${own}: sign a command for it, or send this one there.`],
    });
  }
}

export class ForeignSignerError extends OperatorCommandError {
  override name = "ForeignSignerError";

  constructor(signer: string) {
    super(`The command is signed by ${signer}, which is no operator of this gateway.`, {
      metaMessages: [
        "If this is no address of yours, what was signed differs from what was sent: sign again.",
        "Otherwise sign with an operator's key, or add the address to the gateway's operators.",
      ],
    });
  }
}

export class CommandExpiredError extends OperatorCommandError {
  override name = "CommandExpiredError";

  constructor({ expiry }: OperatorCommand, nowS: number) {
    super(`The command expired at ${showTime(expiry)}; it is ${showTime(nowS)}.`, {
      metaMessages: ["Sign it again, and check the clocks of both machines."],
    });
  }
}

export class CommandTooFarAheadError extends OperatorCommandError {
  override name = "CommandTooFarAheadError";

  constructor({ expiry }: OperatorCommand, latest: number) {
    super(`The command expires at ${showTime(expiry)}, later than ${showTime(latest)}.`, {
      metaMessages: ["Sign it with an earlier expiry, and check the clocks of both machines."],
    });
  }
}

function showTime(timeS: number): string {
  // The range of dates ends before that of uint40.
  const date = new Date(Math.floor(timeS) * 1000);
  return Number.isNaN(date.getTime()) ? `second ${timeS}` : date.toISOString();
}
