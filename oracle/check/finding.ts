import { BaseError } from "../../sdk/errors.ts";

/** What came of checking one thing. */
export interface Finding {
  /** The thing: `key`, `node`, `binding 2`. */
  what: string;
  /** Where it is: a file, a node, a device. */
  where: string;
  ok: boolean;
  /** What was found, in a sentence or a few words. */
  finding: string;
  /** What to do about it; undefined where nothing is wrong. */
  remedy: string | undefined;
}

type Place = Pick<Finding, "what" | "where">;

export function good(place: Place, finding: string): Finding {
  return { ...place, ok: true, finding, remedy: undefined };
}

export function bad(place: Place, finding: string, remedy: string): Finding {
  return { ...place, ok: false, finding, remedy };
}

/**
 * What a check has thrown, as its finding.
 * @throws what no user can mend
 */
export function failed(place: Place, error: unknown): Finding {
  if (!(error instanceof BaseError)) throw error;
  const { shortMessage, details, metaMessages } = error;
  return {
    ...place,
    ok: false,
    finding: details === undefined ? shortMessage : `${shortMessage} (${details})`,
    remedy: metaMessages.length === 0 ? undefined : metaMessages.join(" "),
  };
}
