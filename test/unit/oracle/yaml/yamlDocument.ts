import { expect } from "chai";
import { parseYaml } from "../../../../oracle/yaml/yamlDocument.ts";
import { YamlError } from "../../../../oracle/yaml/yamlError.ts";
import type { YamlValue } from "../../../../oracle/yaml/yamlValue.ts";

function failureOf(text: string, read: (root: YamlValue) => unknown): string {
  try {
    read(parseYaml(text, "a.yaml"));
  } catch (error) {
    expect(error).to.be.instanceOf(YamlError);
    return (error as YamlError).message.replace("\n", " ");
  }
  throw new Error("Nothing was wrong.");
}

describe("parseYaml", () => {
  it("reads YAML and JSON alike", () => {
    const read = (text: string) => {
      const { a, b } = parseYaml(text, "a.yaml").map(["a"], ["b", "c"]);
      return [a.wholeNumber(0, 9), b?.list().map((item) => item.text())];
    };
    expect(read("a: 1\nb: [x, y]\n")).to.deep.equal([1, ["x", "y"]]);
    expect(read('{"a": 1, "b": ["x", "y"]}')).to.deep.equal([1, ["x", "y"]]);
  });

  it("follows an alias", () => {
    const { b } = parseYaml("a: &x 7\nb: *x\n", "a.yaml").map(["a", "b"]);
    expect(b.wholeNumber(0, 9)).to.equal(7);
  });

  it("keeps the leading zeros of digits that are not quoted", () => {
    const { a, b } = parseYaml('a: 000161\nb: "0x1"\n', "a.yaml").map(["a", "b"]);
    expect(a.digits(/^\d{6}$/, "six digits")).to.equal("000161");
    expect(() => b.digits(/^\d{6}$/, "six digits")).to.throw('b is "0x1".');
  });

  const faults: [string, string, (root: YamlValue) => unknown, string][] = [
    [
      "a value out of range",
      "\na: 12\n",
      (root) => root.map(["a"]).a.wholeNumber(0, 9, "ms"),
      "a.yaml, line 2: a is 12. Give a whole number of ms from 0 to 9.",
    ],
    [
      "a fraction",
      "a: 1.5",
      (root) => root.map(["a"]).a.wholeNumber(0, 9),
      "a.yaml, line 1: a is 1.5. Give a whole number from 0 to 9.",
    ],
    [
      "no number",
      "a: .nan",
      (root) => root.map(["a"]).a.number(0, 1),
      "a.yaml, line 1: a is NaN. Give a number from 0 to 1.",
    ],
    [
      "an empty value",
      "a:\n",
      (root) => root.map(["a"]).a.boolean(),
      "a.yaml, line 1: a is empty. Give true or false.",
    ],
    [
      "an unknown key",
      "a: 1\nbord: 2\n",
      (root) => root.map(["a"], ["board"]),
      "a.yaml, line 2: bord is an unknown key. Did you mean board? Known keys: a, board.",
    ],
    [
      "a missing key",
      "b: 1\n",
      (root) => root.map(["a"], ["b"]),
      "a.yaml, line 1: the document has no a. Add a.",
    ],
    [
      "another choice",
      "a:\n  - reed\n",
      (root) => root.map(["a"]).a.list()[0]!.choice(["red", "blue"], "colours"),
      'a.yaml, line 2: a[0] is "reed". Did you mean red? Known colours: red, blue.',
    ],
    [
      "a list for a mapping",
      "[1]",
      (root) => root.map(["a"]),
      "a.yaml, line 1: the document is a list. Give a mapping with a.",
    ],
    [
      "a mapping for a list",
      "a: {b: 1}",
      (root) => root.map(["a"]).a.list(),
      "a.yaml, line 1: a is a mapping. Give a list.",
    ],
    [
      "an empty document",
      "",
      (root) => root.map(["a"]),
      "a.yaml, line 1: the document is empty. Give a mapping with a.",
    ],
    [
      "a key that is there twice",
      "a: 1\na: 2\n",
      (root) => root,
      "a.yaml, line 2: Map keys must be unique. Correct it at column 1.",
    ],
    [
      "what is no YAML",
      "a: [1,\nb: {",
      (root) => root,
      "a.yaml, line 2: Flow sequence in block collection must be sufficiently indented and end with a ]. Correct it at column 1.",
    ],
  ];
  for (const [condition, text, read, message] of faults)
    it(`names line, key, value and remedy of ${condition}`, () => {
      expect(failureOf(text, read)).to.equal(message);
    });

  it("refuses a document that is nested without end", () => {
    expect(failureOf("[".repeat(100_000), (root) => root)).to.match(/^a.yaml, line 1: /);
  });
});
