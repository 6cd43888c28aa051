import { expect } from "chai";
import { StoreError } from "../../../../oracle/store/errors.ts";
import type { Suspicion } from "../../../../oracle/store/quarantine.ts";
import { useStores } from "./stores.ts";

const suspicionOf = (atMs: number, code = "backwards"): Suspicion => ({
  participant: 3,
  meterId: 4,
  period: 77,
  code,
  explanation: "Import fell from 5000 Wh to 4999 Wh.",
  suggestion: "reject",
  published: { importWh: 5000n, exportWh: 0n },
  evidence: {
    atMs,
    importWh: 2n ** 63n,
    exportWh: undefined,
    activePowerW: undefined,
    serialNumber: undefined,
    raw: [{ quantity: "importEnergyWh", source: "di 00010000", hex: "ff", value: "4.999 kWh" }],
    frames: ["68aa16"],
  },
});

describe("Quarantine", function () {
  const stores = useStores();

  it("keeps a suspicious value with its evidence, also after the store was closed", function () {
    const store = stores.open();
    const entry = store.quarantine.report(suspicionOf(1000));
    store.close();
    expect(stores.open().quarantine.open()).to.deep.equal([entry]);
    const { evidence, ...rest } = suspicionOf(1000);
    expect(entry).to.deep.equal({
      ...rest,
      id: 1,
      state: "open",
      first: evidence,
      latest: evidence,
      samples: 1,
      openedAtMs: 1000,
      lastSeenAtMs: 1000,
      decidedAtMs: undefined,
      commandId: undefined,
      note: undefined,
    });
  });

  it("adds to the open entry of the same meter and reason, and to no other", function () {
    const { quarantine } = stores.open();
    quarantine.report(suspicionOf(1000));
    quarantine.report({ ...suspicionOf(2000), meterId: 5 });
    quarantine.report(suspicionOf(3000, "zero"));
    const updated = quarantine.report({ ...suspicionOf(4000), explanation: "Lower still." });
    expect(updated).to.deep.include({
      id: 1,
      samples: 2,
      openedAtMs: 1000,
      lastSeenAtMs: 4000,
      explanation: "Lower still.",
      first: suspicionOf(1000).evidence,
      latest: suspicionOf(4000).evidence,
    });
    expect(quarantine.open().map(({ id }) => id)).to.deep.equal([1, 2, 3]);
    expect(quarantine.openOf(3, 4).map(({ code }) => code)).to.deep.equal(["backwards", "zero"]);
  });

  it("decides an entry once; what comes later opens another", function () {
    const { quarantine } = stores.open();
    quarantine.report(suspicionOf(1000));
    quarantine.decide(1, {
      state: "rejected",
      atMs: 2000,
      commandId: 9,
      note: "meter was swapped",
    });
    expect(quarantine.get(1)).to.include({
      state: "rejected",
      decidedAtMs: 2000,
      commandId: 9,
      note: "meter was swapped",
    });
    expect(() => quarantine.decide(1, { state: "released", atMs: 3000 })).to.throw(
      StoreError,
      "Quarantine entry 1 is rejected already.",
    );
    expect(quarantine.report(suspicionOf(4000)).id).to.equal(2);
    expect(quarantine.latest(1).map(({ id }) => id)).to.deep.equal([2]);
  });
});
