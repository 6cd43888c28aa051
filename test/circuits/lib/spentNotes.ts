import { expect } from "chai";
import { MerkleTree } from "../../../sdk/private/merkleTree.ts";
import { nullifierOf } from "../../../sdk/private/nullifier.ts";
import { hash } from "../../../sdk/private/poseidon.ts";
import { TAGS } from "../../../sdk/private/tags.ts";
import { ALICE } from "../../unit/sdk/private/scene.ts";
import {
  bounds,
  compileGadget,
  COMPILING_MS,
  expectRefused,
  expectSound,
} from "../helpers/gadget.ts";

const DEPTH = 3;
const SCOPE = 321n;
const { owner, nullifierKey } = ALICE;

/** A tree with some leaf, which may be of a note that no circuit would have made, and the path to it. */
function pathTo(leaf: bigint) {
  const { root, size, siblings } = new MerkleTree(DEPTH, [1n, 2n, leaf, 4n, 5n]).pathOf(2);
  return { index: 2n, root, size: BigInt(size), siblings, scope: SCOPE };
}

describe("SpentCredit", function () {
  this.timeout(COMPILING_MS);

  const spend = (amountNano: bigint) => {
    const leaf = hash(TAGS.credit, owner, amountNano, 9n);
    return { owner, nullifierKey, amountNano, salt: 9n, ...pathTo(leaf) };
  };

  it("takes a note of the tree and gives the SDK's nullifier", async () => {
    const circuit = await compileGadget("spentNotes", `SpentCredit(${DEPTH})`);
    for (const amountNano of bounds(64n).inside) {
      const witness = await expectSound(circuit, spend(amountNano));
      expect(circuit.value(witness, "nullifier")).to.equal(nullifierOf(SCOPE, nullifierKey, 2));
    }
  });

  it("refuses amounts out of range", async () => {
    const circuit = await compileGadget("spentNotes", `SpentCredit(${DEPTH})`);
    for (const amountNano of bounds(64n).outside) await expectRefused(circuit, spend(amountNano));
  });

  it("refuses a note that is not in the tree", async () => {
    const circuit = await compileGadget("spentNotes", `SpentCredit(${DEPTH})`);
    for (const name of ["owner", "amountNano", "salt", "root"]) {
      await expectRefused(circuit, { ...spend(5n), [name]: 6n });
    }
  });
});

describe("SpentGeneration", function () {
  this.timeout(COMPILING_MS);

  const spend = (energyWh: bigint) => {
    const leaf = hash(TAGS.generation, owner, 7n, 8n, energyWh, 9n);
    const terms = { gateway: 7n, period: 8n, energyWh, salt: 9n };
    return { owner, nullifierKey, ...terms, ...pathTo(leaf) };
  };

  it("takes a note of the tree and gives the SDK's nullifier", async () => {
    const circuit = await compileGadget("spentNotes", `SpentGeneration(${DEPTH})`);
    for (const energyWh of bounds(28n).inside) {
      const witness = await expectSound(circuit, spend(energyWh));
      expect(circuit.value(witness, "nullifier")).to.equal(nullifierOf(SCOPE, nullifierKey, 2));
    }
  });

  it("refuses energies out of range", async () => {
    const circuit = await compileGadget("spentNotes", `SpentGeneration(${DEPTH})`);
    for (const energyWh of bounds(28n).outside) await expectRefused(circuit, spend(energyWh));
  });

  it("refuses a note that is not in the tree", async () => {
    const circuit = await compileGadget("spentNotes", `SpentGeneration(${DEPTH})`);
    for (const name of ["owner", "gateway", "period", "energyWh", "salt", "root"]) {
      await expectRefused(circuit, { ...spend(5n), [name]: 6n });
    }
  });
});

describe("OwnPlan", function () {
  this.timeout(COMPILING_MS);

  const VALID = { owner, side: 1n, period: 2n, energyWh: 3n, price: 4n, attributes: 5n, salt: 6n };
  const planned = (changes: Partial<typeof VALID> = {}) => {
    const terms = { ...VALID, ...changes };
    return { ...terms, plan: hash(TAGS.plan, ...Object.values(terms)) };
  };

  it("takes the opening of a plan", async () => {
    const circuit = await compileGadget("spentNotes", "OwnPlan()");
    await expectSound(circuit, planned());
  });

  it("takes no other opening", async () => {
    const circuit = await compileGadget("spentNotes", "OwnPlan()");
    for (const name of Object.keys(planned())) {
      await expectRefused(circuit, { ...planned(), [name]: 0n });
    }
  });

  it("takes quantities in range only", async () => {
    const circuit = await compileGadget("spentNotes", "OwnPlan()");
    for (const [name, bits] of [
      ["period", 24n],
      ["energyWh", 28n],
      ["price", 32n],
    ] as const) {
      for (const value of bounds(bits).inside) await circuit.witness(planned({ [name]: value }));
      for (const value of bounds(bits).outside) {
        await expectRefused(circuit, planned({ [name]: value }));
      }
    }
  });
});
