import { LineCounter, parseDocument, type Node } from "yaml";
import { YamlError } from "./yamlError.ts";
import { YamlValue } from "./yamlValue.ts";

/**
 * The root of a YAML 1.2 document. JSON is YAML too.
 * @param text the whole file
 * @param file what messages call it
 * @throws YamlError with the line, where it is not YAML or names a key twice
 */
export function parseYaml(text: string, file: string): YamlValue {
  const lines = new LineCounter();
  const document = parse(text, file, lines);
  const [fault] = [...document.errors, ...document.warnings];
  if (fault !== undefined) {
    const { line, col } = lines.linePos(fault.pos[0]);
    const [message] = fault.message.split(/ at line |:?\n/);
    throw new YamlError(file, line, `${message!.trim()}.`, `Correct it at column ${col}.`);
  }
  const lineOf = (node: Node | null) =>
    node?.range ? Math.max(1, lines.linePos(node.range[0]).line) : 1;
  const resolve = (node: Node | null) =>
    node !== null && "resolve" in node
      ? ((node as { resolve(from: unknown): Node | undefined }).resolve(document) ?? null)
      : node;
  return new YamlValue(document.contents, "", 1, { file, lineOf, resolve });
}

function parse(text: string, file: string, lineCounter: LineCounter) {
  try {
    return parseDocument(text, { lineCounter, uniqueKeys: true, version: "1.2" });
  } catch (error) {
    // The parser recurses.
    if (!(error instanceof RangeError)) throw error;
    throw new YamlError(file, 1, "It is nested too deeply.", "Remove the nesting.");
  }
}
