import { readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { FIELD_ORDER, OutOfRangeError } from "../../../../sdk/private/field.ts";
import { hash, hashStream } from "../../../../sdk/private/poseidon.ts";
import { TAGS } from "../../../../sdk/private/tags.ts";

describe("poseidon", () => {
  // circomlib, test/poseidoncircuit.js.
  const PUBLISHED: [bigint[], bigint][] = [
    [[1n, 2n], 7853200120776062878684798364095072458815029376092732009249414926327459813530n],
    [[3n, 4n], 14763215145315200506921711489642608356394854266165572616578112107564877678998n],
    [
      [1n, 2n, 0n, 0n, 0n],
      1018317224307729531995786483840663576608797660851238720571059489595066344487n,
    ],
    [
      [3n, 4n, 5n, 10n, 23n],
      13034429309846638789535561449942021891039729847501137143363028890275222221409n,
    ],
  ];
  for (const [inputs, expected] of PUBLISHED) {
    it(`hashes ${inputs.join(", ")} as circomlib's tests say`, () => {
      expect(hash(...inputs)).to.equal(expected);
    });
  }

  // The permutation's reference vectors poseidonperm_x5_254_3 and _5 (hadeshash, test_vectors.txt): their state begins
  // with 0, as circomlib's does.
  it("gives the rate of the reference permutation of three words", () => {
    expect(hashStream([1n, 2n], 2)).to.deep.equal([
      0x0fca49b798923ab0239de1c9e7a4a9a2210312b6a2f616d18b5a87f9b628ae29n,
      0x0e7ae82e40091e63cbd4f16a6d16310b3729d4b6e138fcf54110e2867045a30cn,
    ]);
  });

  it("gives the rate of the reference permutation of five words", () => {
    const words = [
      0x1148aaef609aa338b27dafd89bb98862d8bb2b429aceac47d86206154ffe053dn,
      0x24febb87fed7462e23f6665ff9a0111f4044c38ee1672c1ac6b0637d34f24907n,
      0x0eb08f6d809668a981c186beaf6110060707059576406b248e5d9cf6e78b3d3en,
      0x07748bc6877c9b82c8b98666ee9d0626ec7f5be4205f79ee8528ef1c4a376fc7n,
    ];
    expect(hashStream([1n, 2n, 3n, 4n], 4)).to.deep.equal(words);
    expect(hashStream([1n, 2n, 3n, 4n], 1)).to.deep.equal(words.slice(0, 1));
  });

  it("never gives the first word of a stream, which is the hash", () => {
    expect(hashStream([1n, 2n, 3n], 3)).to.not.include(hash(1n, 2n, 3n));
  });

  it("refuses more words than there are inputs", () => {
    expect(() => hashStream([1n, 2n], 3)).to.throw(RangeError);
  });

  it("refuses inputs that are not canonical: they would collide with those that are", () => {
    for (const input of [FIELD_ORDER, FIELD_ORDER + 1n, -1n]) {
      expect(() => hash(1n, input)).to.throw(OutOfRangeError);
    }
    expect(hash(1n, FIELD_ORDER - 1n)).to.be.a("bigint");
  });

  it("refuses a number of inputs that the protocol has not", () => {
    expect(() => hash(1n)).to.throw(RangeError);
    expect(() => hash(...Array<bigint>(10).fill(1n))).to.throw(RangeError);
  });
});

describe("tags", () => {
  it("are the ASCII text of their names", () => {
    expect(TAGS.memo).to.equal(0x7365616c776174742f6d656d6fn);
    expect(new Set(Object.values(TAGS)).size).to.equal(Object.keys(TAGS).length);
  });

  it("are those of the circuits", () => {
    const file = path.join(import.meta.dirname, "../../../../circuits/lib/tags.circom");
    const found = readFileSync(file, "utf8").matchAll(
      /return (0x[0-9a-f]+); \/\/ sealwatt\/(\w+)/g,
    );
    const names = [...found].map(([, value, name]) => {
      expect(TAGS[name as keyof typeof TAGS], name).to.equal(BigInt(value!));
      return name;
    });
    expect(names).to.have.length.above(10);
  });
});
