import { expect } from "chai";
import { canonicalJson } from "../../../../../sdk/private/wire/canonicalJson.ts";

describe("canonicalJson", () => {
  it("does not depend on the order of keys", () => {
    expect(canonicalJson({ b: [1, { d: 1, c: 2 }], a: "x" })).to.equal(
      '{"a":"x","b":[1,{"c":2,"d":1}]}',
    );
  });

  // RFC 8785, sections 3.2.2 and 3.2.3.
  it("writes what RFC 8785 writes", () => {
    const value = JSON.parse(String.raw`{
      "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
      "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
      "literals": [null, true, false]
    }`) as unknown;
    expect(canonicalJson(value)).to.equal(
      String.raw`{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}`,
    );
    const keys = JSON.parse(
      String.raw`{"\u20ac":1,"\r":2,"\ufb33":3,"1":4,"\ud83d\ude00":5,"\u0080":6,"\u00f6":7}`,
    ) as object;
    const order = [...canonicalJson(keys).matchAll(/:(\d)/g)].map(([, digit]) => Number(digit));
    expect(order).to.deep.equal([2, 4, 6, 7, 1, 5, 3]);
  });

  it("writes bigints as their digits and leaves out what is not there", () => {
    expect(canonicalJson({ b: 2n ** 70n, a: undefined })).to.equal(`{"b":"${2n ** 70n}"}`);
  });
});
