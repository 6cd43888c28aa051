import { parseArgs } from "node:util";
import { BaseError, showValue } from "../sdk/errors.ts";
import { suggestNames } from "../sdk/nearNames.ts";
import { formatTable } from "./formatTable.ts";
import { describeMachine } from "./machine.ts";
import type { Bench } from "./types.ts";

const benches = new Map<string, () => Promise<{ run: Bench }>>([
  ["clearing", () => import("./clearing.ts")],
  ["day", () => import("./day.ts")],
  ["gas", () => import("./gas.ts")],
  ["he", () => import("./he.ts")],
  ["oracle", () => import("./oracle.ts")],
  ["services", () => import("./services.ts")],
  ["zk", () => import("./zk.ts")],
]);

/** The command line of the benches is not of the form NAME [--json]. */
class BenchUsageError extends BaseError {
  override name = "BenchUsageError";
}

function parseCommandLine(args: readonly string[]): { name: string; json: boolean } {
  const known = [...benches.keys()];
  const usage = `Run npm run bench -- NAME [--json]. Known benches: ${known.join(", ")}.`;
  const { values, positionals } = (() => {
    try {
      return parseArgs({
        args: [...args],
        options: { json: { type: "boolean", default: false } },
        allowPositionals: true,
      });
    } catch (error) {
      throw new BenchUsageError(`${(error as Error).message.split(".")[0]!}.`, {
        metaMessages: [usage],
      });
    }
  })();
  const [name, ...rest] = positionals;
  if (name === undefined)
    throw new BenchUsageError("No bench is named.", { metaMessages: [usage] });
  if (rest.length > 0)
    throw new BenchUsageError("One bench runs at a time.", { metaMessages: [usage] });
  if (!benches.has(name)) {
    throw new BenchUsageError(`There is no bench ${showValue(name)}.`, {
      metaMessages: [suggestNames(name, known, "benches")],
    });
  }
  return { name, json: values.json };
}

async function main(): Promise<void> {
  const { name, json } = parseCommandLine(process.argv.slice(2));
  const { run } = await benches.get(name)!();
  const date = new Date().toISOString();
  const machine = describeMachine();
  const tables = await run((line) => process.stderr.write(`bench ${name}: ${line}\n`));
  if (json) {
    console.log(JSON.stringify({ bench: name, date, machine, tables }, null, 2));
    return;
  }
  const { processor, cores, memoryGiB, platform, node } = machine;
  console.log(
    `# ${name}\n\n${date}, ${processor}, ${cores} cores, ${memoryGiB} GiB, ${platform}, Node ${node}\n`,
  );
  console.log(tables.map(formatTable).join("\n\n"));
}

try {
  await main();
} catch (error) {
  if (!(error instanceof BaseError)) throw error;
  process.stderr.write(`bench: ${[error.shortMessage, ...error.metaMessages].join(" ")}\n`);
  process.exitCode = 2;
}
