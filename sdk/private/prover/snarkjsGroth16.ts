import * as snarkjs from "snarkjs";

/** A file of snarkjs in memory. */
interface MemoryFile {
  type: "mem";
  data?: Uint8Array;
}

/** A proof as snarkjs gives it: decimal numbers. */
export interface SnarkjsProof {
  pi_a: [x: string, y: string, z: string];
  pi_b: [x: [string, string], y: [string, string], z: [string, string]];
  pi_c: [x: string, y: string, z: string];
}

/** What of snarkjs proves. Its types leave out files in memory, loggers, options and curves. */
export const { wtns, groth16, curves } = snarkjs as unknown as {
  wtns: {
    calculate(
      inputs: unknown,
      wasm: MemoryFile,
      witness: MemoryFile,
      options: { memorySize: number },
    ): Promise<void>;
  };
  groth16: {
    prove(
      zkey: MemoryFile,
      witness: MemoryFile,
      logger: { debug(message: string): void },
    ): Promise<{ proof: SnarkjsProof; publicSignals: string[] }>;
    verify(
      verificationKey: unknown,
      publicSignals: string[],
      proof: SnarkjsProof,
    ): Promise<boolean>;
  };
  curves: { getCurveFromName(name: string, options: { singleThread: boolean }): Promise<unknown> };
};

/**
 * Keeps snarkjs from starting threads in this process or worker. All of its functions take the curve that they find
 * in a global variable, and start threads where there is none; most have no option for it, `verify` among them.
 */
export async function proveWithoutThreads(): Promise<void> {
  const globals = globalThis as { curve_bn128?: unknown };
  globals.curve_bn128 ??= await curves.getCurveFromName("bn128", { singleThread: true });
}
