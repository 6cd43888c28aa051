import { concatBytes } from "@noble/hashes/utils.js";
import { expect } from "chai";
import { InvalidPointError, type Point } from "../../../../sdk/private/babyJubjub.ts";
import { bigintToBytes32 } from "../../../../sdk/private/bytes.ts";
import { CheckedTextError, encodeChecked } from "../../../../sdk/private/checkedHex.ts";
import { FIELD_ORDER, OutOfRangeError, SUBGROUP_ORDER } from "../../../../sdk/private/field.ts";
import { ownerOf } from "../../../../sdk/private/owner.ts";
import { packPoint } from "../../../../sdk/private/packedPoint.ts";
import {
  formatPrivateAddress,
  parsePrivateAddress,
} from "../../../../sdk/private/privateAddress.ts";
import { formatViewingKey, parseViewingKey } from "../../../../sdk/private/viewingKey.ts";
import { account, ALICE, lowOrderPoints } from "./scene.ts";

/** The text with one character changed. */
function mistyped(text: string, place: number): string {
  const other = text[place] === "0" ? "1" : "0";
  return text.slice(0, place) + other + text.slice(place + 1);
}

describe("privateAddress", () => {
  const text = formatPrivateAddress(ALICE);

  it("comes back from its text, and gives the owner", () => {
    for (const one of [1, 2, 3, 4].map(account)) {
      const address = parsePrivateAddress(formatPrivateAddress(one));
      expect(address).to.deep.equal({ account: one.account, viewKey: one.viewKey });
      expect(ownerOf(address.account, address.viewKey)).to.equal(one.owner);
    }
    expect(text).to.match(/^swp1[0-9a-f]{136}$/);
  });

  it("notices every mistyped character", () => {
    for (let place = 0; place < text.length; place++) {
      expect(() => parsePrivateAddress(mistyped(text, place))).to.throw(CheckedTextError);
    }
  });

  it("refuses what is cut, longer, in capitals or of another kind", () => {
    const viewing = formatViewingKey(ALICE);
    for (const other of [
      "",
      text.slice(0, -1),
      `${text}0`,
      text.toUpperCase(),
      viewing,
      ` ${text}`,
    ]) {
      expect(() => parsePrivateAddress(other)).to.throw(CheckedTextError);
    }
    const capitals = `swp1${text.slice(4).toUpperCase()}`;
    expect(() => parsePrivateAddress(capitals)).to.throw(CheckedTextError, "lower-case");
  });

  it("refuses a rightly summed text with a bad account or key", () => {
    const make = (part: bigint, key: Point) =>
      encodeChecked("swp1", concatBytes(bigintToBytes32(part), packPoint(key)));
    expect(() => parsePrivateAddress(make(FIELD_ORDER, ALICE.viewKey))).to.throw(OutOfRangeError);
    for (const point of lowOrderPoints()) {
      expect(() => parsePrivateAddress(make(5n, point))).to.throw(InvalidPointError);
    }
  });
});

describe("viewingKey", () => {
  const text = formatViewingKey(ALICE);

  it("comes back from its text, with the owner and nothing that spends", () => {
    const { viewScalar, account: half, owner } = ALICE;
    expect(parseViewingKey(text)).to.deep.equal({ viewScalar, account: half, owner });
  });

  it("refuses a mistyped text, and tells none of it", () => {
    expect(() => parseViewingKey(mistyped(text, 20)))
      .to.throw(CheckedTextError, "checksum")
      .to.satisfy((error: Error) => !error.message.includes(text.slice(30, 60)));
    expect(() => parseViewingKey(formatPrivateAddress(ALICE))).to.throw(CheckedTextError);
  });

  it("refuses a scalar of 0 or at the subgroup's order, and an account beyond the field", () => {
    const make = (viewScalar: bigint, half: bigint) =>
      formatViewingKey({ viewScalar, account: half });
    for (const bad of [make(0n, 5n), make(SUBGROUP_ORDER, 5n), make(5n, FIELD_ORDER)]) {
      expect(() => parseViewingKey(bad)).to.throw(OutOfRangeError);
    }
  });
});
