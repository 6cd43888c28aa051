import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { expect } from "chai";
import { HERMEZ_HASHES, hermezFile } from "../../../../scripts/keys/ceremony/hermez.ts";

const ROW =
  /^\|\s*(\d+)\s*\|.*\[(powersOfTau28_hez_final\w*\.ptau)\].*\|\s*([0-9a-f]{128})\s*\|$/gm;

describe("HERMEZ_HASHES", () => {
  it("are those of snarkjs's own table, for all powers from 8 to 28", async () => {
    const main = createRequire(import.meta.url).resolve("snarkjs");
    const readme = await readFile(path.join(path.dirname(main), "..", "README.md"), "utf8");
    const rows = [...readme.matchAll(ROW)].map(([, power, file, hash]) => [
      Number(power),
      file,
      hash,
    ]);
    expect(rows).to.have.lengthOf(21);
    expect(
      [...HERMEZ_HASHES].map(([power, hash]) => [power, hermezFile(power), hash]),
    ).to.deep.equal(rows);
  });
});
