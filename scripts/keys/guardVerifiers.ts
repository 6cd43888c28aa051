import { readFile } from "node:fs/promises";
import path from "node:path";
import { BaseError } from "../../sdk/errors.ts";
import { findWeaknesses } from "./checkVerifier.ts";
import { readCircuitManifest, type CircuitManifest } from "./circuitManifest.ts";
import { isDevelopmentKey } from "./isDevelopmentKey.ts";
import { keyWords } from "./keyWords.ts";
import type { VerifierKey } from "./verifierKeys.ts";
import { readVerifierCode, UnknownVerifierError, type VerifierCode } from "./verifierPoints.ts";

/** A verifier as it is on a chain, or would be. */
export interface VerifierBytecode {
  circuit: string;
  /** Hexadecimal digits after 0x; 0x alone where there is no contract. */
  code: string;
}

export interface GuardOptions {
  /** Whether development keys are taken, for which anybody can prove what is false. */
  isDevelopment: boolean;
  /** The keys that the verifiers are to have; any sound ones where there are none. */
  keys?: readonly VerifierKey[];
  /** The code of `Groth16Code`, which all verifiers begin with; by default that of the last build. */
  program?: string;
  /** The circuits; by default those of the project. */
  manifest?: CircuitManifest;
}

/** Verifiers are not to be relied on. */
export class VerifiersRefusedError extends BaseError {
  override name = "VerifiersRefusedError";
  /** What is wrong with which circuit's verifier, each a clause. */
  readonly findings: readonly string[];

  constructor(findings: readonly string[], isDevelopmentAlone: boolean) {
    super(`The verifiers must not be used: ${findings.join("; ")}.`, {
      metaMessages: [
        isDevelopmentAlone
          ? "Give the keys of a ceremony, or --development where no money is at stake: everybody can forge proofs."
          : "Deploy the verifiers of the keys that `npx sealwatt ceremony finish` gives.",
      ],
    });
    this.findings = findings;
  }
}

const ARTIFACT = path.resolve(
  import.meta.dirname,
  "../../artifacts/contracts/libraries/Groth16Verifier.sol/Groth16Code.json",
);
const DEVELOPMENT = "a development key, whose secrets are published";

/**
 * Refuses verifiers that a private market's money must not depend on: other programs than ours, keys for
 * which proofs can be forged, keys of other circuits, and development keys where they are not allowed.
 * @throws VerifiersRefusedError with all that is wrong
 */
export async function guardVerifiers(
  verifiers: readonly VerifierBytecode[],
  options: GuardOptions,
): Promise<void> {
  const program = withoutMetadata(options.program ?? (await builtProgram()));
  const { circuits } = options.manifest ?? (await readCircuitManifest());
  const findings: string[] = [];
  let others = 0;
  for (const { name, signals } of circuits) {
    const expected = options.keys?.find(({ circuit }) => circuit === name);
    const code = verifiers.find(({ circuit }) => circuit === name)?.code ?? "0x";
    const problems = await findProblems(code, program, signals.length, expected);
    others += problems.length;
    if (problems.length === 0 && !options.isDevelopment && (await isDevelopmentKey(code)))
      problems.push(DEVELOPMENT);
    findings.push(...problems.map((problem) => `${name}: ${problem}`));
  }
  if (findings.length > 0) throw new VerifiersRefusedError(findings, others === 0);
}

async function findProblems(
  code: string,
  program: string,
  signals: number,
  expected: VerifierKey | undefined,
): Promise<string[]> {
  if (code === "0x") return ["there is none"];
  let verifier: VerifierCode;
  try {
    verifier = readVerifierCode(code);
  } catch (error) {
    if (error instanceof UnknownVerifierError) return ["not a verifier of Sealwatt"];
    throw error;
  }
  // What another program answers is not known, whatever key it ends in.
  if (withoutMetadata(verifier.program) !== program) return ["not a verifier of this release"];
  const { points } = verifier;
  const count = points.ic.length - 1;
  if (count !== signals) return [`a key for ${count} public signals, not ${signals}`];
  if (expected !== undefined && !isDeepEqual(keyWords(points), keyWords(expected.points)))
    return ["not the key that it was to have"];
  return findWeaknesses(code);
}

function isDeepEqual(a: readonly bigint[], b: readonly bigint[]): boolean {
  return a.length === b.length && a.every((word, index) => word === b[index]);
}

async function builtProgram(): Promise<string> {
  try {
    return (JSON.parse(await readFile(ARTIFACT, "utf8")) as { deployedBytecode: string })
      .deployedBytecode;
  } catch (error) {
    throw new BaseError("The contracts' build, which verifiers are compared with, is missing.", {
      details: (error as Error).message,
      metaMessages: ["Build with `npm run build`."],
    });
  }
}

/** Code without the description that the compiler adds, which changes with each comment. */
function withoutMetadata(code: string): string {
  const digits = code.replace(/^0x/, "").toLowerCase();
  const bytes = Number.parseInt(digits.slice(-4), 16);
  return digits.slice(0, Math.max(0, digits.length - 2 * (bytes + 2)));
}
