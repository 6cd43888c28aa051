import { readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { protocolVectors } from "../../../../scripts/protocolVectors.ts";
import { verifySignature } from "../../../../sdk/private/eddsa.ts";
import type { SealedNote } from "../../../../sdk/private/memoCode.ts";
import { openMemoAsAuditor, openMemoAsOwner } from "../../../../sdk/private/openMemo.ts";
import { parseViewingKey } from "../../../../sdk/private/viewingKey.ts";

const FILE = path.join(import.meta.dirname, "../../../../docs/protocol-vectors.json");

interface Vectors {
  keys: { spendKey: string[]; viewingKeyText: string };
  memos: {
    auditScalar: string;
    notes: {
      note: { kind: SealedNote["kind"] };
      commitment: string;
      outputIndex: number;
      memo: string[];
    }[];
  };
  signature: { message: string; signature: { r: string[]; s: string } };
}

/** A value as the file has it. */
function written(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_, each: unknown) =>
      typeof each === "bigint" ? each.toString() : each,
    ),
  );
}

describe("protocol-vectors.json", () => {
  const vectors = JSON.parse(readFileSync(FILE, "utf8")) as Vectors;
  const point = ([x, y]: string[]) => [BigInt(x!), BigInt(y!)] as const;

  it("is what the SDK gives", async () => {
    expect(written(await protocolVectors())).to.deep.equal(vectors);
  });

  it("has memos that its viewing key and its audit key open", () => {
    const viewer = parseViewingKey(vectors.keys.viewingKeyText);
    for (const { note, commitment, outputIndex, memo } of vectors.memos.notes) {
      const sealed = {
        kind: note.kind,
        commitment: BigInt(commitment),
        outputIndex,
        memo: memo.map(BigInt),
      };
      expect(written(openMemoAsOwner(sealed, viewer))).to.deep.equal(note);
      expect(written(openMemoAsAuditor(sealed, BigInt(vectors.memos.auditScalar)))).to.deep.equal(
        note,
      );
    }
  });

  it("has a signature of its own key", () => {
    const { message, signature } = vectors.signature;
    const parsed = { r: point(signature.r), s: BigInt(signature.s) };
    expect(verifySignature(point(vectors.keys.spendKey), BigInt(message), parsed)).to.be.true;
  });
});
