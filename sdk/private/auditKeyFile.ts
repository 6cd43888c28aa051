import { toBeHex } from "ethers";
import { makeHexKeyFile, readHexKeyFile } from "../keystore/hexKeyFile.ts";
import { SUBGROUP_ORDER } from "./field.ts";
import { randomScalar } from "./randomScalar.ts";

/**
 * Makes an audit scalar in a file that only its owner may read, and waits until it is on the disk.
 * @returns false where there is such a file already, which stays as it is
 * @throws KeystoreError
 */
export function makeAuditKeyFile(option: string, path: string): Promise<boolean> {
  return makeHexKeyFile({ path, option }, toBeHex(randomScalar(), 32));
}

/**
 * Reads the regulator's audit scalar, which opens every memo that was made for its key.
 * @param option what named the file, for messages
 * @throws KeystoreError also where others than its owner may read the file
 */
export function readAuditKeyFile(option: string, path: string): Promise<bigint> {
  return readHexKeyFile({ path, option, maker: "private:set-audit-key" }, (hex) => {
    const scalar = BigInt(hex);
    return scalar > 0n && scalar < SUBGROUP_ORDER ? scalar : undefined;
  });
}
