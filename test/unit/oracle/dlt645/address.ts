import { expect } from "chai";
import {
  matchesAddress,
  MeterAddressError,
  parseMeterAddress,
} from "../../../../oracle/dlt645/address.ts";

describe("parseMeterAddress", () => {
  it("takes twelve digits, also with letters that a meter may carry", () => {
    expect(parseMeterAddress("000000000161")).to.equal("000000000161");
    expect(parseMeterAddress("3a2107000481")).to.equal("3A2107000481");
    // AA across two bytes is no wildcard.
    expect(parseMeterAddress("0AA000000161")).to.equal("0AA000000161");
  });

  it("refuses what names no single meter, and says what to give", () => {
    for (const text of ["", "161", "0000000001610", "AAAAAAAAAAAA", "AA0000000161", "999999999999"])
      expect(() => parseMeterAddress(text), text).to.throw(MeterAddressError, /twelve digits/);
  });
});

describe("matchesAddress", () => {
  it("lets AA stand for any byte", () => {
    expect(matchesAddress("AAAAAAAAAAAA", "3A2107000481")).to.equal(true);
    expect(matchesAddress("AAAAAAAAAA61", "000000000161")).to.equal(true);
    expect(matchesAddress("AAAAAAAAAA61", "000000000162")).to.equal(false);
    expect(matchesAddress("000000000161", "000000000161")).to.equal(true);
    expect(matchesAddress("000000000161", "AAAAAAAAAAAA")).to.equal(false);
  });
});
