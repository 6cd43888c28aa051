import {
  addPoint,
  Base8,
  inCurve,
  mulPointEscalar,
  type Point as KitPoint,
} from "@zk-kit/baby-jubjub";
import { expect } from "chai";
import {
  addPoints,
  BASE_POINT,
  IDENTITY,
  InvalidPointError,
  isIdentity,
  isOfPrimeOrder,
  isOnCurve,
  multiplyPoint,
  pointOfY,
  requirePublicKey,
  type Point,
} from "../../../../sdk/private/babyJubjub.ts";
import { FIELD_ORDER, SUBGROUP_ORDER } from "../../../../sdk/private/field.ts";
import { packPoint, unpackPublicKey } from "../../../../sdk/private/packedPoint.ts";
import { randomScalar } from "../../../../sdk/private/randomScalar.ts";
import { lowOrderPoints } from "./scene.ts";

// EIP-2494, "Test vectors".
const P1: Point = [
  17777552123799933955779906779655732241715742912184938656739573121738514868268n,
  2626589144620713026669568689430873010625803728049924121243784502389097019475n,
];
const P2: Point = [
  16540640123574156134436876038791482806971768689494387082833631921987005038935n,
  20819045374670962167435360035096875258406992893633759881276124905556507972311n,
];
const GENERATOR: Point = [
  995203441582195749578291179787384436505546430278305826713579947235728471134n,
  5472060717959818805561601436314318772137091100104008585924551046643952123905n,
];
const kit = (point: Point): KitPoint<bigint> => [...point];

