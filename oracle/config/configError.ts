import { BaseError } from "../../sdk/errors.ts";

/** One thing that is wrong in a configuration file. */
export interface ConfigProblem {
  /** Both from 1. */
  line: number;
  column: number;
  /** The key: `lines[0].meters[2].unit`; empty where the file itself is meant. */
  path: string;
  /** What is wrong, with the key and the offending value, save where that is a secret. */
  message: string;
  /** What would be right. */
  fix: string;
}

/** A configuration file cannot be read as text. */
export class UnreadableConfigError extends BaseError {
  override name = "UnreadableConfigError";
}

/** A configuration file is wrong. Its message tells the first problem, `problems` all of them. */
export class ConfigError extends BaseError {
  override name = "ConfigError";
  readonly file: string;
  /** In the order of the file; at least one. */
  readonly problems: readonly ConfigProblem[];

  constructor(file: string, problems: readonly ConfigProblem[]) {
    const { line, column, message, fix } = problems[0]!;
    const others = problems.length - 1;
    super(`${file}:${line}:${column}: ${message}${others === 0 ? "" : ` (and ${others} more)`}`, {
      metaMessages: [fix, ...(others === 0 ? [] : ["sealwatt oracle check shows all."])],
    });
    this.file = file;
    this.problems = problems;
  }
}

/** A problem on one line, as compilers write theirs, so that editors find the place. */
export function formatProblem(file: string, { line, column, message, fix }: ConfigProblem): string {
  return `${file}:${line}:${column}: ${message} ${fix}`;
}
