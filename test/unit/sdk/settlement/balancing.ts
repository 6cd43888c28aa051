import { expect } from "chai";
import {
  accuracyWh,
  chargeNanoUp,
  imbalanceWh,
  paymentNanoDown,
  periodPrice,
  type Delivery,
} from "../../../../sdk/settlement/balancing.ts";

const rules = { minAverageWh: 100, referencePriceMicroPerKwh: 200_000 };
const delivery = (change: Partial<Delivery>): Delivery => ({
  declaredWh: 0n,
  soldWh: 0n,
  boughtWh: 0n,
  importWh: 0n,
  exportWh: 0n,
  sell: false,
  ...change,
});

describe("periodPrice", () => {
  it("is the trades' average as an exact fraction, from minAverageWh on", () => {
    const totals = { tradedWh: 100n, tradedNano: 333n };
    expect(periodPrice(totals, rules)).to.deep.equal({ nano: 333n, wh: 100n });
  });

  it("is the reference price below it, and where nothing was traded", () => {
    const reference = { nano: 200_000n, wh: 1n };
    expect(periodPrice({ tradedWh: 99n, tradedNano: 333n }, rules)).to.deep.equal(reference);
    expect(
      periodPrice({ tradedWh: 0n, tradedNano: 0n }, { ...rules, minAverageWh: 0 }),
    ).to.deep.equal(reference);
  });
});

describe("chargeNanoUp and paymentNanoDown", () => {
  it("round against the participant", () => {
    const price = { nano: 10n, wh: 3n };
    expect(chargeNanoUp(1n, price, 10_000)).to.equal(4n);
    expect(paymentNanoDown(1n, price, 10_000)).to.equal(3n);
  });

  it("agree where nothing is to round", () => {
    const price = { nano: 9n, wh: 3n };
    expect(chargeNanoUp(2n, price, 10_000)).to.equal(6n);
    expect(paymentNanoDown(2n, price, 10_000)).to.equal(6n);
    expect(chargeNanoUp(0n, price, 10_000)).to.equal(0n);
  });
});

describe("imbalanceWh", () => {
  const cases: [string, Partial<Delivery>, bigint, bigint][] = [
    ["a seller who delivers", { soldWh: 5n, exportWh: 5n }, 0n, 0n],
    ["a seller who delivers too little", { soldWh: 5n, exportWh: 3n }, 2n, 0n],
    ["a seller who imports, short by both", { soldWh: 5n, importWh: 3n }, 8n, 0n],
    ["a seller who delivers too much", { soldWh: 5n, exportWh: 9n }, 0n, 4n],
    ["a buyer who takes too much", { boughtWh: 5n, importWh: 9n }, 4n, 0n],
    ["a buyer who takes too little", { boughtWh: 5n, importWh: 3n }, 0n, 2n],
    ["one who did not trade and imports", { importWh: 3n }, 3n, 0n],
  ];
  for (const [condition, change, shortWh, longWh] of cases) {
    it(`is that of ${condition}`, () => {
      expect(imbalanceWh(delivery(change))).to.deep.equal({ shortWh, longWh });
    });
  }
});

describe("accuracyWh", () => {
  const cases: [string, Partial<Delivery>, bigint, bigint][] = [
    ["exactly what was declared", { exportWh: 10n }, 10n, 0n],
    ["less", { exportWh: 7n }, 7n, 3n],
    ["more", { exportWh: 12n }, 10n, 2n],
    ["nothing", {}, 0n, 10n],
    ["the other way", { importWh: 4n }, 0n, 14n],
    ["both, net", { exportWh: 9n, importWh: 4n }, 5n, 5n],
  ];
  for (const [condition, change, consistentWh, deviationWh] of cases) {
    it(`compares ${condition} with an offer, and with a bid the other way round`, () => {
      const offer = delivery({ declaredWh: 10n, sell: true, ...change });
      const bid = { ...offer, sell: false, importWh: offer.exportWh, exportWh: offer.importWh };
      expect(accuracyWh(offer)).to.deep.equal({ consistentWh, deviationWh });
      expect(accuracyWh(bid)).to.deep.equal({ consistentWh, deviationWh });
    });
  }
});
