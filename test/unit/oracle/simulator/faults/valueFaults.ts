import { expect } from "chai";
import type { FaultName } from "../../../../../oracle/simulator/faults/faultKinds.ts";
import { showValues } from "../../../../../oracle/simulator/faults/valueFaults.ts";
import { seededRandom } from "../../../../../sdk/seededRandom.ts";
import { plannedFault } from "../../../../helpers/plannedFault.ts";

/** It draws 10 Wh and feeds in 1 Wh a second, and power flows. */
const METER = {
  importEnergyWh: (timeS: number) => BigInt(1_000 + 10 * timeS),
  exportEnergyWh: (timeS: number) => BigInt(timeS),
  activePowerW: () => 32_400,
  serialNumber: "0419",
  counterWrapWh: undefined,
};

function shown(
  nowS: number,
  entries: ({ fault: FaultName } & Record<string, unknown>)[],
  counterWrapWh?: bigint,
) {
  const faults = entries.map((entry) => ({
    ...plannedFault(entry),
    sinceS: 5,
    random: seededRandom(0, ""),
  }));
  return showValues({ ...METER, counterWrapWh }, faults, nowS);
}

describe("showValues", () => {
  const cases: [string, { fault: FaultName } & Record<string, unknown>, bigint, bigint][] = [
    ["zeroOnce", { fault: "zeroOnce" }, 0n, 0n],
    ["zeroOnce of one", { fault: "zeroOnce", quantity: "exportEnergyWh" }, 1_080n, 0n],
    ["rollback", { fault: "rollback", energyWh: 50 }, 1_030n, 0n],
    ["stuck", { fault: "stuck" }, 1_050n, 5n],
    ["replaced", { fault: "replaced", importWh: 7 }, 37n, 3n],
    ["wrap", { fault: "wrap", beforeWh: 100, rangeWh: 10_000 }, 9_930n, 9_903n],
    ["wrap behind its end", { fault: "wrap", beforeWh: 10, rangeWh: 10_000 }, 20n, 9_993n],
  ];
  for (const [condition, entry, importWh, exportWh] of cases)
    it(`shows the counters under ${condition}`, () => {
      const { importEnergyWh, exportEnergyWh, activePowerW } = shown(8, [entry]);
      expect([importEnergyWh, exportEnergyWh]).to.deep.equal([importWh, exportWh]);
      expect(activePowerW).to.equal(32_400);
    });

  it("begins again at the end of the device's own range", () => {
    expect(shown(8, [], 1_000n).importEnergyWh).to.equal(80n);
  });

  it("gives a replaced meter another serial number of the same length", () => {
    expect(shown(8, []).serialNumber).to.equal("0419");
    expect(shown(8, [{ fault: "replaced" }]).serialNumber).to.equal("0410");
    expect(shown(8, [{ fault: "replaced", serialNumber: "77" }]).serialNumber).to.equal("77");
  });

  it("marks values as unreadable", () => {
    expect([...shown(8, [{ fault: "absent" }]).unreadable]).to.deep.equal([
      ["importEnergyWh", "absent"],
      ["exportEnergyWh", "absent"],
    ]);
    expect([...shown(8, [{ fault: "nan", quantity: "activePowerW" }]).unreadable]).to.deep.equal([
      ["activePowerW", "nan"],
    ]);
  });

  it("lets faults act in the order of the file", () => {
    const both = [{ fault: "stuck" }, { fault: "rollback", energyWh: 50 }] as const;
    expect(shown(8, [...both]).importEnergyWh).to.equal(1_000n);
  });
});
