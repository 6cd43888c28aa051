import { once } from "node:events";
import type { Command } from "commander";
import { BaseError } from "../../../sdk/errors.ts";
import { readOrders } from "../../../sdk/mechanisms/ordersDocument.ts";
import { loadMechanism, mechanismNames } from "../../../sdk/mechanisms/registry.ts";
import type { MatchResult } from "../../../sdk/mechanisms/types.ts";
import { parseJson } from "../../../sdk/parseJson.ts";
import { readText } from "../readText.ts";

interface MatchOptions {
  mechanism?: string;
  input?: string;
}

/** The command line names no mechanism. */
class MissingMechanismError extends BaseError {
  override name = "MissingMechanismError";

  constructor() {
    super("No mechanism is named.", {
      metaMessages: ["Add --mechanism NAME.", `Known mechanisms: ${mechanismNames.join(", ")}.`],
    });
  }
}

const ROWS_PER_CHUNK = 10_000;

/** A JSON array with one row a line, in pieces, because a whole result may exceed the longest string. */
function* toJsonRows(rows: readonly object[]): Generator<string> {
  for (let start = 0; start < rows.length; start += ROWS_PER_CHUNK) {
    const chunk = rows.slice(start, start + ROWS_PER_CHUNK).map((row) => JSON.stringify(row));
    yield `${start === 0 ? "\n" : ",\n"}${chunk.join(",\n")}`;
  }
}

function* toTradesDocument({ trades, remaining }: MatchResult): Generator<string> {
  yield '{"trades":[';
  yield* toJsonRows(trades);
  yield '],\n"remaining":[';
  yield* toJsonRows(remaining);
  yield "]}\n";
}

async function match({ mechanism: name, input }: MatchOptions): Promise<void> {
  if (name === undefined) throw new MissingMechanismError();
  // Before the input is read: a wrong name should not wait for it.
  const mechanism = await loadMechanism(name);
  const orders = readOrders(parseJson(await readText(input)));
  for (const chunk of toTradesDocument(mechanism.match(orders))) {
    if (!process.stdout.write(chunk)) await once(process.stdout, "drain");
  }
}

/** `sealwatt match --mechanism NAME [--input FILE] < orders.json > trades.json` */
export function configure(command: Command): void {
  command
    .option("-m, --mechanism <name>", `required; one of: ${mechanismNames.join(", ")}`)
    .option("-i, --input <file>", "read the orders from a file instead of standard input")
    .addHelpText(
      "after",
      "\nReads orders (docs/schemas/orders.schema.json), writes trades (docs/schemas/trades.schema.json).",
    )
    .action(match);
}
