import { expect } from "chai";
import type { Resident } from "../../../../../scripts/neighbourhood/neighbourhood.ts";
import {
  chooseTraders,
  depositNano,
  TooFewTradersError,
} from "../../../../../scripts/neighbourhood/private/chooseTraders.ts";

const SEED = 7;

/** Residents by what they feed in; what they draw is negative. */
function residentsOf(...soldWh: number[]): Resident[] {
  return soldWh.map((sold, index) => ({
    participant: index + 2,
    name: `resident ${index}`,
    profile: {
      slot: () => ({ importWh: Math.max(0, -sold), exportWh: Math.max(0, sold) }),
    },
  })) as unknown as Resident[];
}

const choose = (residents: readonly Resident[], count: number) =>
  chooseTraders(residents, { slot: 38, count, seed: SEED });
const namesOf = (residents: readonly Resident[], count: number) =>
  choose(residents, count).map(({ resident, side }) => `${side} ${resident.name}`);

describe("chooseTraders", () => {
  it("takes those who feed in most and those who draw most, half of them each", () => {
    const residents = residentsOf(100, -100, 1_000, -1_000, 5_000, -5_000, 300, -300);
    expect(namesOf(residents, 4)).to.deep.equal([
      "sell resident 4",
      "sell resident 2",
      "buy resident 5",
      "buy resident 3",
    ]);
  });

  it("takes more of the one side where the other has too few", () => {
    const residents = residentsOf(1_000, 2_000, -100, -500, -1_000, -2_000);
    const sides = (count: number) => choose(residents, count).map(({ side }) => side);
    expect(sides(6)).to.deep.equal(["sell", "sell", "buy", "buy", "buy", "buy"]);
    const others = residentsOf(100, 500, 1_000, 2_000, -1_000, -2_000);
    expect(choose(others, 6).filter(({ side }) => side === "sell")).to.have.length(4);
  });

  it("has one of each side keep silent, who meet others than each other", () => {
    const wishes = choose(residentsOf(1_000, 2_000, 3_000, -1_000, -2_000, -3_000), 6);
    const of = (side: string) => wishes.filter((wish) => wish.side === side);
    const best = (side: string, sign: 1 | -1) =>
      of(side).sort((a, b) => sign * Number(a.priceMicroPerKwh - b.priceMicroPerKwh));
    const asks = best("sell", 1).map(({ isSilent }) => isSilent);
    const bids = best("buy", -1).map(({ isSilent }) => isSilent);
    expect([asks, bids]).to.deep.equal([
      [false, true, false],
      [true, false, false],
    ]);
  });

  it("gives prices that the circuits take, however many trade", () => {
    const many = Array.from({ length: 100 }, (_, index) => 1_000 + index);
    for (const { priceMicroPerKwh } of choose(residentsOf(...many, ...many.map((v) => -v)), 200)) {
      expect(priceMicroPerKwh > 0n && priceMicroPerKwh < 2n ** 32n).to.equal(true);
    }
  });

  it("refuses where there are not two of each side", () => {
    for (const sold of [
      [1_000, -1_000, -2_000, -3_000],
      [1_000, 2_000, 3_000, -1_000],
      [1_000, 2_000, -1_000, -15],
      [],
    ]) {
      expect(() => choose(residentsOf(...sold), 4)).to.throw(
        TooFewTradersError,
        /feed in and \d draw enough to trade privately: two of each are needed/,
      );
    }
  });

  it("has buyers pay in what covers plan and bond, in whole units", () => {
    const [, , buyer] = choose(residentsOf(1_000, 2_000, -10_000, -1_000), 4);
    const locked = buyer!.energyWh * buyer!.priceMicroPerKwh + 5n;
    const deposit = depositNano(buyer!, 5n);
    expect(deposit % 1_000_000_000n).to.equal(0n);
    expect(deposit > locked && deposit - locked <= 1_000_000_000n).to.equal(true);
  });
});
