import { readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { expect } from "chai";
import type { Browser, Page } from "playwright-core";
import * as snarkjs from "snarkjs";
import { keysOf } from "../../../scripts/keys/circuitKeys.ts";
import { endSnarkjsWorkers } from "../../../scripts/keys/snarkjsCurve.ts";
import { bundleForBrowser, publishProver } from "../../../scripts/prover/publishProver.ts";
import type { ProofRequest } from "../../../sdk/private/proofs/proofRequest.ts";
import { buildDepositInputs } from "../../../sdk/private/proofs/deposit.ts";
import { snarkjsProofOf } from "../../../sdk/private/prover/proofPoints.ts";
import { ALICE, setting } from "../../unit/sdk/private/scene.ts";
import { WALLET } from "../../unit/sdk/private/proofs/proofScene.ts";
import { findChromium, startChromium } from "../../helpers/chromium.ts";
import { temporaryFolder } from "../../helpers/fixtureKeys.ts";
import { serveFolder, type FolderServer } from "../../helpers/folderServer.ts";
import type { PageOutcome, ProverPage } from "../../helpers/proverPage.ts";

const PAGE = path.resolve(import.meta.dirname, "../../helpers/proverPage.ts");
const HTML = `<!doctype html><title>prover</title><script src="page.js"></script>`;
/** WebAssembly at all; with the second, snarkjs's own workers too. */
const STRICT_POLICY = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'";
const THREADS_POLICY = `${STRICT_POLICY} blob:`;

type Options = Parameters<ProverPage["prove"]>[1];

function prove(page: Page, request: ProofRequest, options: Options = {}): Promise<PageOutcome> {
  // What a page cannot take, a request does not need to be proven.
  const { circuit, inputs, publicSignals } = request;
  return page.evaluate(
    ([asked, how]) =>
      (globalThis as unknown as { proverPage: ProverPage }).proverPage.prove(
        asked as ProofRequest,
        how as Options,
      ),
    [{ circuit, inputs, publicSignals }, options] as [unknown, unknown],
  );
}

describe("browserProver in Chromium", () => {
  const executable = findChromium();
  let folder: string;
  let verificationKey: never;
  let browser: Browser | undefined;
  const servers: FolderServer[] = [];
  const request = buildDepositInputs(setting(), {
    to: ALICE,
    amountNano: 5_000_000_000n,
    payer: WALLET,
  });

  async function open(policy: string): Promise<{ page: Page; server: FolderServer }> {
    const server = await serveFolder(folder, { "content-security-policy": policy });
    servers.push(server);
    const page = await (await browser!.newContext()).newPage();
    await page.goto(`${server.url}index.html`);
    return { page, server };
  }

  async function isValid({ points, signals }: PageOutcome): Promise<boolean> {
    const proof = snarkjsProofOf(points!);
    return snarkjs.groth16.verify(verificationKey, signals!.map(String), proof);
  }

  before(async function () {
    if (executable === undefined) {
      console.log("      SKIPPED: there is no chromium; on Debian, apt-get install chromium");
      this.skip();
    }
    this.timeout(180_000);
    folder = await temporaryFolder();
    const keys = await keysOf("Deposit");
    verificationKey = JSON.parse(await readFile(keys.verificationKey, "utf8")) as never;
    await publishProver([keys], folder);
    await bundleForBrowser(PAGE, path.join(folder, "page.js"), "iife");
    await writeFile(path.join(folder, "index.html"), HTML);
    browser = await startChromium(executable);
  });
  after(async () => {
    await browser?.close();
    await Promise.all(servers.map((server) => server.close()));
    await endSnarkjsWorkers();
  });

  for (const [name, policy, isSingleThreaded] of [
    ["with snarkjs's workers", THREADS_POLICY, false],
    ["where the page's policy forbids snarkjs's workers", STRICT_POLICY, false],
    ["without snarkjs's workers", THREADS_POLICY, true],
  ] as const) {
    it(`proves ${name}, and the page stays alive`, async function () {
      this.timeout(60_000);
      const { page } = await open(policy);
      const outcome = await prove(page, request, { isSingleThreaded });
      expect(outcome.message).to.be.undefined;
      expect(outcome.signals).to.deep.equal(request.publicSignals);
      expect(await isValid(outcome)).to.be.true;
      expect(outcome.stages).to.deep.equal(["load", "witness", "prove", "check"]);
      // A page that is blocked has none, and a slow machine's some.
      expect(outcome.ticks).to.be.above(10);
    });
  }

  it("ends a proof that is cancelled, and makes the next @long", async function () {
    this.timeout(60_000);
    const { page } = await open(THREADS_POLICY);
    const cancelled = await prove(page, request, { cancelAt: "prove" });
    expect(cancelled.fault).to.equal("cancelled");
    expect(cancelled.stages).not.to.include("check");
    expect(await isValid(await prove(page, request))).to.be.true;
  });

  it("takes no key but the one that is listed", async function () {
    this.timeout(60_000);
    const file = (await readdir(folder)).find((name) => name.endsWith(".zkey"))!;
    const whole = await readFile(path.join(folder, file));
    const faultOf = async (content: Uint8Array) => {
      await writeFile(path.join(folder, file), content);
      const { page } = await open(THREADS_POLICY);
      const { fault, message } = await prove(page, request);
      expect(fault).to.equal("keys");
      return message;
    };
    try {
      const changed = Uint8Array.from(whole);
      changed[changed.length - 1]! ^= 1;
      expect(await faultOf(changed)).to.include("is not the file that was named");
      expect(await faultOf(whole.subarray(1))).to.include(`of ${whole.length} bytes came`);
      expect(await faultOf(Buffer.concat([whole, whole]))).to.include("more than");
    } finally {
      await writeFile(path.join(folder, file), whole);
    }
    const { page } = await open(THREADS_POLICY);
    const unlisted = await prove(page, { ...request, circuit: "Withdraw" });
    expect(unlisted).to.include({ fault: "keys" });
  });

  it("asks nobody for keys that it has fetched before they are needed", async function () {
    this.timeout(60_000);
    const { page, server } = await open(THREADS_POLICY);
    const prefetch = () =>
      page.evaluate(() =>
        (globalThis as unknown as { proverPage: ProverPage }).proverPage.prefetch(),
      );
    const fractions = await prefetch();
    expect(fractions.at(-1)).to.equal(1);
    expect(fractions).to.deep.equal(fractions.toSorted((a, b) => a - b));
    const names = () => server.asked.map((address) => path.basename(address));
    expect(names().filter((name) => /\.(zkey|wasm)$/.test(name))).to.have.length(2);
    const before = names().filter((name) => name.startsWith("Deposit"));
    // Whatever the browser's other caches have kept: the server has the key no more.
    const file = (await readdir(folder)).find((name) => name.endsWith(".zkey"))!;
    const whole = await readFile(path.join(folder, file));
    await writeFile(path.join(folder, file), "");
    try {
      await prefetch();
      expect(await isValid(await prove(page, request))).to.be.true;
    } finally {
      await writeFile(path.join(folder, file), whole);
    }
    expect(names().filter((name) => name.startsWith("Deposit"))).to.deep.equal(before);
  });

  it("fetches a key once for two proofs, and tells nothing in an address", async function () {
    this.timeout(60_000);
    const { page, server } = await open(THREADS_POLICY);
    await prove(page, request);
    await prove(page, request);
    const names = server.asked.map((address) => path.basename(address));
    const files = await readdir(folder);
    expect(names.filter((name) => name.endsWith(".zkey"))).to.have.length(1);
    expect(names.filter((name) => name !== "favicon.ico" && !files.includes(name))).to.deep.equal(
      [],
    );
  });
});
