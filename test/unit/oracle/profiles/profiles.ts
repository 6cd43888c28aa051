import { existsSync, readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import { expect } from "chai";
import {
  ENERGIES,
  wordsOf,
  type DeviceProfile,
  type PerQuantity,
  type RegisterSpec,
} from "../../../../oracle/profiles/deviceProfile.ts";
import {
  COMMON_METER,
  ExperimentalProfileError,
  loadDeviceProfile,
  profileNames,
  UnknownProfileError,
} from "../../../../oracle/profiles/loadDeviceProfile.ts";

const ROOT = new URL("../../../../", import.meta.url);
const SHARED = new URL("../shared/meters/modbus-registers.json", ROOT);

const schema = JSON.parse(
  readFileSync(new URL("docs/schemas/device-profile.schema.json", ROOT), "utf8"),
) as object;
const validate = new Ajv2020({ strict: true, strictRequired: false }).compile(schema);

const load = (name: string): DeviceProfile => loadDeviceProfile(name, { allowExperimental: true });

interface Sourced {
  sources: string[];
}

function specsOf(profile: DeviceProfile): PerQuantity<Sourced> {
  return profile.protocol === "modbus" ? profile.registers : profile.identifiers;
}

/** The key in a profile's sources to which a register's source points. */
function keyOf(source: string): string {
  return /^[A-Za-z0-9_]+/.exec(source)![0];
}

describe("device profiles", () => {
  for (const name of profileNames()) {
    describe(name, () => {
      const profile = load(name);

      it("follows the schema", () => {
        expect(validate(profile), JSON.stringify(validate.errors)).to.equal(true);
      });

      it("is called as its file", () => {
        expect(profile.name).to.equal(name);
      });

      it("has two sources for both energies unless it is experimental", () => {
        const specs = specsOf(profile);
        for (const energy of ENERGIES) {
          const keys = new Set(specs[energy].sources.map(keyOf));
          if (!profile.experimental) expect(keys.size, energy).to.be.at.least(2);
        }
      });

      it("names every source that its registers use, and no other", () => {
        const identity = profile.protocol === "modbus" ? profile.identity : undefined;
        const specs = Object.values<Sourced>(specsOf(profile));
        const all = [...specs, ...(identity ? [identity] : [])];
        const used = new Set(all.flatMap(({ sources }) => sources.map(keyOf)));
        expect([...used].sort()).to.eql(Object.keys(profile.sources).sort());
      });

      it("has energies in Wh or kWh and power in W or kW", () => {
        if (profile.protocol !== "modbus") return;
        const { importEnergyWh, exportEnergyWh, activePowerW, serialNumber } = profile.registers;
        for (const { unit } of [importEnergyWh, exportEnergyWh])
          expect(["Wh", "kWh"]).to.include(unit);
        if (activePowerW !== undefined) expect(["W", "kW"]).to.include(activePowerW.unit);
        if (serialNumber !== undefined) expect(serialNumber.unit).to.equal("");
      });

      it("has absent markers as long as their registers", () => {
        if (profile.protocol !== "modbus") return;
        for (const spec of Object.values(profile.registers))
          for (const marker of spec.absent ?? []) expect(marker.length).to.equal(4 * wordsOf(spec));
      });
    });
  }
});

describe("loadDeviceProfile", () => {
  it("names the near ones where there is none", () => {
    expect(() => loadDeviceProfile("eastron-sdm12"))
      .to.throw(UnknownProfileError)
      .with.property("message")
      .that.matches(/no device profile "eastron-sdm12"\.\nDid you mean eastron-sdm120/);
  });

  it("reads no file outside its folder", () => {
    for (const name of ["../../package", "", "deviceProfile.ts", "/etc/passwd"])
      expect(() => loadDeviceProfile(name)).to.throw(UnknownProfileError);
  });

  it("gives an experimental one only where that is allowed, and says how", () => {
    expect(() => loadDeviceProfile("chint-dtsu666-h"))
      .to.throw(ExperimentalProfileError)
      .with.property("message")
      .that.matches(/sources disagree on export.*\n.*\n.*allowExperimental: true/);
    expect(load("chint-dtsu666-h").experimental).to.equal(true);
  });

  it("knows the common meter as one that counts whole watt-hours", () => {
    const { importEnergyWh, exportEnergyWh } = loadDeviceProfile(COMMON_METER).registers;
    for (const { type, unit, scale } of [importEnergyWh, exportEnergyWh])
      expect([type, unit, scale]).to.eql(["int64", "Wh", "1"]);
  });
});

interface CollectedRegister {
  quantity: string;
  fc: number;
  address: number;
  type: string;
  word_order: string;
  unit: string;
  scale: number;
}

describe("device profiles against the collected register maps", () => {
  if (!existsSync(SHARED)) {
    it.skip("../shared/meters/modbus-registers.json is not there", () => undefined);
    return;
  }
  const { meters } = JSON.parse(readFileSync(SHARED, "utf8")) as {
    meters: { id: string; registers?: CollectedRegister[] }[];
  };
  const QUANTITIES = {
    import_energy: "importEnergyWh",
    export_energy: "exportEnergyWh",
    active_power: "activePowerW",
    serial_number: "serialNumber",
  } as const;

  function isLowFirst({ word_order }: CollectedRegister): boolean {
    return word_order.includes("low word first");
  }

  for (const { id, registers } of meters.filter(({ id }) => id !== "sunspec")) {
    it(`has ${id} as collected`, () => {
      const profile = load(id);
      if (profile.protocol !== "modbus") throw new TypeError(`${id} is no Modbus profile.`);
      for (const [collected, quantity] of Object.entries(QUANTITIES)) {
        const expected = registers!.find(
          (register) => register.quantity === collected && register.type !== "none",
        );
        const spec: RegisterSpec | undefined = profile.registers[quantity];
        expect(spec === undefined, quantity).to.equal(expected === undefined);
        if (spec === undefined || expected === undefined) continue;
        expect([
          spec.functionCode,
          spec.address,
          spec.type,
          spec.wordOrder,
          spec.unit,
          Number(spec.scale),
        ]).to.eql([
          expected.fc,
          expected.address,
          expected.type === "ascii" ? "string" : expected.type,
          isLowFirst(expected) ? "low-first" : "high-first",
          expected.unit,
          expected.scale,
        ]);
      }
    });
  }
});
