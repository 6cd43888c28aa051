import { expect } from "chai";
import { sealNote } from "../../../sdk/private/sealNote.ts";
import { ALICE, AUDIT_KEY } from "../../unit/sdk/private/scene.ts";
import {
  bounds,
  compileGadget,
  COMPILING_MS,
  expectRefused,
  expectSound,
} from "../helpers/gadget.ts";
import type { Inputs, TestCircuit } from "../helpers/testCircuit.ts";

const { owner, viewKey } = ALICE;
const auditKey = AUDIT_KEY;
const MADE_BY = { owner, viewKey, auditKey, ephemeral: 99n };
const SEALED_BY = { viewKey, auditKey, ephemeral: 99n, outputIndex: 1 };

/** Checks each quantity at its bounds, the others as they are. */
async function expectRanges(
  circuit: TestCircuit,
  inputs: Inputs,
  widths: Record<string, bigint>,
): Promise<void> {
  for (const [name, bits] of Object.entries(widths)) {
    const { inside, outside } = bounds(bits);
    for (const value of inside) await circuit.witness({ ...inputs, [name]: value });
    for (const value of outside) await expectRefused(circuit, { ...inputs, [name]: value });
  }
}

describe("new notes", function () {
  this.timeout(COMPILING_MS);

  it("of credit are the SDK's, of amounts in range only", async () => {
    const circuit = await compileGadget("newNotes", "NewCredit(1)");
    const inputs = { ...MADE_BY, amountNano: 77n };
    const made = sealNote({ kind: "credit", owner, amountNano: 77n }, SEALED_BY);
    const witness = await expectSound(circuit, inputs);
    expect(circuit.value(witness, "commitment")).to.equal(made.commitment);
    expect(circuit.values(witness, "memo")).to.deep.equal(made.memo);
    await expectRanges(circuit, inputs, { amountNano: 64n });
  });

  it("of generation are the SDK's, of quantities in range only", async () => {
    const circuit = await compileGadget("newNotes", "NewGeneration(1)");
    const terms = { gateway: 5n, period: 6n, energyWh: 7n };
    const made = sealNote({ kind: "generation", owner, ...terms }, SEALED_BY);
    const witness = await expectSound(circuit, { ...MADE_BY, ...terms });
    expect(circuit.value(witness, "commitment")).to.equal(made.commitment);
    expect(circuit.values(witness, "memo")).to.deep.equal(made.memo);
    await expectRanges(circuit, { ...MADE_BY, ...terms }, { period: 24n, energyWh: 28n });
  });

  it("of plans are the SDK's, of quantities in range only", async () => {
    const circuit = await compileGadget("newNotes", "NewPlan(1, 1)");
    const terms = { period: 6n, energyWh: 7n, attributes: 9n };
    const draft = { kind: "plan", side: "sell", owner, priceMicroPerKwh: 8n, ...terms } as const;
    const made = sealNote(draft, SEALED_BY);
    const inputs = { ...MADE_BY, ...terms, price: 8n };
    const witness = await expectSound(circuit, inputs);
    expect(circuit.value(witness, "commitment")).to.equal(made.commitment);
    expect(circuit.values(witness, "memo")).to.deep.equal(made.memo);
    await expectRanges(circuit, inputs, { period: 24n, energyWh: 28n, price: 32n });
  });
});
