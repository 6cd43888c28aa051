import { readFile } from "node:fs/promises";
import { expect } from "chai";
import { ZeroAddress } from "ethers";
import { network } from "hardhat";
import {
  readCircuitManifest,
  type CircuitManifest,
} from "../../../scripts/keys/circuitManifest.ts";
import {
  guardVerifiers,
  VerifiersRefusedError,
  type GuardOptions,
  type VerifierBytecode,
} from "../../../scripts/keys/guardVerifiers.ts";
import { endSnarkjsWorkers } from "../../../scripts/keys/snarkjsCurve.ts";
import {
  readVerificationKey,
  type VerificationKey,
} from "../../../scripts/keys/verificationKey.ts";
import {
  codeOfDeployment,
  NoPoolError,
  verifiersOfPool,
} from "../../../scripts/keys/verifierBytecode.ts";
import { developmentVerifierKeys } from "../../../scripts/keys/verifierKeys.ts";
import { verifierPoints } from "../../../scripts/keys/verifierPoints.ts";
import { FIXTURE_CIRCUITS, fixtureKeys } from "../../helpers/fixtureKeys.ts";
import { knownCeremony } from "../../helpers/knownCeremony.ts";
import { bytecodeOf, keyBytes } from "../../helpers/verifierBytecode.ts";

/** Of each circuit of the fixture. */
interface Keys {
  Power: VerificationKey;
  HighPower: VerificationKey;
}

