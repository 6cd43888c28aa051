import { concatBytes } from "@noble/hashes/utils.js";
import { BASE_POINT, multiplyPoint } from "./babyJubjub.ts";
import { bigintToBytes32, bytesToBigint } from "./bytes.ts";
import { decodeChecked, encodeChecked } from "./checkedHex.ts";
import { requireField, requireScalar } from "./field.ts";
import type { PrivateAccount } from "./keys.ts";
import { ownerOf } from "./owner.ts";

/** Reads an account's memos; cannot spend, and does not tell which notes are spent. A secret. */
export type ViewingKey = Pick<PrivateAccount, "viewScalar" | "account" | "owner">;

const PREFIX = "swv1";

/** A viewing key as text, for an auditor. */
export function formatViewingKey({
  viewScalar,
  account,
}: Pick<ViewingKey, "viewScalar" | "account">): string {
  return encodeChecked(PREFIX, concatBytes(bigintToBytes32(viewScalar), bigintToBytes32(account)));
}

/** @throws CheckedTextError, OutOfRangeError */
export function parseViewingKey(text: string): ViewingKey {
  const bytes = decodeChecked("viewing key", PREFIX, text, 64);
  const viewScalar = requireScalar("The viewing key's scalar", bytesToBigint(bytes.slice(0, 32)));
  const account = requireField("The viewing key's account", bytesToBigint(bytes.slice(32)));
  return { viewScalar, account, owner: ownerOf(account, multiplyPoint(BASE_POINT, viewScalar)) };
}
