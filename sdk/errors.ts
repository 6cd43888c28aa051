/** What a {@link BaseError} carries beyond its short message. */
export interface BaseErrorOptions {
  /** What a lower layer said, verbatim: a system error, a node's reply. */
  details?: string;
  /** What the reader can do about it, one sentence each. */
  metaMessages?: readonly string[];
  /** See {@link BaseError.mayPass}. */
  mayPass?: boolean;
  cause?: unknown;
}

/**
 * The parent of every error that is none of Sealwatt's own defects. The command line maps it to exit code 2, or to 3
 * where it may pass.
 */
export class BaseError extends Error {
  override name = "BaseError";
  /** What happened, to what, with the offending value: one sentence on one line. */
  readonly shortMessage: string;
  readonly details: string | undefined;
  readonly metaMessages: readonly string[];
  /**
   * True where a new start may go well with nothing changed in what was given: a disk that has room again, a node that
   * answers again. False for what stays wrong until somebody mends it.
   */
  readonly mayPass: boolean;

  constructor(
    shortMessage: string,
    { details, metaMessages = [], mayPass = false, cause }: BaseErrorOptions = {},
  ) {
    const lines = [
      shortMessage,
      ...metaMessages,
      ...(details === undefined ? [] : [`Details: ${details}`]),
    ];
    super(lines.join("\n"), cause === undefined ? undefined : { cause });
    this.shortMessage = shortMessage;
    this.details = details;
    this.metaMessages = metaMessages;
    this.mayPass = mayPass;
  }
}

const SHOWN_VALUE_CHARACTERS = 60;

function hasJson(value: unknown): boolean {
  return typeof value === "number"
    ? Number.isFinite(value)
    : !["undefined", "bigint", "function", "symbol"].includes(typeof value);
}

/**
 * A value as a message shows it: as JSON on one line, shortened, so that no input can break the line.
 * @param value anything, also what JSON cannot hold
 */
export function showValue(value: unknown): string {
  const text = hasJson(value) ? JSON.stringify(value) : String(value);
  return text.length <= SHOWN_VALUE_CHARACTERS ? text : `${text.slice(0, SHOWN_VALUE_CHARACTERS)}…`;
}
