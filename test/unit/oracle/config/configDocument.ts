import { expect } from "chai";
import { append, CONFIG, edit, itTells, problemsOf } from "../../../helpers/oracleConfig.ts";

describe("YAML of the configuration", () => {
  itTells([
    ["a tab", [["  chainId", "\tchainId"]], "4:1: A tab indents the line. Indent with spaces."],
    [
      "a key that is indented too far",
      [["  chainId", "   chainId"]],
      "4:1: The line is indented otherwise than those it belongs to. Begin the keys of a group, and the dashes of a list, in the same column.",
    ],
    [
      "a quote that is not closed",
      [["gateway.json", '"gateway.json']],
      "8:26: A colon and a space, a closing quote or a closing bracket is missing. Add it on this line or above.",
    ],
    [
      "a value with a colon and a space",
      [["gateway.json", "a: b"]],
      "8:13: A value holds a colon and a space. Put the value in quotes.",
    ],
    [
      "a value that begins with @",
      [["gateway.json", "@home"]],
      "8:13: A value begins with a character that has another meaning in YAML. Put the value in quotes.",
    ],
    [
      "a value that begins with !",
      [["${KEY_PASSWORD}", "!secret"]],
      "9:13: A value begins with !, which marks a tag. Put the value in quotes.",
    ],
    [
      "a value that begins with *",
      [["${KEY_PASSWORD}", "*secret"]],
      "9:13: A value begins with *, which marks an alias, and nothing above has its anchor. Put the value in quotes, or define the anchor with & above.",
    ],
    [
      "an escape that is none",
      [["gateway.json", '"\\q"']],
      "8:14: A backslash in double quotes begins no known escape. Write two backslashes, or use single quotes.",
    ],
    [
      "a key without a space behind its colon, which continues the value above",
      [["  password: ", "    password:"]],
      "8:13: A value goes on in the next line. Indent the next line like its neighbours and put a space behind its colon; or put the value in quotes.",
    ],
    ["a list as a key", [append("? [a]\n: 1")], "29:3: A key is no text. Give a key of letters."],
    [
      "a second document",
      [append("---\na: 1")],
      "29:1: A second document begins here. Keep one document: remove the line with ---.",
    ],
    [
      "a variable in a flow group without quotes",
      [append("mqtt: { url: mqtt://b, username: u, password: ${CODE} }")],
      '29:48: A brace of a variable inside { } or [ ] is taken for YAML\'s own. Put the value in quotes: "${NAME}".',
    ],
    [
      "a line that is no YAML, and not all that the parser finds behind it",
      [["chainId: 31337", 'chainId: "31337" x']],
      "4:20: The line is not YAML. Check its indentation, colons, quotes and brackets.",
    ],
  ]);

  it("tells of another version", () => {
    expect(problemsOf(`%YAML 1.1\n---\n${CONFIG}`)).to.deep.equal([
      "1:1: The file says that it is YAML 1.1. Remove the line %YAML.",
    ]);
  });

  it("tells of lists that are nested too deeply", () => {
    expect(problemsOf("[".repeat(100_000))[0]).to.match(
      /^1:\d+: Lists or groups are nested too deeply\. Compare with docs\/operations\/oracle\.yaml\.$/,
    );
  });

  it("tells of aliases that make more than can be read", () => {
    const meters = `&meters [${"*meter, ".repeat(200)}]`;
    const text = edit(CONFIG, [
      "market:",
      `lines: [{ meters: [&meter { participant: 2 }] }, { meters: ${meters} }, ${"{ meters: *meters }, ".repeat(200)}]\nmarket:`,
    ]);
    const start = performance.now();
    expect(problemsOf(text)).to.include(
      "1:1: Aliases repeat more than 10000 values. Write the values out.",
    );
    expect(performance.now() - start).to.be.below(5000);
  });

  it("ends where a group contains itself", () => {
    expect(problemsOf("market: &a\n  rpc: [*a]\n  chainId: *a\n")).to.include(
      "2:9: market.rpc[0] is a group of keys. Give a URL that begins with http:// or https://.",
    );
  });
});
