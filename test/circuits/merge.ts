import { FIELD_ORDER, MAX_AMOUNT_NANO } from "../../sdk/private/field.ts";
import { buildMergeInputs } from "../../sdk/private/proofs/merge.ts";
import { ALICE, BOB, setting } from "../unit/sdk/private/scene.ts";
import { expectNoOther, expectProves, willCompile } from "./helpers/circuits.ts";
import { forge } from "./helpers/forge.ts";
import { COMPILING_MS, expectRefused } from "./helpers/gadget.ts";
import { credit, placed } from "./helpers/scene.ts";
import type { Inputs, TestCircuit } from "./helpers/testCircuit.ts";

describe("Merge", function () {
  this.timeout(COMPILING_MS);
  const compiled = willCompile("Merge");
  let circuit: TestCircuit;
  before(async () => {
    circuit = await compiled();
  });

  const request = (first: bigint, second: bigint) => {
    const [one, other] = placed(credit(first), credit(second));
    return buildMergeInputs(ALICE, setting(), [one!, other!]);
  };
  const forged = (changes: Inputs) => forge("Merge", ALICE, request(40n, 60n).inputs, changes);

  it("adds two notes", async () => {
    for (const [first, second] of [
      [0n, 0n],
      [40n, 40n],
      [MAX_AMOUNT_NANO, 0n],
      [1n, MAX_AMOUNT_NANO - 1n],
    ] as const) {
      await expectProves(circuit, request(first, second));
    }
  });

  it("refuses one note twice", async () => {
    const [{ note, path }] = placed(credit(40n)) as [
      ReturnType<typeof placed<ReturnType<typeof credit>>>[0],
    ];
    const both = <T>(value: T): T[] => [value, value];
    const twice = {
      noteAmountNano: both(note.amountNano),
      noteSalt: both(note.salt),
      noteIndex: both(BigInt(path.index)),
      noteSiblings: both(path.siblings),
      root: path.root,
      size: BigInt(path.size),
    };
    await expectRefused(circuit, forged(twice));
  });

  it("refuses a sum that no note can hold", async () => {
    const [one, other] = placed(credit(MAX_AMOUNT_NANO), credit(1n));
    const changes = {
      noteAmountNano: [MAX_AMOUNT_NANO, 1n],
      noteSalt: [one!.note.salt, other!.note.salt],
      noteSiblings: [one!.path.siblings, other!.path.siblings],
      root: one!.path.root,
    };
    await expectRefused(circuit, forged(changes));
  });

  it("refuses notes of two owners", async () => {
    const [one, other] = placed(credit(40n), credit(60n, BOB.owner));
    const changes = {
      noteSiblings: [one!.path.siblings, other!.path.siblings],
      root: one!.path.root,
    };
    await expectRefused(circuit, forged(changes));
  });

  it("refuses amounts that the notes do not hold", async () => {
    await expectRefused(circuit, forged({ noteAmountNano: [41n, 60n] }));
    await expectRefused(circuit, forged({ noteAmountNano: [40n, FIELD_ORDER - 1n] }));
  });

  it("has no second proof of the same", () => expectNoOther(circuit, request(40n, 60n)));
});
