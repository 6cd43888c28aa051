import { concatBytes } from "@noble/hashes/utils.js";
import type { Point } from "./babyJubjub.ts";
import { bigintToBytes32, bytesToBigint } from "./bytes.ts";
import { decodeChecked, encodeChecked } from "./checkedHex.ts";
import { requireField } from "./field.ts";
import { packPoint, unpackPublicKey } from "./packedPoint.ts";

/** What a payer or gateway is given: enough to make a note for its owner, and for nothing else. */
export interface PrivateAddress {
  account: bigint;
  viewKey: Point;
}

const PREFIX = "swp1";

/** A private address as text. */
export function formatPrivateAddress({ account, viewKey }: PrivateAddress): string {
  return encodeChecked(PREFIX, concatBytes(bigintToBytes32(account), packPoint(viewKey)));
}

/** @throws CheckedTextError, OutOfRangeError, InvalidPointError */
export function parsePrivateAddress(text: string): PrivateAddress {
  const bytes = decodeChecked("private address", PREFIX, text, 64);
  return {
    account: requireField("The address's account", bytesToBigint(bytes.slice(0, 32))),
    viewKey: unpackPublicKey("The address's viewing key", bytes.slice(32)),
  };
}
