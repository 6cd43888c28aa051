import { getBytes, isHexString } from "ethers";
import type { Value } from "./table.ts";

/** @throws TypeError where the text is no hex of whole bytes, or of another length */
export function bytesOf(hex: string, length?: number): Uint8Array {
  if (!isHexString(hex, length ?? true)) {
    throw new TypeError(
      `${JSON.stringify(hex.slice(0, 80))} is not hex of ${length ?? "whole"} bytes.`,
    );
  }
  return getBytes(hex);
}

export const numberOf = (value: Value | undefined) =>
  typeof value === "number" ? value : undefined;

export const textOf = (value: Value | undefined) => (typeof value === "string" ? value : undefined);
