import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import packageJson from "../../../package.json" with { type: "json" };

const launcher = fileURLToPath(new URL(`../../../${packageJson.bin.sealwatt}`, import.meta.url));
const newerNode = fileURLToPath(new URL("../../../node_modules/.bin/node", import.meta.url));
const { NODE_OPTIONS: _nodeOptions, ...env } = process.env;

/** Makes a Node look like one that cannot run TypeScript. */
const AS_OLD_NODE = ["--no-experimental-strip-types", launcher];

const ADVICE =
  `sealwatt: Node 22.18 or newer is needed and this is ${process.versions.node}. Install a newer Node, ` +
  "or on Linux x64 run npm install in the project, which brings one.\n";

describe("the launcher on a Node that cannot run TypeScript", function () {
  this.timeout(20_000);

  it("says what to do where no newer Node is at hand", () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, AS_OLD_NODE, {
      // As it sees itself when the Node in node_modules turned out to be too old as well.
      env: { ...env, SEALWATT_LAUNCHED_AGAIN: "1" },
      encoding: "utf8",
    });
    expect({ status, stdout, stderr }).to.deep.equal({ status: 2, stdout: "", stderr: ADVICE });
  });

  describe("with the Node that the dependencies bring", () => {
    before(function () {
      if (!existsSync(newerNode)) this.skip();
    });

    it("passes arguments, input, output and exit code through", () => {
      const match = ["match", "-m", "green-double-auction"];
      const run = (input: string) =>
        spawnSync(process.execPath, [...AS_OLD_NODE, ...match], { env, input, encoding: "utf8" });
      expect(run('{"orders":[]}')).to.include({
        status: 0,
        stdout: '{"trades":[],\n"remaining":[]}\n',
        stderr: "",
      });
      expect(run("[]")).to.include({
        status: 2,
        stdout: "",
        stderr: 'sealwatt match: The document is an array. Give {"orders":[…]}.\n',
      });
    });

    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      it(`ends with what it started on ${signal}`, async () => {
        const child = spawn(
          process.execPath,
          [...AS_OLD_NODE, "match", "-m", "green-double-auction"],
          { env },
        );
        let output = "";
        child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
        child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
        setTimeout(() => child.kill(signal), 500);
        // "close" comes when the pipes have no writer left: the inner process is gone too.
        expect(await once(child, "close")).to.deep.equal([null, signal]);
        expect(output).to.equal("");
      });
    }
  });
});
