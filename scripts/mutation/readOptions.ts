import { parseArgs } from "node:util";

/** Reads what a mutation run is told: how many mutants a file, and which files. Ends the process where it cannot. */
export function readOptions(defaultSample: number): { sampleSize: number; names: string[] } {
  const { values, positionals: names } = parseArgs({
    options: { all: { type: "boolean" }, sample: { type: "string" } },
    allowPositionals: true,
  });
  const sampleSize = values.all === true ? Infinity : Number(values.sample ?? defaultSample);
  if (!(sampleSize > 0)) {
    console.error(
      `--sample is ${values.sample ?? ""}. Give the number of mutants a file, at least 1.`,
    );
    process.exit(2);
  }
  return { sampleSize, names };
}
