import { spawn } from "node:child_process";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { stripVTControlCharacters } from "node:util";
import { BaseError } from "../../sdk/errors.ts";

/** A circuit does not compile. */
export class CircuitError extends BaseError {
  override name = "CircuitError";
}

const ROOT = path.resolve(import.meta.dirname, "../..");
const circom = createRequire(import.meta.url).resolve("circom2/cli.js");
export const CIRCOM_OPTIONS = ["--r1cs", "--wasm", "--O2"];

/** Where a circuit finds what it includes, beside its own folder. */
export function libraryFolders(circuits: string): readonly string[] {
  return [circuits, path.join(ROOT, "node_modules")];
}

/**
 * Compiles into `circuit.r1cs` and `circuit.wasm` of a folder.
 * @param name of the circuit, for errors
 * @param main source of its main component
 * @param circuits folder that includes are looked for in
 */
export async function compileCircuit(
  name: string,
  main: string,
  circuits: string,
  folder: string,
): Promise<void> {
  const work = path.join(folder, "circom");
  await mkdir(work, { recursive: true });
  const source = path.join(work, "circuit.circom");
  await writeFile(source, main);
  const libraries = libraryFolders(circuits).flatMap((library) => ["-l", library]);
  const { code, output } = await runCircom([source, ...CIRCOM_OPTIONS, ...libraries, "-o", work]);
  if (code !== 0)
    throw new CircuitError(`The circuit ${name} does not compile.`, { details: output.trim() });
  await rename(path.join(work, "circuit.r1cs"), path.join(folder, "circuit.r1cs"));
  await rename(path.join(work, "circuit_js", "circuit.wasm"), path.join(folder, "circuit.wasm"));
  await rm(work, { recursive: true });
}

/** Runs the compiler. Paths that it is given are absolute. */
export function runCircom(
  parameters: readonly string[],
): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    // circom2 makes paths relative to where it runs, and does not follow all that lead out of there.
    const child = spawn(process.execPath, [circom, ...parameters], {
      cwd: path.parse(ROOT).root,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (chunk: string) => (output += chunk));
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, output: stripVTControlCharacters(output) }));
  });
}
