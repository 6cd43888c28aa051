/** Control characters of both ranges, line separators and the marks that turn the direction of writing. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** A text on one line as a terminal may have it: what devices and nodes sent must not steer it. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (character) =>
    character === "\n" ? " " : `\\u{${character.codePointAt(0)!.toString(16)}}`,
  );
}

/** A value of lists and objects, as it comes out of JSON, with all its texts on one line and printable. */
export function printableTexts<T>(value: T): T {
  if (typeof value === "string") return printable(value) as T;
  if (Array.isArray(value)) return value.map((item: unknown) => printableTexts(item)) as T;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]: [string, unknown]) => [
      printable(key),
      printableTexts(item),
    ]),
  ) as T;
}
