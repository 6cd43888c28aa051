import { expect } from "chai";
import { MalformedJsonError, parseJson } from "../../../sdk/parseJson.ts";
import { RandomSource } from "../../helpers/randomSource.ts";

function failure(text: string): MalformedJsonError {
  try {
    parseJson(text);
  } catch (error) {
    expect(error).to.be.instanceOf(MalformedJsonError);
    return error as MalformedJsonError;
  }
  throw new Error(`accepted ${text}`);
}

describe("parseJson", () => {
  it("returns the value of valid JSON", () => {
    expect(parseJson(' {"a": [1, -2.5e+3, "\\u00e4", true, null]} ')).to.deep.equal({
      a: [1, -2500, "ä", true, null],
    });
  });

  const faults: [string, string, number, number, string][] = [
    ["nothing", "", 1, 1, "the end where a value should be"],
    ["blanks only", " \n ", 2, 2, "the end where a value should be"],
    ["a missing comma", '{"a":1\n "b":2}', 2, 2, '"\\"" where "," or "}" should be'],
    [
      "a trailing comma in an object",
      '{"a":1,}',
      1,
      8,
      '"}" where a key in double quotes should be',
    ],
    ["a trailing comma in an array", "[1,\n]", 2, 1, '"]" where a value should be'],
    ["a missing value in an array", "[,1]", 1, 2, '"," where a value or "]" should be'],
    ["a key without quotes", "{a:1}", 1, 2, '"a" where a key in double quotes or "}" should be'],
    ["single quotes", "['a']", 1, 2, '"\'" where a value or "]" should be'],
    ["a missing colon", '{"a" 1}', 1, 6, '"1" where ":" should be'],
    ["an array that is not closed", "[1", 1, 3, 'the end where "," or "]" should be'],
    ["an object that is not closed", '{"a":{}', 1, 8, 'the end where "," or "}" should be'],
    ["a string that is not closed", '["ab', 1, 5, "the end where the end of the string should be"],
    ["an unknown escape", '["\\x"]', 1, 3, '"\\\\" where a valid escape sequence should be'],
    [
      "a line break in a string",
      '["a\nb"]',
      1,
      4,
      '"\\n" where an escaped control character or the end of the string should be',
    ],
    ["a leading zero", "[01]", 1, 3, '"1" where "," or "]" should be'],
    ["a number without an integer part", "[.5]", 1, 2, '"." where a value or "]" should be'],
    ["a word that is no literal", "[nil]", 1, 2, '"n" where a value or "]" should be'],
    ["NaN", '{"a":NaN}', 1, 6, '"N" where a value should be'],
    ["a second value", "{}\n\n{}", 3, 1, '"{" where the end of the input should be'],
    ["the wrong bracket", '{"a":[1}', 1, 8, '"}" where "," or "]" should be'],
    ["a character of two units", "[1,\r\n 😀]", 2, 2, '"😀" where a value should be'],
  ];
  for (const [condition, text, line, column, fault] of faults) {
    it(`locates ${condition}`, () => {
      const error = failure(text);
      expect([error.line, error.column]).to.deep.equal([line, column]);
      expect(error.shortMessage).to.equal(
        `Malformed JSON at line ${line}, column ${column}: ${fault}.`,
      );
    });
  }

  it("locates a fault behind any depth of nesting and any length of string", () => {
    expect(failure("[".repeat(200_000)).column).to.equal(200_001);
    expect(failure(`["${"a".repeat(2_000_000)}`).column).to.equal(2_000_003);
  });

  it("finds a fault in every text that JSON.parse refuses", () => {
    const valid = '{"orders":[{"id":"a\\n\\u0041","green":true,"n":-1.5e-3},{"b":[[],{},null]}]}';
    for (let seed = 1; seed <= 5000; seed++) {
      const random = new RandomSource(seed);
      const at = random.integer(0, valid.length);
      const inserted = random.pick([
        '"',
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\\",
        "\n",
        "0",
        "-",
        ".",
        "e",
        "t",
        "",
      ]);
      const text = valid.slice(0, at) + inserted + valid.slice(at + random.integer(0, 3));
      try {
        JSON.parse(text);
      } catch {
        failure(text);
      }
    }
  });
});
