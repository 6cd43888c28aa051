import { createHash } from "node:crypto";
import { expect } from "chai";
import { browserProver } from "../../../../../sdk/private/prover/browserProver.ts";
import { fetchKey } from "../../../../../sdk/private/prover/fetchKey.ts";
import { ProverError } from "../../../../../sdk/private/prover/proverError.ts";
import {
  PROVING_KEYS_FORMAT,
  type ProvingKeysManifest,
} from "../../../../../sdk/private/prover/provingKeys.ts";
import { rejection } from "../../../../helpers/rejection.ts";

const FOLDER = "https://page.example/prover/";
const globals = globalThis as { fetch: typeof fetch; caches?: unknown };

/** A file of a folder that is named by its content. */
function fileOf(content: string) {
  const sha256 = createHash("sha256").update(content).digest("hex");
  return { file: content, bytes: content.length, sha256 };
}

const keysOf = (circuit: string) => ({
  wasm: fileOf(`${circuit}.wasm`),
  zkey: fileOf(`${circuit}.zkey`),
  verificationKey: fileOf(`${circuit}.json`),
});

describe("browserProver.prefetch", () => {
  const manifest: ProvingKeysManifest = {
    format: PROVING_KEYS_FORMAT,
    circuits: { Deposit: keysOf("Deposit"), ConfirmSell: keysOf("ConfirmSell") },
  };
  const all = Object.values(manifest.circuits).flatMap((keys) =>
    Object.values(keys).map(({ file }: { file: string }) => FOLDER + file),
  );
  const original = globals.fetch;
  let shelf: Map<string, string>;
  let asked: string[];
  let isFull: boolean;

  beforeEach(() => {
    shelf = new Map();
    asked = [];
    isFull = false;
    globals.fetch = (input) => {
      const url = input as string;
      asked.push(url);
      return Promise.resolve(new Response(url.slice(FOLDER.length)));
    };
    globals.caches = {
      open: () =>
        Promise.resolve({
          match: (url: string) =>
            Promise.resolve(shelf.has(url) ? new Response(shelf.get(url)) : undefined),
          put: async (url: string, response: Response) => {
            if (isFull) throw new Error("QuotaExceededError");
            shelf.set(url, await response.text());
          },
          delete: (url: string) => Promise.resolve(shelf.delete(url)),
          keys: () => Promise.resolve([...shelf.keys()].map((url) => ({ url }))),
        }),
    };
  });
  afterEach(() => {
    globals.fetch = original;
    delete globals.caches;
  });

  const prover = (listed = manifest) =>
    browserProver({
      startWorker: () => {
        throw new Error("not started");
      },
      manifest: listed,
      manifestUrl: `${FOLDER}keys.json`,
    });

  it("fetches every circuit's keys, once, and the worker takes them from the browser", async () => {
    const fractions: number[] = [];
    await prover().prefetch((fraction) => fractions.push(fraction));
    expect(asked).to.deep.equal(all);
    expect(fractions.at(-1)).to.equal(1);
    await prover().prefetch();
    const { file, ...zkey } = manifest.circuits.ConfirmSell!.zkey;
    const content = await fetchKey({ url: FOLDER + file, ...zkey });
    expect(new TextDecoder().decode(content)).to.equal("ConfirmSell.zkey");
    expect(asked).to.have.length(all.length);
  });

  it("fetches anew what was changed where it was put away", async () => {
    await prover().prefetch();
    const { file, ...zkey } = manifest.circuits.Deposit!.zkey;
    shelf.set(FOLDER + file, "Deposit.zkeY");
    const content = await fetchKey({ url: FOLDER + file, ...zkey });
    expect(new TextDecoder().decode(content)).to.equal("Deposit.zkey");
    await prover().prefetch();
    expect(shelf.get(FOLDER + file)).to.equal("Deposit.zkey");
  });

  it("puts nothing away that is not what was named", async () => {
    globals.fetch = () => Promise.resolve(new Response("Deposit.wasM"));
    const error = await rejection(prover().prefetch());
    expect(error).to.include({ fault: "keys" });
    expect(shelf.size).to.equal(0);
  });

  it("forgets the keys of before, and nobody else's", async () => {
    await prover().prefetch();
    shelf.set("https://page.example/other/old.zkey", "");
    await prover({ ...manifest, circuits: { Deposit: keysOf("Deposit") } }).prefetch();
    const kept = [...shelf.keys()].filter((url) => url.startsWith(FOLDER));
    expect(kept).to.deep.equal(all.slice(0, 3));
    expect(shelf.size).to.equal(4);
  });

  it("says so where the browser keeps nothing, and fetches keys all the same", async () => {
    isFull = true;
    const full = await rejection(prover().prefetch());
    expect(full).to.be.instanceOf(ProverError);
    expect(full.message).to.include("keeps no proving keys").and.to.include("QuotaExceeded");
    delete globals.caches;
    expect(await rejection(prover().prefetch())).to.be.instanceOf(ProverError);
    const { file, ...zkey } = manifest.circuits.Deposit!.zkey;
    expect(await fetchKey({ url: FOLDER + file, ...zkey })).to.have.length(zkey.bytes);
  });
});
