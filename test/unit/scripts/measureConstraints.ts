import { expect } from "chai";
import { listExcess } from "../../../scripts/measureConstraints.ts";

describe("listExcess", () => {
  it("is empty at the manifest's limit", async () => {
    expect(await listExcess({ Withdraw: 20_000, ConfirmSell: 22_000 })).to.deep.equal([]);
  });

  it("names what is above it, and by how much", async () => {
    expect(await listExcess({ Withdraw: 20_001, ConfirmSell: 22_000 })).to.deep.equal([
      "Withdraw has 20001 constraints, 1 above its limit in circuits.json.",
    ]);
  });
});
