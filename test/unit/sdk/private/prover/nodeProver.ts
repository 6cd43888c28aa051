import { once } from "node:events";
import { spawn } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { expect } from "chai";
import * as snarkjs from "snarkjs";
import type { CircuitKeys } from "../../../../../scripts/keys/buildCircuit.ts";
import { endSnarkjsWorkers } from "../../../../../scripts/keys/snarkjsCurve.ts";
import type { ProofRequest, Signals } from "../../../../../sdk/private/proofs/proofRequest.ts";
import { nodeProver } from "../../../../../sdk/private/prover/nodeProver.ts";
import type { ProveProgress, Prover } from "../../../../../sdk/private/prover/prover.ts";
import { fixtureKeys, temporaryFolder } from "../../../../helpers/fixtureKeys.ts";
import { rejection } from "../../../../helpers/rejection.ts";

const FIELD = 21888242871839275222246405745257275088548364400416034343698204186575808495617n;

function power(base: bigint, times: number): bigint {
  let result = base - 1n;
  for (let i = 0; i < times; i++) result = (result * result) % FIELD;
  return (result + 3n * base) % FIELD;
}

/** A request for the fixtures' circuit, which no participant makes. */
function request(base: bigint, inputs: Signals = { base, unused: 7n }): ProofRequest {
  return {
    circuit: "Deposit",
    inputs,
    signals: {},
    publicSignals: [power(base, 20), 7n],
    created: [],
  };
}

describe("nodeProver", () => {
  let keys: CircuitKeys;
  let prover: Prover;

  before(async () => {
    ({ power: keys } = await fixtureKeys());
    prover = nodeProver(async () => keys);
  });
  after(() => prover.close());

  it("proves beside the caller, whose event loop goes on, and tells how far it is", async () => {
    const seen: ProveProgress[] = [];
    let turns = 0;
    const clock = setInterval(() => turns++, 5);
    const { points, signals } = await prover.prove(request(5n), {
      onProgress: (progress) => seen.push(progress),
    });
    clearInterval(clock);
    expect(signals).to.deep.equal([power(5n, 20), 7n]);
    expect(turns).to.be.greaterThan(5);
    expect([...new Set(seen.map(({ stage }) => stage))]).to.deep.equal([
      "load",
      "witness",
      "prove",
      "check",
    ]);
    const fractions = seen.filter(({ stage }) => stage === "prove").map((each) => each.fraction);
    expect(fractions).to.deep.equal(fractions.toSorted((a, b) => a - b));
    expect(fractions.at(-1)).to.equal(1);
    // In the order of a contract's call: snarkjs has the parts of B the other way round.
    const [ax, ay, xImaginary, xReal, yImaginary, yReal, cx, cy] = points.map(String) as [
      string,
      string,
      string,
      string,
      string,
      string,
      string,
      string,
    ];
    const proof = {
      protocol: "groth16",
      curve: "bn128",
      pi_a: [ax, ay, "1"],
      pi_b: [
        [xReal, xImaginary],
        [yReal, yImaginary],
        ["1", "0"],
      ],
      pi_c: [cx, cy, "1"],
    };
    const key = JSON.parse(await readFile(keys.verificationKey, "utf8")) as never;
    expect(await snarkjs.groth16.verify(key, signals.map(String), proof)).to.be.true;
    await endSnarkjsWorkers();
  });

  it("proves with one core too", async () => {
    const single = nodeProver(async () => keys, { isSingleThreaded: true });
    expect((await single.prove(request(6n))).signals[0]).to.equal(power(6n, 20));
    await single.close();
  });

  it("refuses a proof of other signals than were asked for", async () => {
    const other = { ...request(5n), publicSignals: [power(5n, 20), 8n] };
    const error = await rejection(prover.prove(other));
    expect(error).to.include({ fault: "signals" });
    expect(error.message).to.include("number 1 is another");
    const more = { ...request(5n), publicSignals: [power(5n, 20), 7n, 0n] };
    expect(await rejection(prover.prove(more))).to.include({ fault: "signals" });
  });

  it("refuses inputs of another circuit, and tells none of them", async () => {
    const secret = 123456789123456789n;
    const error = await rejection(prover.prove(request(5n, { base: 5n, spendKey: secret })));
    expect(error).to.include({ fault: "inputs" });
    expect(error.message).not.to.include(String(secret));
    const long = { base: [5n, secret], unused: 7n };
    const tooMany = await rejection(prover.prove(request(5n, long)));
    expect(tooMany).to.include({ fault: "inputs" });
    expect(tooMany.message).not.to.include(String(secret));
  });

  it("refuses keys that are missing, of another circuit or damaged", async () => {
    const { highPower } = await fixtureKeys();
    const folder = await temporaryFolder();
    const withFiles = (files: Partial<CircuitKeys>) =>
      nodeProver(async () => ({ ...keys, ...files }));
    const faultOf = async (files: Partial<CircuitKeys>): Promise<unknown> => {
      const other = withFiles(files);
      const error = await rejection(other.prove(request(5n)));
      await other.close();
      return (error as { fault?: unknown }).fault;
    };
    expect(await faultOf({ zkey: path.join(folder, "none") })).to.equal("keys");
    expect(await faultOf({ zkey: highPower.zkey })).to.equal("keys");
    expect(await faultOf({ verificationKey: highPower.verificationKey })).to.equal("proof");
    const zkey = await readFile(keys.zkey);
    // A point of the last section, which all proofs are made with.
    zkey[zkey.length - 400] = zkey.at(-400)! ^ 1;
    const damaged = path.join(folder, "damaged.zkey");
    await writeFile(damaged, zkey);
    expect(await faultOf({ zkey: damaged })).to.equal("proof");
  });

  it("lets the caller's process end without closing it", async () => {
    const script = `
      import { nodeProver } from ${JSON.stringify(path.resolve("sdk/private/prover/nodeProver.ts"))};
      const prover = nodeProver(async () => (${JSON.stringify(keys)}));
      const request = { circuit: "Deposit", inputs: { base: 5n, unused: 7n },
        publicSignals: [${power(5n, 20)}n, 7n], signals: {}, created: [] };
      console.log((await prover.prove(request)).signals[1]);`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let said = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (said += text));
    const [code] = (await once(child, "close")) as [number];
    expect([code, said.trim()]).to.deep.equal([0, "7n"]);
  });
});
