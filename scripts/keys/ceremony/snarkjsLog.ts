import { stripVTControlCharacters } from "node:util";
import { CeremonyError } from "./ceremonyError.ts";

/** Takes what snarkjs says of its work: it reports most failures nowhere else. */
export class SnarkjsLog {
  readonly #errors: string[] = [];

  debug(): void {}
  info(): void {}
  warn(): void {}

  error(message: string): void {
    this.#errors.push(stripVTControlCharacters(message));
  }

  /** @param problem what has failed, as a sentence */
  failure(problem: string, metaMessages: readonly string[]): CeremonyError {
    const details = this.#errors.join("; ");
    return new CeremonyError(problem, { metaMessages, ...(details !== "" && { details }) });
  }
}
