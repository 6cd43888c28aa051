import type { Secret } from "../config/secret.ts";

/** Shorter ones would be found in texts that have nothing to do with them. */
const SHORTEST_SECRET = 6;

/**
 * Takes secrets out of texts that others wrote, such as a library's error that names the whole URL.
 * @param secrets a URL, password or token each; short ones are left alone
 */
export function redactor(secrets: readonly Secret[]): (text: string) => string {
  const pairs = secrets
    .flatMap((secret) => formsOf(secret.reveal()).map((form) => [form, secret.shown] as const))
    .filter(([form, shown]) => form.length >= SHORTEST_SECRET && !shown.includes(form))
    .sort(([a], [b]) => b.length - a.length);
  return (text) => pairs.reduce((rest, [form, shown]) => rest.replaceAll(form, shown), text);
}

/** A secret as given, as libraries write it again and, of a URL, the parts that are secret by themselves. */
function formsOf(value: string): string[] {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url === undefined || url.host === "") return [value, encodeURIComponent(value)];
  const { href, username, password, pathname, search } = url;
  // A name alone is a token; beside a password it may be a word that stands in any text.
  const login = password === "" ? username : password;
  const parts = [login, pathname + search].map((part) => part.replace(/^\/$/, ""));
  return [value, href, href.replace(/\/$/, ""), ...parts, ...parts.map(decoded)];
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
