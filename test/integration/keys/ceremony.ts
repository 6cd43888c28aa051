import { appendFile, copyFile, cp, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { expect } from "chai";
import * as snarkjs from "snarkjs";
import { CeremonyError } from "../../../scripts/keys/ceremony/ceremonyError.ts";
import { applyBeacon, contribute } from "../../../scripts/keys/ceremony/contribute.ts";
import { finishCeremony } from "../../../scripts/keys/ceremony/finish.ts";
import { hashFile } from "../../../scripts/keys/ceremony/powersOfTau.ts";
import { startCeremony } from "../../../scripts/keys/ceremony/start.ts";
import { keyFile, readTranscript } from "../../../scripts/keys/ceremony/transcript.ts";
import { verifyCeremony } from "../../../scripts/keys/ceremony/verify.ts";
import { checkVerifier } from "../../../scripts/keys/checkVerifier.ts";
import {
  readCircuitManifest,
  type CircuitManifest,
} from "../../../scripts/keys/circuitManifest.ts";
import { isDevelopmentKey } from "../../../scripts/keys/isDevelopmentKey.ts";
import { endSnarkjsWorkers } from "../../../scripts/keys/snarkjsCurve.ts";
import { readVerificationKey } from "../../../scripts/keys/verificationKey.ts";
import { ceremonyProvingKey, ceremonyVerifierKeys } from "../../../scripts/keys/verifierKeys.ts";
import { verifierPoints } from "../../../scripts/keys/verifierPoints.ts";
import { FIXTURE_CIRCUITS, fixtureKeys, temporaryFolder } from "../../helpers/fixtureKeys.ts";
import { knownPowersOfTau } from "../../helpers/knownCeremony.ts";
import { expectRefusal, runSealwatt } from "../../helpers/runSealwatt.ts";
import { keyBytes } from "../../helpers/verifierBytecode.ts";

const BEACON = { hash: "ab".repeat(32), iterationsExponent: 10, source: "block 1 of a test" };
const CIRCUITS = ["Power", "HighPower"];

async function refusal(step: Promise<unknown>): Promise<string> {
  const error = await step.catch((caught: unknown) => caught);
  expect(error).to.be.instanceOf(CeremonyError);
  return (error as CeremonyError).message;
}

describe("a ceremony @long", () => {
  let place: string;
  let manifest: CircuitManifest;
  let powersOfTau: string;
  let powersOfTauHash: string;
  const lines: string[] = [];
  const onStep = (line: string) => lines.push(line);
  /** A copy of the ceremony as it is after a step. */
  const copies: Record<string, string> = {};
  const copyOf = async (step: string) => {
    const folder = path.join(await temporaryFolder(), "ceremony");
    await cp(copies[step]!, folder, { recursive: true });
    return folder;
  };
  const verify = (folder: string) => verifyCeremony({ folder, manifest, powersOfTau, onStep });
  const finish = (folder: string) => finishCeremony({ folder, manifest, powersOfTau, onStep });

  before(async () => {
    place = await temporaryFolder();
    manifest = await readCircuitManifest(FIXTURE_CIRCUITS);
    powersOfTau = await knownPowersOfTau();
    powersOfTauHash = await hashFile(powersOfTau, "blake2b512");
    const folder = path.join(place, "ceremony");
    const keep = async (step: string) => {
      copies[step] = path.join(place, step);
      await cp(folder, copies[step], { recursive: true });
    };
    const options = { folder, manifest, names: CIRCUITS, powersOfTau, powersOfTauHash, onStep };
    await startCeremony(options);
    await keep("started");
    await contribute(folder, "Ada", undefined, onStep);
    await keep("contributed");
    await contribute(folder, "Bob 🔑", powersOfTau, onStep);
    await applyBeacon(folder, BEACON, onStep);
    await keep("closed");
  });
  after(endSnarkjsWorkers);

  it("takes contributions and a beacon, and comes to keys that prove", async () => {
    const folder = await copyOf("closed");
    const { contributions, finished } = await finish(folder);
    expect(contributions.map(({ contributor }) => contributor)).to.deep.equal([
      "Ada",
      "Bob 🔑",
      "beacon",
    ]);
    expect(Object.keys(finished!.files)).to.have.lengthOf(8);
    for (const [file, sha256] of Object.entries(finished!.files))
      expect(await hashFile(path.join(folder, "final", file), "sha256")).to.equal(sha256);

    const file = (name: string) => path.join(folder, "final", `Power.${name}`);
    const key = JSON.parse(await readFile(file("verification_key.json"), "utf8")) as never;
    await checkVerifier(key);
    expect(await isDevelopmentKey(key)).to.equal(false);
    const { proof, publicSignals } = await snarkjs.groth16.fullProve(
      { base: 2, unused: 1 },
      file("wasm"),
      file("zkey"),
      undefined,
      undefined,
      { singleThread: true },
    );
    expect(await snarkjs.groth16.verify(key, publicSignals, proof)).to.equal(true);
    expect(await snarkjs.groth16.verify(key, ["0", "1"], proof)).to.equal(false);
  });

  it("comes to what a deployment takes, and to nothing before it is finished or when it was changed", async () => {
    const folder = await copyOf("closed");
    const early = ceremonyVerifierKeys(folder, manifest);
    expect(await refusal(early)).to.match(/is not finished.*\n.*ceremony finish/);
    await finish(folder);
    const keys = await ceremonyVerifierKeys(folder, manifest);
    expect(keys.map(({ circuit, id }) => ({ circuit, id }))).to.deep.equal([
      { circuit: "Power", id: 1 },
      { circuit: "HighPower", id: 2 },
    ]);
    for (const { circuit, points, key } of keys) {
      const source = await readFile(path.join(folder, "final", `${circuit}Verifier.sol`), "utf8");
      expect(source)
        .to.contain("from a ceremony key")
        .and.not.to.match(/development/i);
      expect(verifierPoints(source)).to.deep.equal(points);
      const { zkey } = await ceremonyProvingKey(folder, circuit);
      const ofProver = await readVerificationKey(await readFile(zkey));
      expect(verifierPoints(ofProver)).to.deep.equal(points);
      expect(key).to.equal(keyBytes(ofProver));
    }

    const other = path.join(folder, "final", "Power.verification_key.json");
    await copyFile((await fixtureKeys()).power.verificationKey, other);
    expect(await refusal(ceremonyVerifierKeys(folder, manifest))).to.match(
      /Power\.verification_key\.json is not the file that the transcript tells of/,
    );
    await appendFile(path.join(folder, "final", "HighPower.zkey"), "\0");
    expect(await refusal(ceremonyProvingKey(folder, "HighPower"))).to.match(/is not the file/);
    expect(await refusal(ceremonyProvingKey(folder, "Deposit"))).to.match(/came to no Deposit/);
  });

  it("can be verified at every step", async () => {
    for (const [step, contributions] of [
      ["started", 0],
      ["contributed", 1],
    ] as const)
      expect((await verify(await copyOf(step))).contributions).to.have.lengthOf(contributions);
  });

  it("refuses powers of tau that no ceremony has published and nobody vouches for", async () => {
    const folder = path.join(place, "refused");
    const options = { folder, manifest, names: ["Power"], powersOfTau, onStep };
    expect(await refusal(startCeremony(options))).to.match(/none of the Hermez ceremony's/);
    const other = startCeremony({ ...options, powersOfTauHash: "00".repeat(64) });
    expect(await refusal(other)).to.match(/not the expected one/);
    const changed = path.join(await temporaryFolder(), "changed.ptau");
    await copyFile(powersOfTau, changed);
    await appendFile(changed, "\0");
    const checked = verifyCeremony({
      folder: copies.closed!,
      manifest,
      powersOfTau: changed,
      onStep,
    });
    expect(await refusal(checked)).to.match(/not the expected one/);
  });

  it("refuses a circuit that is larger than the powers of tau", async () => {
    const [circuit] = manifest.circuits;
    const large = { ...manifest, circuits: [{ ...circuit!, params: [300] }] };
    const folder = path.join(place, "large");
    const options = { folder, manifest: large, names: [], powersOfTau, powersOfTauHash, onStep };
    expect(await refusal(startCeremony(options))).to.match(/needs powers of tau up to 2\^9/);
  });

  it("is never started over, closed without a contribution, or contributed to when closed", async () => {
    const folder = await copyOf("started");
    const options = { folder, manifest, names: [], powersOfTau, powersOfTauHash, onStep };
    expect(await refusal(startCeremony(options))).to.match(/is there already/);
    expect(await refusal(applyBeacon(folder, BEACON, onStep))).to.match(/Nobody has contributed/);
    expect(await refusal(finish(folder))).to.match(/is not closed/);
    const closed = await copyOf("closed");
    expect(await refusal(contribute(closed, "Eve", undefined, onStep))).to.match(/is closed/);
    expect(await refusal(applyBeacon(closed, BEACON, onStep))).to.match(/is closed/);
  });

  it("refuses a beacon that is no number, and names that a key cannot hold", async () => {
    const folder = await copyOf("contributed");
    for (const hash of ["0xab", "xyz", "AB".repeat(32), "ab"])
      expect(await refusal(applyBeacon(folder, { ...BEACON, hash }, onStep))).to.match(/no number/);
    for (const name of ["", "x".repeat(65)])
      expect(await refusal(contribute(folder, name, undefined, onStep))).to.match(/not 1 to 64/);
  });

  it("finds a key that was replaced by another, or is missing", async () => {
    const folder = await copyOf("contributed");
    await copyFile(keyFile(folder, "Power", 0), keyFile(folder, "Power", 1));
    expect(await refusal(contribute(folder, "Eve", undefined, onStep))).to.match(
      /is not the key that the transcript tells of/,
    );
    const { contributions } = await readTranscript(await copyOf("started"));
    expect(contributions).to.have.lengthOf(0);
    const started = await copyOf("started");
    await copyFile(path.join(folder, "transcript.json"), path.join(started, "transcript.json"));
    expect(await refusal(verify(started))).to.match(/0001\.zkey is missing/);
  });

  it("finds a key whose hash the transcript has, and whose contributions it has not", async () => {
    const folder = await copyOf("contributed");
    const file = path.join(folder, "transcript.json");
    const transcript = await readTranscript(folder);
    const [first] = transcript.contributions;
    const forge = (change: object) =>
      writeFile(file, JSON.stringify({ ...transcript, contributions: [{ ...first, ...change }] }));
    await forge({ contributor: "Eve" });
    expect(await refusal(verify(folder))).to.match(/has other contributions.*\n.*Ada/);

    // A key of somebody's own, made from secrets that only they know.
    const { power } = await fixtureKeys();
    await copyFile(power.zkey, keyFile(folder, "Power", 1));
    const sha256 = await hashFile(power.zkey, "sha256");
    await forge({ keys: { ...first!.keys, Power: { ...first!.keys.Power, sha256 } } });
    expect(await refusal(verify(folder))).to.match(/has other contributions.*\n.*none/);
  });

  it("finds a key whose points were changed behind its contributions", async () => {
    const folder = await copyOf("contributed");
    const key = keyFile(folder, "Power", 1);
    const bytes = await readFile(key);
    const h = bytes.length - 2000;
    // Two of the quotient's points in each other's place.
    const [one, two] = [bytes.subarray(h, h + 64), bytes.subarray(h + 64, h + 128)].map((part) =>
      Buffer.from(part),
    );
    bytes.set(two!, h);
    bytes.set(one!, h + 64);
    await writeFile(key, bytes);
    const transcript = await readTranscript(folder);
    transcript.contributions[0]!.keys.Power!.sha256 = await hashFile(key, "sha256");
    await writeFile(path.join(folder, "transcript.json"), JSON.stringify(transcript));
    expect(await refusal(verify(folder))).to.match(/does not follow from its circuit/);
  });

  it("finds circuits that are not those of the sources", async () => {
    const [circuit, ...others] = manifest.circuits;
    const changed = { ...manifest, circuits: [{ ...circuit!, params: [21] }, ...others] };
    const folder = copies.closed!;
    const options = { folder, manifest: changed, powersOfTau, onStep };
    expect(await refusal(verifyCeremony(options))).to.match(
      /The ceremony's Power is not the circuit of this repository/,
    );
  });

  it("runs on the command line, with refusals in one line", async () => {
    const folder = path.join(place, "by-command");
    const run = (...args: string[]) => runSealwatt(["ceremony", ...args, "--folder", folder]);
    const sources = ["--powers-of-tau", powersOfTau, "--circuits", FIXTURE_CIRCUITS];
    expectRefusal(
      await run("start", "Power", ...sources),
      "sealwatt ceremony start",
      "--powers-of-tau-hash",
    );
    const steps = [
      ["start", "Power", ...sources, "--powers-of-tau-hash", powersOfTauHash],
      ["contribute", "--name", "Ada"],
      ["beacon", "--hash", BEACON.hash, "--source", BEACON.source],
      ["verify", ...sources],
      ["finish", ...sources],
    ];
    for (const step of steps) {
      const { code, stdout, stderr } = await run(...step);
      expect({ code, stderr }, stdout).to.deep.equal({ code: 0, stderr: "" });
      if (step[0] === "verify") expect(stdout).to.match(/1\. Ada, .*\n2\. beacon, .*block 1 of/);
      if (step[0] === "finish") expect(stdout).to.contain("PowerVerifier.sol");
    }
    expectRefusal(
      await runSealwatt(["ceremony", "contribute", "--name", "Eve", "--folder", folder]),
      "sealwatt ceremony contribute",
      "ceremony verify",
    );
  });
});
