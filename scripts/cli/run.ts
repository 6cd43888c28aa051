import { Command, CommanderError } from "commander";
import packageJson from "../../package.json" with { type: "json" };
import { BaseError } from "../../sdk/errors.ts";
import { printable } from "../../sdk/printable.ts";
import { commands, type CommandEntry } from "./commands/index.ts";
import { EXIT_DEFECT, EXIT_SUCCESS, EXIT_USAGE, exitCodeOf } from "./exitCodes.ts";

function createProgram(): Command {
  const program = new Command("sealwatt")
    .description(packageJson.description)
    .version(packageJson.version)
    .usage("<command> [options]")
    .helpCommand(false)
    .enablePositionalOptions()
    .exitOverride()
    // Errors come back as exceptions, and `run` writes them.
    .configureOutput({ writeErr: () => undefined });
  addCommands(program, commands);
  return program;
}

function addCommands(parent: Command, entries: readonly CommandEntry[]): void {
  for (const entry of entries) {
    const { name, summary } = entry;
    const command = parent
      .command(name)
      .summary(summary)
      .description(`${summary[0]!.toUpperCase()}${summary.slice(1)}.`);
    if (entry.subcommands !== undefined) {
      const usage = `${entry.load === undefined ? "<command>" : "[command]"} [options]`;
      addCommands(command.usage(usage).helpCommand(false), entry.subcommands);
    }
    if (entry.load === undefined) continue;
    parent.hook("preSubcommand", async (_parent, invoked) => {
      if (invoked === command) (await entry.load()).configure(command);
    });
  }
}

/** How far a command line names commands, and whether it names one that runs. */
function findCommand(argv: readonly string[]): { commandName: string; isNamed: boolean } {
  const names = ["sealwatt"];
  let entries: readonly CommandEntry[] = commands;
  let isNamed = false;
  for (const name of argv) {
    const entry = entries.find((known) => known.name === name);
    // Something else, which commander takes or refuses.
    if (entry === undefined) return { commandName: names.join(" "), isNamed: true };
    names.push(name);
    isNamed = entry.load !== undefined;
    if (entry.subcommands === undefined) break;
    entries = entry.subcommands;
  }
  return { commandName: names.join(" "), isNamed };
}

function isOutputError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && (error as NodeJS.ErrnoException).syscall === "write";
}

/** One line without line breaks, of which other libraries' messages have some, and with nothing that steers a terminal. */
function toLine(sentences: readonly string[]): string {
  return printable(sentences.join(" ").replace(/\s*\n\s*/g, " "));
}

/** What went wrong as one line, for errors that are not defects. */
function explain(error: unknown, commandName: string): string | undefined {
  if (error instanceof BaseError) {
    const details = error.details === undefined ? [] : [`(${error.details})`];
    return toLine([error.shortMessage, ...error.metaMessages, ...details]);
  }
  if (error instanceof CommanderError) {
    return toLine([
      `${error.message.replace(/^error: /, "")}.`.replace(/\.\.$/, "."),
      `See ${commandName} --help.`,
    ]);
  }
  if (isOutputError(error))
    return toLine(["Cannot write to standard output.", `(${error.message})`]);
  return undefined;
}

function report(error: unknown, commandName: string): number {
  // The reader of our output has seen enough (`sealwatt … | head`): nothing is wrong.
  if (isOutputError(error) && error.code === "EPIPE") return EXIT_SUCCESS;
  const explanation = explain(error, commandName);
  if (explanation !== undefined) {
    process.stderr.write(`${commandName}: ${explanation}\n`);
    return error instanceof BaseError ? exitCodeOf(error) : EXIT_USAGE;
  }
  const trace = error instanceof Error ? error.stack : String(error);
  process.stderr.write(
    `${commandName}: this is a defect of Sealwatt, please report it with what you ran.\n${trace}\n`,
  );
  return EXIT_DEFECT;
}

/**
 * Runs one command line.
 * @param argv what follows the program's name
 * @returns the exit code, one of `exitCodes.ts` or the command's own
 */
export async function run(argv: readonly string[]): Promise<number> {
  const { commandName, isNamed } = findCommand(argv);
  // A stream reports some failed writes only here, after the writer has gone on.
  process.stdout.on("error", (error) => process.exit(report(error, commandName)));
  if (!isNamed)
    return report(
      new CommanderError(EXIT_USAGE, "sealwatt.noCommand", "name a command"),
      commandName,
    );
  try {
    await createProgram().parseAsync(argv, { from: "user" });
    // A command that has done its work may have an outcome of its own, such as an audit's.
    return Number(process.exitCode ?? EXIT_SUCCESS);
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT_SUCCESS;
    return report(error, commandName);
  }
}
