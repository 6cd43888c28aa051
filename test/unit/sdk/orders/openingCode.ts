import { expect } from "chai";
import { id } from "ethers";
import {
  decodeOrderOpening,
  decodeScheduleOpening,
  encodeOrderOpening,
  encodeScheduleOpening,
  MalformedOpeningError,
} from "../../../../sdk/orders/openingCode.ts";
import type { SealableOrder } from "../../../../sdk/orders/packedOrder.ts";
import { sealSeededSchedule } from "../../../../sdk/orders/seededSchedule.ts";

const MAX_32 = 2 ** 32 - 1;
const participant = 1234;

/** A day of a household with solar: round prices, a few thousand Wh. */
function dayOfOrders(day: number, count = 96): SealableOrder[] {
  return Array.from({ length: count }, (_, i) => ({
    participant,
    period: day * 96 + i,
    side: i % 3 === 0 ? ("sell" as const) : ("buy" as const),
    energyWh: 5 + ((i * 977) % 6000),
    priceMicroPerKwh: 80_000 + 1_000 * ((i * 53) % 240),
  }));
}

describe("openingCode", () => {
  for (const side of ["sell", "buy"] as const) {
    for (const [energyWh, priceMicroPerKwh] of [
      [1, 0],
      [127, 128],
      [16_383, 16_384],
      [MAX_32, MAX_32],
    ] as const) {
      it(`keeps a ${side} order of ${energyWh} Wh at ${priceMicroPerKwh}`, () => {
        const order = { participant, period: 99, side, energyWh, priceMicroPerKwh };
        const opening = { order, salt: id("salt") };
        expect(decodeOrderOpening(encodeOrderOpening(opening), order)).to.deep.equal(opening);
      });
    }
  }

  it("keeps a day's orders and their seed", () => {
    const schedule = { orders: dayOfOrders(3), seed: id("seed") };
    const bytes = encodeScheduleOpening(3, schedule);
    expect(decodeScheduleOpening(bytes, { participant, day: 3 })).to.deep.equal(schedule);
  });

  it("keeps a day with gaps and prices that have no common divisor", () => {
    const orders = [
      { participant, period: 96, side: "buy" as const, energyWh: 1, priceMicroPerKwh: MAX_32 },
      { participant, period: 191, side: "sell" as const, energyWh: MAX_32, priceMicroPerKwh: 1 },
    ];
    const bytes = encodeScheduleOpening(1, { orders, seed: id("seed") });
    expect(decodeScheduleOpening(bytes, { participant, day: 1 }).orders).to.deep.equal(orders);
  });

  it("keeps prices of nothing", () => {
    const orders = [
      { participant, period: 5, side: "buy" as const, energyWh: 10, priceMicroPerKwh: 0 },
    ];
    const bytes = encodeScheduleOpening(0, { orders, seed: id("seed") });
    expect(decodeScheduleOpening(bytes, { participant, day: 0 }).orders).to.deep.equal(orders);
  });

  it("takes less than 400 bytes for 96 orders, and so less than 450 encrypted", () => {
    expect(
      encodeScheduleOpening(0, { orders: dayOfOrders(0), seed: id("seed") }),
    ).to.have.length.below(400);
  });

  it("lets the same schedule be sealed again from what it decodes", () => {
    const domain = id("market");
    const orders = dayOfOrders(2, 50);
    const sealed = sealSeededSchedule(domain, 2, orders, id("seed"));
    const decoded = decodeScheduleOpening(encodeScheduleOpening(2, { orders, seed: id("seed") }), {
      participant,
      day: 2,
    });
    const again = sealSeededSchedule(domain, 2, decoded.orders, decoded.seed);
    expect(again.root).to.equal(sealed.root);
    expect([...again.openings]).to.deep.equal([...sealed.openings]);
  });

  it("seals otherwise from another seed", () => {
    const orders = dayOfOrders(2, 5);
    const a = sealSeededSchedule(id("market"), 2, orders, id("seed"));
    const b = sealSeededSchedule(id("market"), 2, orders, id("another seed"));
    expect(a.root).not.to.equal(b.root);
  });

  describe("of malformed bytes", () => {
    const place = { participant, period: 1 };
    const order = { ...place, side: "buy" as const, energyWh: 300, priceMicroPerKwh: 1 };
    const good = encodeOrderOpening({ order, salt: id("salt") });
    const cases: [string, Uint8Array][] = [
      ["nothing", new Uint8Array()],
      ["a schedule's kind", Uint8Array.from([2, ...good.slice(1)])],
      ["a missing end", good.slice(0, -1)],
      ["a byte too many", Uint8Array.from([...good, 0])],
      [
        "an endless number",
        Uint8Array.from([...good.slice(0, 33), ...Array<number>(9).fill(0xff)]),
      ],
    ];
    for (const [name, bytes] of cases) {
      it(`refuses ${name}`, () => {
        expect(() => decodeOrderOpening(bytes, place)).to.throw(MalformedOpeningError);
      });
    }
  });
});
