import { ProverError } from "./proverError.ts";

/** What is needed of a browser's `Cache`. */
interface Shelf {
  match(url: string): Promise<Response | undefined>;
  put(url: string, response: Response): Promise<void>;
  delete(url: string): Promise<boolean>;
  keys(): Promise<readonly { url: string }[]>;
}

const NAME = "sealwatt proving keys 1";

/** The browser's own store of files; undefined where it has or allows none. */
async function openShelf(): Promise<Shelf | undefined> {
  const { caches } = globalThis as { caches?: { open(name: string): Promise<Shelf> } };
  return caches?.open(NAME).catch(() => undefined);
}

/** A file that was put away, whoever did it: its hash is yet to be checked. */
export async function keptFile(url: string): Promise<Response | undefined> {
  const shelf = await openShelf();
  return shelf?.match(url).catch(() => undefined);
}

/** Puts a file away until it is asked for. @throws ProverError */
export async function keepFile(url: string, content: Uint8Array<ArrayBuffer>): Promise<void> {
  const shelf = await openShelf();
  const fail = (details?: string) =>
    new ProverError("keys", "The browser keeps no proving keys.", {
      ...(details === undefined ? {} : { details }),
      metaMessages: [
        "Allow the page to store data and have some 200 megabytes free, or fetch each key when it is needed.",
      ],
    });
  if (shelf === undefined) throw fail();
  await shelf.put(url, new Response(content)).catch((error: unknown) => {
    throw fail(error instanceof Error ? error.message : String(error));
  });
}

/** Forgets files of a folder that are not wanted any more. */
export async function forgetOthers(folder: string, wanted: ReadonlySet<string>): Promise<void> {
  const shelf = await openShelf();
  for (const { url } of (await shelf?.keys()) ?? []) {
    if (url.startsWith(folder) && !wanted.has(url)) await shelf!.delete(url);
  }
}
