import { readFile } from "node:fs/promises";
import path from "node:path";
import { BaseError, showValue } from "../../sdk/errors.ts";

/** A circuit of the manifest: a template with its parameters and public inputs. */
export interface CircuitEntry {
  name: string;
  /** Relative to the manifest's folder. */
  file: string;
  template: string;
  params: readonly number[];
  /** The inputs that are public, beside all outputs. */
  public: readonly string[];
}

export interface CircuitManifest {
  folder: string;
  circuits: readonly CircuitEntry[];
}

export class CircuitManifestError extends BaseError {
  override name = "CircuitManifestError";
}

const ROOT = path.resolve(import.meta.dirname, "../..");
export const CIRCUIT_MANIFEST = path.join(ROOT, "circuits", "circuits.json");
/** Names become parts of Solidity's names and of files'. */
const NAME = /^[A-Z][A-Za-z0-9]*$/;

export async function readCircuitManifest(file = CIRCUIT_MANIFEST): Promise<CircuitManifest> {
  let json: unknown;
  try {
    json = JSON.parse(await readFile(file, "utf8"));
  } catch (error) {
    throw new CircuitManifestError(`The list of circuits ${file} cannot be read.`, {
      details: (error as Error).message,
      metaMessages: ["Restore it from the repository."],
    });
  }
  if (typeof json !== "object" || json === null || Array.isArray(json))
    throw new CircuitManifestError(`${file} is no JSON object of circuits by name.`);
  const circuits = Object.entries(json).map(([name, entry]) => readEntry(file, name, entry));
  return { folder: path.dirname(file), circuits };
}

function readEntry(manifest: string, name: string, value: unknown): CircuitEntry {
  const refuse = (problem: string) =>
    new CircuitManifestError(`${manifest}: ${name}: ${problem}.`, {
      metaMessages: [
        'A circuit is {"file": "name.circom", "template": "Name", "params": [24], "public": ["signal"]}.',
      ],
    });
  if (!NAME.test(name)) throw refuse("a circuit's name is letters and digits after a capital");
  const entry = (value ?? {}) as Record<string, unknown>;
  const { file, template, params = [], public: inputs = [] } = entry;
  if (typeof file !== "string") throw refuse(`its file is ${showValue(file)}, not a path`);
  if (typeof template !== "string" || !/^\w+$/.test(template))
    throw refuse(`its template is ${showValue(template)}, not a name`);
  if (!Array.isArray(params) || !params.every((param) => Number.isSafeInteger(param)))
    throw refuse(`its params are ${showValue(params)}, not whole numbers`);
  if (
    !Array.isArray(inputs) ||
    !inputs.every((input) => typeof input === "string" && /^\w+$/.test(input))
  )
    throw refuse(`its public inputs are ${showValue(inputs)}, not names of signals`);
  return { name, file, template, params: params as number[], public: inputs as string[] };
}

/** The circuits of those names, in the manifest's order; all of them where no name is given. */
export function chooseCircuits(
  { circuits }: CircuitManifest,
  names: readonly string[],
): readonly CircuitEntry[] {
  for (const name of names)
    if (!circuits.some((circuit) => circuit.name === name))
      throw new CircuitManifestError(`There is no circuit ${showValue(name)}.`, {
        metaMessages: [`There are ${circuits.map((circuit) => circuit.name).join(", ")}.`],
      });
  return names.length === 0 ? circuits : circuits.filter(({ name }) => names.includes(name));
}

/** The source that makes a circuit of a template. */
export function mainComponent({ file, template, params, public: inputs }: CircuitEntry): string {
  const visible = inputs.length === 0 ? "" : ` {public [${inputs.join(", ")}]}`;
  return [
    "pragma circom 2.2.0;",
    `include "${file}";`,
    `component main${visible} = ${template}(${params.join(", ")});`,
    "",
  ].join("\n");
}