describe("guardVerifiers", () => {
  let manifest: CircuitManifest;
  let program: string;
  let development: Keys;
  let ceremony: Keys;
  let skipped: Keys;
  let ethers: Awaited<ReturnType<typeof network.create>>["ethers"];

  before(async () => {
    manifest = await readCircuitManifest(FIXTURE_CIRCUITS);
    ({ ethers } = await network.create());
    program = await codeOf(await ethers.deployContract("Groth16Code"));
    const { power, highPower } = await fixtureKeys();
    const read = async (zkey: string) => readVerificationKey(await readFile(zkey));
    const ceremonies = [await knownCeremony(power.r1cs), await knownCeremony(highPower.r1cs)];
    const all = async (files: string[]): Promise<Keys> => ({
      Power: await read(files[0]!),
      HighPower: await read(files[1]!),
    });
    development = await all([power.zkey, highPower.zkey]);
    ceremony = await all(ceremonies.map(({ final }) => final));
    skipped = await all(ceremonies.map(({ initial }) => initial));
  });
  after(endSnarkjsWorkers);

  async function codeOf(contract: { getAddress(): Promise<string> }): Promise<string> {
    return ethers.provider.getCode(await contract.getAddress());
  }
  const codes = ({ Power, HighPower }: Keys): VerifierBytecode[] => [
    { circuit: "Power", code: bytecodeOf(Power, program) },
    { circuit: "HighPower", code: bytecodeOf(HighPower, program) },
  ];
  /** What is found; nothing where the verifiers pass. */
  const findings = async (verifiers: VerifierBytecode[], options: Partial<GuardOptions> = {}) => {
    const given = { isDevelopment: false, program, manifest, ...options };
    const error = await guardVerifiers(verifiers, given).catch((caught: unknown) => caught);
    if (error === undefined) return [];
    expect(error).to.be.instanceOf(VerifiersRefusedError);
    return (error as VerifiersRefusedError).findings;
  };
  const expectAlways = async (verifiers: VerifierBytecode[], expected: string[]) => {
    for (const isDevelopment of [false, true])
      expect(await findings(verifiers, { isDevelopment })).to.deep.equal(expected);
  };

  it("takes a ceremony's keys, and development keys where they are asked for", async () => {
    expect(await findings(codes(ceremony))).to.deep.equal([]);
    expect(await findings(codes(ceremony), { isDevelopment: true })).to.deep.equal([]);
    expect(await findings(codes(development), { isDevelopment: true })).to.deep.equal([]);
  });

  it("refuses development keys elsewhere, also a single one, and says how to go on", async () => {
    const finding = "a development key, whose secrets are published";
    expect(await findings(codes(development))).to.deep.equal([
      `Power: ${finding}`,
      `HighPower: ${finding}`,
    ]);
    const single = codes({ ...ceremony, HighPower: development.HighPower });
    expect(await findings(single)).to.deep.equal([`HighPower: ${finding}`]);
    const error = await guardVerifiers(single, { isDevelopment: false, program, manifest }).catch(
      (caught: unknown) => caught,
    );
    expect((error as Error).message).to.match(/Give the keys of a ceremony, or --development/);
  });

  it("refuses a development key of which one point alone is left", async () => {
    const points = ["vk_alpha_1", "vk_beta_2", "vk_gamma_2", "vk_delta_2"] as const;
    for (const point of points) {
      const mixed = { ...ceremony.Power, [point]: development.Power[point] };
      expect(await findings(codes({ ...ceremony, Power: mixed })), point).to.have.lengthOf(1);
    }
  });

  it("refuses keys for which anybody proves anything, in development also", async () => {
    const forged = [
      "gamma equals delta up to its sign, so that any proof can be forged",
      "delta is the generator, so that nobody has contributed to the key",
    ];
    await expectAlways(
      codes({ ...ceremony, Power: skipped.Power }),
      forged.map((finding) => `Power: ${finding}`),
    );
  });

  it("refuses other programs, whatever key they end in, and addresses without code", async () => {
    const [power, highPower] = codes(ceremony);
    const always = `0x600160005260206000f3${power!.code.slice(2)}`;
    for (const [code, finding] of [
      [always, "not a verifier of this release"],
      [power!.code.replace("0x60", "0x61"), "not a verifier of this release"],
      ["0x600160005260206000f3", "not a verifier of Sealwatt"],
      [program, "not a verifier of Sealwatt"],
      ["0x", "there is none"],
    ] as const)
      await expectAlways([{ circuit: "Power", code }, highPower!], [`Power: ${finding}`]);
    await expectAlways([highPower!], ["Power: there is none"]);
  });

  it("takes the same program with another comment in its source", async () => {
    const bytes = Number.parseInt(program.slice(-4), 16);
    const end = program.length - 2 * (bytes + 2);
    const other = `${program.slice(0, end)}${"ab".repeat(bytes)}${program.slice(-4)}`;
    expect(await findings(codes(ceremony), { program: other })).to.deep.equal([]);
  });

  it("refuses keys of other circuits, also with as many signals", async () => {
    const [power, highPower] = codes(ceremony);
    await expectAlways(
      [
        { ...power!, code: highPower!.code },
        { ...highPower!, code: power!.code },
      ],
      ["Power: a key for 3 public signals, not 2", "HighPower: a key for 2 public signals, not 3"],
    );
    const expected = (circuit: "Power" | "HighPower", key: VerificationKey) => ({
      circuit,
      id: 1,
      points: verifierPoints(key),
      key: keyBytes(key),
    });
    const keys = [expected("Power", ceremony.Power), expected("HighPower", development.HighPower)];
    expect(await findings(codes(ceremony), { keys, isDevelopment: true })).to.deep.equal([
      "HighPower: not the key that it was to have",
    ]);
  });

  it("sees verifiers before their deployment, and those of a pool", async () => {
    const factory = await ethers.getContractFactory("Groth16Verifier");
    const deploy = async (key: VerificationKey) => {
      const { data } = await factory.getDeployTransaction(keyBytes(key));
      const foreseen = await codeOfDeployment(ethers.provider, data);
      const contract = await factory.deploy(keyBytes(key));
      expect(foreseen).to.equal(await codeOf(contract));
      return contract.getAddress();
    };
    const pool = async (keys: Keys) => {
      const addresses = Array.from({ length: 14 }, () => ZeroAddress);
      addresses[1] = await deploy(keys.Power);
      addresses[2] = await deploy(keys.HighPower);
      const book = await ethers.deployContract("VerifierBook", [addresses]);
      return verifiersOfPool(ethers.provider, await book.getAddress(), manifest);
    };
    expect(await pool(ceremony)).to.deep.equal(codes(ceremony));
    expect(await findings(await pool(ceremony))).to.deep.equal([]);
    expect(await findings(await pool(development))).to.have.lengthOf(2);
    const empty = await ethers.deployContract("VerifierBook", [
      Array.from({ length: 14 }, () => ZeroAddress),
    ]);
    const nowhere = verifiersOfPool(ethers.provider, ZeroAddress, manifest);
    expect(await nowhere.catch((error: unknown) => error)).to.be.instanceOf(NoPoolError);
    const none = await verifiersOfPool(ethers.provider, await empty.getAddress(), manifest);
    await expectAlways(none, ["Power: there is none", "HighPower: there is none"]);
  });

  it("knows the project's own verifiers for development keys, by the build's program", async () => {
    const keys = await developmentVerifierKeys();
    const deployed = await Promise.all(
      keys.map(async ({ circuit }) => ({
        circuit,
        code: await codeOf(await ethers.deployContract(`${circuit}Verifier`)),
      })),
    );
    await guardVerifiers(deployed, { isDevelopment: true, keys });
    const error = await guardVerifiers(deployed, { isDevelopment: false, keys }).catch(
      (caught: unknown) => caught,
    );
    expect((error as VerifiersRefusedError).findings).to.have.lengthOf(keys.length);
  });
});
