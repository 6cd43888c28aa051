/** Prints what a task has done or found: as JSON where asked, else as text. Bigints become decimal strings. */
export function print(json: boolean, data: object, text: string): void {
  const out = json
    ? JSON.stringify(
        data,
        (_key, value: unknown) => (typeof value === "bigint" ? value.toString() : value),
        2,
      )
    : text;
  process.stdout.write(`${out}\n`);
}
