/** Whether bytes or text have a number of their own, not as digits of a longer one. */
export function hasNumber(said: Buffer | string, number: string): boolean {
  const text = typeof said === "string" ? said : said.toString("latin1");
  return new RegExp(`(?<![0-9a-f])${number}(?![0-9a-f])`).test(text);
}
