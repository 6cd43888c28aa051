import { cp, readdir, readFile, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { expect } from "chai";
import { readCircuitManifest } from "../../../../scripts/keys/circuitManifest.ts";
import { circuitKeys, keysOf } from "../../../../scripts/keys/circuitKeys.ts";
import { CircuitError } from "../../../../scripts/keys/compileCircuit.ts";
import { fixtureKeys, FIXTURE_CIRCUITS, temporaryFolder } from "../../../helpers/fixtureKeys.ts";

describe("circuitKeys", () => {
  let folder: string;
  let cache: string;
  let built: string[];
  const onBuilt = ({ name }: { name: string }) => built.push(name);
  const build = async (names: string[] = []) => {
    const manifest = await readCircuitManifest(path.join(folder, "circuits.json"));
    return circuitKeys(names, { manifest, cache, onBuilt });
  };

  beforeEach(async () => {
    built = [];
    folder = await temporaryFolder();
    cache = path.join(folder, "cache");
    await cp(path.dirname(FIXTURE_CIRCUITS), folder, { recursive: true });
  });

  it("builds what is missing, once, and the same as anywhere else", async () => {
    const keys = await build(["Power"]);
    expect(built).to.deep.equal(["Power"]);
    expect(await build(["Power"])).to.deep.equal(keys);
    expect(built).to.deep.equal(["Power"]);
    const elsewhere = await readFile((await fixtureKeys()).power.zkey);
    expect(elsewhere.equals(await readFile(keys[0]!.zkey))).to.equal(true);
    await build();
    expect(built).to.deep.equal(["Power", "HighPower"]);
  });

  it("builds again after a change of a file that a circuit includes indirectly", async () => {
    const [before] = await build(["Power"]);
    const library = path.join(folder, "lib", "square.circom");
    await writeFile(library, (await readFile(library, "utf8")).replace("in * in", "in * in + in"));
    const [after] = await build(["Power"]);
    expect(built).to.deep.equal(["Power", "Power"]);
    expect(after!.folder).not.to.equal(before!.folder);
  });

  it("says what circom says of a circuit that does not compile, and leaves nothing", async () => {
    await writeFile(path.join(folder, "power.circom"), "template Power(n) { signal");
    const error = await build(["Power"]).catch((caught: unknown) => caught);
    expect(error).to.be.instanceOf(CircuitError);
    expect((error as CircuitError).shortMessage).to.equal("The circuit Power does not compile.");
    expect((error as CircuitError).details).to.match(/^error\[P\d+\]/);
    expect(await readdir(cache)).to.deep.equal([]);
  });

  it("keeps its keys where the environment says", async () => {
    process.env.SEALWATT_KEYS = cache;
    try {
      const manifest = await readCircuitManifest(path.join(folder, "circuits.json"));
      const { zkey } = await keysOf("Power", { manifest });
      expect(path.dirname(path.dirname(zkey))).to.equal(cache);
      expect((await stat(zkey)).size).to.be.greaterThan(10_000);
    } finally {
      delete process.env.SEALWATT_KEYS;
    }
  });
});