describe("babyJubjub", () => {
  it("adds as EIP-2494 says", () => {
    expect(addPoints(P1, P2)).to.deep.equal([
      7916061937171219682591368294088513039687205273691143098332585753343424131937n,
      14035240266687799601661095864649209771790948434046947201833777492504781204499n,
    ]);
  });

  it("doubles as EIP-2494 says", () => {
    const doubled: Point = [
      6890855772600357754907169075114257697580319025794532037257385534741338397365n,
      4338620300185947561074059802482547481416142213883829469920100239455078257889n,
    ];
    expect(addPoints(P1, P1)).to.deep.equal(doubled);
    expect(multiplyPoint(P1, 2n)).to.deep.equal(doubled);
  });

  it("doubles the identity", () => {
    expect(addPoints(IDENTITY, IDENTITY)).to.deep.equal(IDENTITY);
    expect(multiplyPoint(IDENTITY, 2n)).to.deep.equal(IDENTITY);
  });

  it("multiplies as EIP-2494 says", () => {
    expect(multiplyPoint(P1, 3n)).to.deep.equal([
      19372461775513343691590086534037741906533799473648040012278229434133483800898n,
      9458658722007214007257525444427903161243386465067105737478306991484593958249n,
    ]);
  });

  it("has EIP-2494's base point, 8 times the generator", () => {
    expect(multiplyPoint(GENERATOR, 8n)).to.deep.equal(BASE_POINT);
    expect(BASE_POINT).to.deep.equal(Base8);
  });

  it("knows EIP-2494's points on and off the curve", () => {
    expect(isOnCurve(IDENTITY)).to.be.true;
    expect(isOnCurve([1n, 0n])).to.be.false;
    expect([P1, P2, GENERATOR, BASE_POINT].every(isOnCurve)).to.be.true;
  });

  it("takes no coordinate at or above the field's order", () => {
    const [x, y] = BASE_POINT;
    expect(isOnCurve([x + FIELD_ORDER, y])).to.be.false;
    expect(isOnCurve([x, y + FIELD_ORDER])).to.be.false;
    expect(isOnCurve([x - FIELD_ORDER, y])).to.be.false;
  });

  it("agrees with zk-kit on random scalars and points", () => {
    for (let i = 0; i < 8; i++) {
      const [scalar, other] = [randomScalar(), randomScalar()];
      const point = multiplyPoint(BASE_POINT, scalar);
      expect(point).to.deep.equal(mulPointEscalar(Base8, scalar));
      expect(multiplyPoint(point, other)).to.deep.equal(mulPointEscalar(kit(point), other));
      expect(addPoints(point, P1)).to.deep.equal(addPoint(kit(point), kit(P1)));
      expect(inCurve(kit(point))).to.be.true;
    }
  });

  it("multiplies by 0, 1, l - 1 and l", () => {
    const [x, y] = BASE_POINT;
    expect(multiplyPoint(BASE_POINT, 0n)).to.deep.equal(IDENTITY);
    expect(multiplyPoint(BASE_POINT, 1n)).to.deep.equal(BASE_POINT);
    expect(multiplyPoint(BASE_POINT, SUBGROUP_ORDER - 1n)).to.deep.equal([FIELD_ORDER - x, y]);
    expect(multiplyPoint(BASE_POINT, SUBGROUP_ORDER)).to.deep.equal(IDENTITY);
  });

  it("refuses a scalar beyond l, and one below 0", () => {
    expect(() => multiplyPoint(BASE_POINT, SUBGROUP_ORDER + 1n)).to.throw(RangeError);
    expect(() => multiplyPoint(BASE_POINT, -1n)).to.throw(RangeError);
  });

  it("finds either point of a y, and none where the curve has none", () => {
    for (let i = 0; i < 8; i++) {
      const [x, y] = multiplyPoint(BASE_POINT, randomScalar());
      const found = pointOfY(y)!;
      expect(found).to.deep.equal([x > FIELD_ORDER / 2n ? FIELD_ORDER - x : x, y]);
    }
    const without = [...Array(40).keys()].filter((y) => pointOfY(BigInt(y)) === undefined);
    expect(without).to.not.be.empty;
    expect(pointOfY(1n)).to.deep.equal(IDENTITY);
    // The two points of order 4.
    expect(pointOfY(0n)![1]).to.equal(0n);
  });

  it("calls only points of the subgroup without the identity of prime order", () => {
    expect(isOfPrimeOrder(BASE_POINT)).to.be.true;
    expect(isOfPrimeOrder(GENERATOR)).to.be.false;
    for (const point of lowOrderPoints()) {
      expect(isOnCurve(point)).to.be.true;
      expect(isOfPrimeOrder(point)).to.be.false;
      // A point of low order in a good one.
      if (!isIdentity(point)) expect(isOfPrimeOrder(addPoints(BASE_POINT, point))).to.be.false;
    }
  });

  it("refuses for a public key what is off the curve, of low order or the identity", () => {
    expect(() => requirePublicKey("The key", [1n, 0n])).to.throw(InvalidPointError, "no point");
    for (const point of [...lowOrderPoints(), GENERATOR]) {
      expect(() => requirePublicKey("The key", point)).to.throw(InvalidPointError, "order");
    }
  });
});

describe("packedPoint", () => {
  it("gives a point back with either sign", () => {
    for (let i = 0; i < 6; i++) {
      const point = multiplyPoint(BASE_POINT, randomScalar());
      const negative: Point = [FIELD_ORDER - point[0], point[1]];
      for (const each of [point, negative]) {
        expect(unpackPublicKey("The key", packPoint(each))).to.deep.equal(each);
      }
      expect(packPoint(point)).to.not.deep.equal(packPoint(negative));
    }
  });

  it("refuses a y at or above the field's order, off the curve or of low order", () => {
    const bytesOf = (y: bigint) => packPoint([0n, y]);
    const without = [...Array(40).keys()].map(BigInt).find((y) => pointOfY(y) === undefined)!;
    for (const y of [FIELD_ORDER, FIELD_ORDER + BASE_POINT[1], without, 0n, 1n, FIELD_ORDER - 1n]) {
      expect(() => unpackPublicKey("The key", bytesOf(y))).to.throw(InvalidPointError);
    }
  });
});
