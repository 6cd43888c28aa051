import { readFile } from "node:fs/promises";
import path from "node:path";
import { BaseError, showValue } from "../../sdk/errors.ts";

/** A circuit of the manifest: a template with its parameters and public inputs. */
export interface CircuitEntry {
  name: string;
  /** Its number, which its verifier is known by. */
  id: number;
  /** Relative to the manifest's folder. */
  file: string;
  template: string;
  params: readonly number[];
  /** The inputs that are public, beside all outputs. */
  public: readonly string[];
  /** All public signals in the order of a proof's: outputs, then public inputs, as `name` or `name[0]`. */
  signals: readonly string[];
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
const SIGNAL = /^[a-z]\w*(\[\d+\])?$/;

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
        'A circuit is {"id": 1, "file": "name.circom", "template": "Name", "params": [24], "public": ["input"], "signals": ["output", "input"]}.',
      ],
    });
  if (!NAME.test(name)) throw refuse("a circuit's name is letters and digits after a capital");
  const entry = (value ?? {}) as Record<string, unknown>;
  const { id, file, template, params = [], public: inputs = [], signals } = entry;
  if (!Number.isSafeInteger(id) || Number(id) < 1)
    throw refuse(`its id is ${showValue(id)}, not a whole number from 1 on`);
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
  if (
    !Array.isArray(signals) ||
    !signals.every((signal) => typeof signal === "string" && SIGNAL.test(signal))
  )
    throw refuse(
      `its signals are ${showValue(signals)}, not names of public signals in their order`,
    );
  return {
    name,
    id: Number(id),
    file,
    template,
    params: params as number[],
    public: inputs as string[],
    signals,
  };
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
