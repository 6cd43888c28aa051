import { BaseError } from "../../sdk/errors.ts";

/** A file is not YAML, or a value in it is not what it should be. */
export class YamlError extends BaseError {
  override name = "YamlError";
  readonly file: string;
  /** From 1. */
  readonly line: number;

  constructor(file: string, line: number, message: string, remedy: string) {
    super(`${file}, line ${line}: ${message}`, { metaMessages: [remedy] });
    this.file = file;
    this.line = line;
  }
}
