import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import type { Finding, SignedProof } from "../../../../../oracle/keyholder/store/evidenceRows.ts";
import { KeyHolderStore } from "../../../../../oracle/keyholder/store/keyHolderStore.ts";

const POOL = { chainId: 31_337n, pool: "0x1111111111111111111111111111111111111111" };
const MOST_OF_KIND = 1_000;
const MOST_BODIES_OF_KIND = 50;

const proof = (body: number): SignedProof => ({
  method: "POST",
  path: "/verdicts",
  signature: `0x${"11".repeat(65)}`,
  body: new Uint8Array(8).fill(body),
});
const junk = (i: number): Finding => ({
  kind: "delivery",
  culprit: "sender of a delivery",
  subject: `match 1, ${i}`,
  fact: `Junk ${i} came.`,
});
const lie: Finding = { kind: "round list", culprit: "matcher", subject: "round 1", fact: "A lie." };

describe("EvidenceRows", () => {
  let folder: string;
  let store: KeyHolderStore;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "sealwatt-evidence-"));
    store = KeyHolderStore.open(folder, POOL);
  });
  afterEach(async () => {
    await store.close();
    rmSync(folder, { recursive: true });
  });

  it("counts what is found again, with the first request that showed it", () => {
    store.evidence.add(lie, 10, proof(1));
    store.evidence.add(lie, 20, proof(2));
    const [kept, ...others] = store.evidence.all();
    expect(others).to.be.empty;
    expect(kept).to.include({ times: 2, firstAtS: 10, lastAtS: 20 });
    expect(store.evidence.bodyOf(kept!.id)).to.deep.equal(proof(1).body);
  });

  it("does not grow for ever, and leaves room for other kinds, whatever anybody sends", () => {
    store.transaction(() => {
      for (let i = 0; i < MOST_OF_KIND + 40; i++) store.evidence.add(junk(i), i, proof(i));
    });
    store.evidence.add(lie, 5_000, proof(7));
    const all = store.evidence.all();
    expect(all).to.have.length(MOST_OF_KIND + 2);
    const bodies = all.filter(({ request }) => request?.isKept === true);
    expect(bodies).to.have.length(MOST_BODIES_OF_KIND + 1);
    // Of those without a body the hash is there, which the signature is over.
    expect(all[MOST_BODIES_OF_KIND]!.request!.bodySha256).to.match(/^[0-9a-f]{64}$/);
    expect(all[MOST_OF_KIND]).to.include({
      kind: "delivery",
      subject: "others",
      times: 40,
      fact: "More than 1000 of this kind were found.",
    });
    expect(all.at(-1)).to.include({ kind: "round list", times: 1 });
    expect(all.at(-1)!.request!.isKept).to.equal(true);
    // One that is known is still counted by itself.
    store.evidence.add(junk(3), 6_000);
    expect(store.evidence.all()[3]).to.include({ subject: "match 1, 3", times: 2 });
  });
});
