import { expect } from "chai";
import { auditKeyOf } from "../../../../sdk/private/auditKey.ts";
import {
  addPoints,
  BASE_POINT,
  IDENTITY,
  multiplyPoint,
  type Point,
} from "../../../../sdk/private/babyJubjub.ts";
import { FIELD_ORDER, SUBGROUP_ORDER } from "../../../../sdk/private/field.ts";
import { stage } from "../../../helpers/stage.ts";

/** Of order 2: its double is the identity. */
const OF_ORDER_TWO: Point = [0n, FIELD_ORDER - 1n];
/** EIP-2494's generator of the whole curve, of order 8·l. */
const GENERATOR: Point = [
  995203441582195749578291179787384436505546430278305826713579947235728471134n,
  5472060717959818805561601436314318772137091100104008585924551046643952123905n,
];

describe("BabyJubjub", () => {
  const scene = stage(async ({ ethers }) => {
    const poseidon = await ethers.deployContract("PoseidonT3");
    const libraries = { PoseidonT3: await poseidon.getAddress() };
    return { curve: await ethers.deployContract("PrivateLibraries", { libraries }) };
  });

  const isOfPrimeOrder = (point: Point, eighth: Point): Promise<unknown> =>
    scene.curve.getFunction("isOfPrimeOrder")(point, eighth);
  const isOnCurve = (point: Point): Promise<unknown> =>
    scene.curve.getFunction("isOnCurve")(...point);

  it("takes each key with its eighth", async () => {
    for (const scalar of [1n, 2n, 8n, 123_456_789n, SUBGROUP_ORDER - 1n]) {
      const { key, eighth } = auditKeyOf(scalar);
      expect(await isOfPrimeOrder(key, eighth), `${scalar}`).to.equal(true);
      expect(await isOnCurve(key)).to.equal(true);
    }
  });

  it("takes an eighth that is not of order l itself: eight times it is", async () => {
    const { key, eighth } = auditKeyOf(77n);
    expect(await isOfPrimeOrder(key, addPoints(eighth, OF_ORDER_TWO))).to.equal(true);
  });

  it("takes no key that has a part of low order, whatever is said to be its eighth", async () => {
    const { key, eighth } = auditKeyOf(77n);
    for (const low of [OF_ORDER_TWO, multiplyPoint(GENERATOR, SUBGROUP_ORDER)]) {
      const tainted = addPoints(key, low);
      for (const claim of [eighth, addPoints(eighth, low), tainted]) {
        expect(await isOfPrimeOrder(tainted, claim)).to.equal(false);
      }
    }
  });

  it("takes neither the identity nor a point of low order", async () => {
    for (const low of [IDENTITY, OF_ORDER_TWO]) {
      for (const eighth of [IDENTITY, OF_ORDER_TWO]) {
        expect(await isOfPrimeOrder(low, eighth)).to.equal(false);
      }
    }
  });

  it("takes no point that its eighth is not of", async () => {
    const { key, eighth } = auditKeyOf(77n);
    expect(await isOfPrimeOrder(key, auditKeyOf(78n).eighth)).to.equal(false);
    expect(await isOfPrimeOrder([FIELD_ORDER - key[0], key[1]], eighth)).to.equal(false);
    expect(await isOfPrimeOrder([key[0], FIELD_ORDER - key[1]], eighth)).to.equal(false);
    expect(await isOfPrimeOrder([key[0], key[1] + 1n], eighth)).to.equal(false);
  });

  it("takes no eighth beside the curve, and no number at or above the field's order", async () => {
    const { key, eighth } = auditKeyOf(77n);
    expect(await isOfPrimeOrder(key, [eighth[0], eighth[1] + 1n])).to.equal(false);
    for (const shift of [
      [FIELD_ORDER, 0n],
      [0n, FIELD_ORDER],
    ] as const) {
      const aliased = ([x, y]: Point): Point => [x + shift[0], y + shift[1]];
      expect(await isOfPrimeOrder(aliased(key), eighth)).to.equal(false);
      expect(await isOfPrimeOrder(key, aliased(eighth))).to.equal(false);
      expect(await isOnCurve(aliased(BASE_POINT))).to.equal(false);
    }
  });
});
