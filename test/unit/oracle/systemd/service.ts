import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect } from "chai";

const pathOf = (name: string) => fileURLToPath(new URL(`../../../../${name}`, import.meta.url));
const PATH = pathOf("oracle/systemd/sealwatt-oracle.service");
const USERS_PATH = pathOf("oracle/systemd/sealwatt.sysusers");
const GUIDE_PATH = pathOf("docs/operations/oracle.md");

/** The values of each key, in order. */
function settingsOf(unit: string): Map<string, string[]> {
  const settings = new Map<string, string[]>();
  for (const line of unit.split("\n")) {
    const [, key, value] = /^(\w+)=(.*)$/.exec(line) ?? [];
    if (key !== undefined) settings.set(key, [...(settings.get(key) ?? []), value!]);
  }
  return settings;
}

describe("sealwatt-oracle.service", () => {
  const settings = settingsOf(readFileSync(PATH, "utf8"));
  const one = (key: string) => settings.get(key)?.[0];

  it("is a unit that systemd takes", function () {
    this.timeout(20_000);
    const { error, status, stderr } = spawnSync("systemd-analyze", ["verify", PATH], {
      encoding: "utf8",
    });
    if (error !== undefined) this.skip();
    const faults = stderr.split("\n").filter((line) => line.includes("sealwatt"));
    expect(faults).to.deep.equal([]);
    expect(status).to.equal(0);
  });

  it("keeps its state where the configuration's default has it, for its own user alone", () => {
    expect(one("User")).to.equal("sealwatt");
    expect(one("StateDirectory")).to.equal("sealwatt");
    expect(one("StateDirectoryMode")).to.equal("0700");
    expect(one("UMask")).to.equal("0077");
  });

  it("writes nowhere else and gains no rights", () => {
    expect(one("ProtectSystem")).to.equal("strict");
    expect(one("ProtectHome")).to.equal("yes");
    expect(one("NoNewPrivileges")).to.equal("yes");
    expect(one("CapabilityBoundingSet")).to.equal("");
    expect(one("SystemCallFilter")).to.equal("@system-service");
    expect(settings.has("ReadWritePaths")).to.be.false;
  });

  it("reaches serial ports and no other device", () => {
    expect(one("DevicePolicy")).to.equal("closed");
    expect(settings.get("DeviceAllow")).to.deep.equal(
      ["ttyUSB", "ttyACM", "ttyAMA", "ttyS", "ttySC"].map((name) => `char-${name} rw`),
    );
    // It would hide the ports.
    expect(settings.has("PrivateDevices")).to.be.false;
  });

  it("reaches a USB adapter that is plugged in after the start", () => {
    // systemd resolves char-ttyUSB at the start alone, and nobody has registered it before the first adapter.
    for (const key of ["Wants", "After"]) {
      expect(settings.get(key)!.join(" ").split(" ")).to.include.members([
        "modprobe@usbserial.service",
        "modprobe@cdc_acm.service",
      ]);
    }
  });

  it("gives its user the group of the ports, for what is run by hand too", () => {
    const group = one("SupplementaryGroups");
    expect(readFileSync(USERS_PATH, "utf8").split("\n")).to.include(`m ${one("User")} ${group}`);
  });

  it("is what the guide checks a configuration as", () => {
    const guide = readFileSync(GUIDE_PATH, "utf8");
    const checks = guide.match(/^ *systemd-run (?:.*\\\n)*.* oracle check .*$/gm) ?? [];
    expect(checks).to.have.length(2);
    for (const check of checks) {
      for (const key of ["User", "Group", "SupplementaryGroups"])
        expect(check).to.contain(` -p ${key}=${one(key)} `);
      // A shell that sources the file takes other values out of it than systemd does.
      expect(check).to.contain(` -p EnvironmentFile=${one("EnvironmentFile")} `);
      expect(check).to.contain(`${one("ExecStart")!.replace(/ run .*/, "")} check `);
    }
  });

  it("lets V8 compile", () => {
    expect(settings.has("MemoryDenyWriteExecute")).to.be.false;
  });

  it("starts again after a failure, with a pause and an end", () => {
    expect(one("Restart")).to.equal("on-failure");
    const [pauseS, burst, intervalS] = [
      "RestartSec",
      "StartLimitBurst",
      "StartLimitIntervalSec",
    ].map((key) => Number(one(key)));
    // Otherwise the limit is never reached.
    expect(pauseS! * burst!).to.be.below(intervalS!);
  });

  it("gives it time to stop", () => {
    expect(Number(one("TimeoutStopSec"))).to.be.at.least(20);
    expect(one("KillMode")).to.equal("mixed");
  });

  it("holds no secret on its command line", () => {
    expect(one("EnvironmentFile")).to.equal("-/etc/sealwatt/oracle.env");
    const [options, arenas, ...rest] = settings.get("Environment")!;
    expect(options).to.match(/^"NODE_OPTIONS=[-a-z0-9= ]+"$/);
    expect(arenas).to.equal("MALLOC_ARENA_MAX=2");
    expect(rest).to.deep.equal([]);
    expect(one("ExecStart")).to.match(/ oracle run --config \/etc\/sealwatt\/oracle\.yaml$/);
  });
});
