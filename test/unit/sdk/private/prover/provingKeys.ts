import { expect } from "chai";
import {
  parseProvingKeys,
  PROVING_KEYS_FORMAT,
  ProvingKeysManifestError,
} from "../../../../../sdk/private/prover/provingKeys.ts";

const file = { file: "Deposit.zkey", bytes: 5, sha256: "ab".repeat(32) };
const Deposit = { wasm: file, zkey: file, verificationKey: file };
const manifest = { format: PROVING_KEYS_FORMAT, circuits: { Deposit } };

describe("parseProvingKeys", () => {
  it("takes what is published", () => {
    expect(parseProvingKeys(manifest)).to.equal(manifest);
  });

  it("says what is wrong with everything else", () => {
    const refused: [unknown, string][] = [
      [null, "has format undefined"],
      ["<html>", "has format undefined"],
      [{ ...manifest, format: "sealwatt proving keys 2" }, "proving keys 2"],
      [{ ...manifest, circuits: { Deposit: null } }, "the wasm of Deposit"],
      [
        { ...manifest, circuits: { Deposit: { ...Deposit, zkey: undefined } } },
        "the zkey of Deposit",
      ],
      [
        { ...manifest, circuits: { Deposit: { ...Deposit, zkey: { ...file, sha256: "AB" } } } },
        "the zkey of Deposit",
      ],
      [
        {
          ...manifest,
          circuits: { Deposit: { ...Deposit, verificationKey: { ...file, bytes: 0.5 } } },
        },
        "the verificationKey of Deposit",
      ],
    ];
    for (const [value, fault] of refused) {
      expect(() => parseProvingKeys(value)).to.throw(ProvingKeysManifestError, fault);
    }
  });
});
