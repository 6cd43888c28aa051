import { loadSnarkjsCurve } from "./snarkjsCurve.ts";

type WasmFunction = (...parameters: number[]) => number;

const PAGE_BYTES = 65_536;
/** Where the module keeps the end of what it and we have allocated. */
const FREE_POINTER = 0;

/** Bytes of an element of BN254's two fields. */
export const FIELD_BYTES = 32;

/**
 * snarkjs's WebAssembly of BN254 with a memory of our own. Its functions take pointers; numbers are in
 * Montgomery form (`…m_` in their names), points in affine or Jacobian coordinates.
 */
export interface WasmCurve {
  /** A function of the module, such as `g1m_addMixed`. */
  call(name: string): WasmFunction;
  /** Reserves zeroed bytes; later growth moves no pointer, but ends every view. */
  allocate(bytes: number): number;
  /** Gives back all that was allocated while `work` ran. */
  scoped<T>(work: () => T): T;
  /** A view of the memory until the next allocation. */
  bytes(): Uint8Array;
  /** Where the generators are, in Jacobian coordinates. */
  generators: { G1: number; G2: number };
}

/** Node's, without the types of a browser that it comes with in TypeScript. */
const { WebAssembly } = globalThis as unknown as {
  WebAssembly: {
    Memory: new (limits: { initial: number }) => { buffer: ArrayBuffer; grow(pages: number): void };
    instantiate(
      code: Uint8Array,
      imports: object,
    ): Promise<{ instance: { exports: Record<string, WasmFunction> } }>;
  };
};

export async function loadWasmCurve(): Promise<WasmCurve> {
  const { tm } = await loadSnarkjsCurve();
  const memory = new WebAssembly.Memory({ initial: 25 });
  const { instance } = await WebAssembly.instantiate(tm.code, { env: { memory } });
  const freePointer = () => new DataView(memory.buffer).getUint32(FREE_POINTER, true);
  const setFreePointer = (pointer: number) => {
    new DataView(memory.buffer).setUint32(FREE_POINTER, pointer, true);
  };

  return {
    call(name) {
      return instance.exports[name]!;
    },
    allocate(bytes) {
      const pointer = (freePointer() + 7) & ~7;
      const end = pointer + bytes;
      // The module takes working space of its own behind ours without asking whether there is any.
      const missing = end + 64 * PAGE_BYTES - memory.buffer.byteLength;
      if (missing > 0) memory.grow(Math.ceil(missing / PAGE_BYTES));
      setFreePointer(end);
      new Uint8Array(memory.buffer).fill(0, pointer, end);
      return pointer;
    },
    scoped(work) {
      const pointer = freePointer();
      try {
        return work();
      } finally {
        setFreePointer(pointer);
      }
    },
    bytes() {
      return new Uint8Array(memory.buffer);
    },
    generators: { G1: tm.pG1gen, G2: tm.pG2gen },
  };
}
