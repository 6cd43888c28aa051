import { expect } from "chai";
import { useStores } from "./stores.ts";

const OFFSET = {
  participant: 3,
  meterId: 4,
  importOffsetWh: 1_000_000_000n,
  exportOffsetWh: -5n,
  serialNumber: undefined,
  sinceMs: 1000,
  reason: "The import register wrapped around.",
  commandId: 7,
};

describe("Offsets", function () {
  const stores = useStores();

  it("tells the latest of a meter and all before it, also after the store was closed", function () {
    const store = stores.open();
    const first = store.offsets.add(OFFSET);
    const second = store.offsets.add({ ...OFFSET, importOffsetWh: 2n, serialNumber: "B2" });
    store.offsets.add({ ...OFFSET, meterId: 5 });
    store.close();
    const { offsets } = stores.open();
    expect(offsets.of(3, 4)).to.deep.equal(second);
    expect(offsets.history(3, 4)).to.deep.equal([first, second]);
    expect(first).to.deep.equal({ ...OFFSET, id: 1 });
    expect(offsets.of(3, 6)).to.equal(undefined);
  });
});
