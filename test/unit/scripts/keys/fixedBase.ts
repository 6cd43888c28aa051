import { expect } from "chai";
import { littleEndian } from "../../../../scripts/keys/binaryFile.ts";
import { SCALAR_FIELD_ORDER } from "../../../../scripts/keys/bn254.ts";
import { FixedBase } from "../../../../scripts/keys/fixedBase.ts";
import { loadSnarkjsCurve } from "../../../../scripts/keys/snarkjsCurve.ts";
import { FIELD_BYTES, loadWasmCurve, type WasmCurve } from "../../../../scripts/keys/wasmCurve.ts";

/** The edges of the windows of 12 bits, and what mixes them. */
const SCALARS = [
  0n,
  1n,
  2n,
  4095n,
  4096n,
  4097n,
  2n ** 252n - 1n,
  2n ** 252n,
  (SCALAR_FIELD_ORDER - 1n) / 2n,
  (SCALAR_FIELD_ORDER + 1n) / 2n,
  SCALAR_FIELD_ORDER - 2n,
  SCALAR_FIELD_ORDER - 1n,
  0x123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdefn,
];

describe("FixedBase", () => {
  let wasm: WasmCurve;
  before(async () => {
    wasm = await loadWasmCurve();
  });

  for (const name of ["G1", "G2"] as const)
    it(`gives the multiples of ${name}'s generator that snarkjs gives, across batches`, async () => {
      const { [name]: group } = await loadSnarkjsCurve();
      const base = new FixedBase(wasm, name);
      // More than one batch, at whose seams the same numbers stand in other places.
      const scalars = Array.from({ length: 5000 }, (_, i) => SCALARS[i % SCALARS.length]!);
      const pointer = wasm.allocate(scalars.length * FIELD_BYTES);
      for (const [i, scalar] of scalars.entries())
        wasm.bytes().set(littleEndian(scalar, FIELD_BYTES), pointer + i * FIELD_BYTES);
      const points = base.multiply(pointer, scalars.length);
      const expected = SCALARS.map((scalar) =>
        scalar === 0n
          ? new Uint8Array(base.pointBytes)
          : group.toAffine(group.timesScalar(group.g, scalar)),
      );
      for (const i of scalars.keys()) {
        const point = points.slice(i * base.pointBytes, (i + 1) * base.pointBytes);
        expect(Buffer.compare(point, expected[i % SCALARS.length]!), `scalar ${i}`).to.equal(0);
      }
    });
});
