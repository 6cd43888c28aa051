import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import {
  ProfileFileError,
  readProfiles,
} from "../../../../../scripts/neighbourhood/profiles/csvProfiles.ts";

describe("readProfiles", () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "sealwatt-profiles-"));
  });

  afterEach(() => rm(folder, { recursive: true }));

  const write = (name: string, lines: readonly string[]) =>
    writeFile(join(folder, name), `${lines.join("\n")}\n`);
  const rows = (values: readonly string[]) => values.map((value, i) => `${900 * i},${value}`);

  async function messageOf(promise: Promise<unknown>): Promise<string> {
    const error = await promise.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).to.be.instanceOf(ProfileFileError);
    return (error as ProfileFileError).message.replaceAll(folder, "DIR");
  }

  it("takes households, plants and cars", async () => {
    await write("hh_1_0.csv", ["timestamp,power,heat", ...rows(["400,0", "800,0", "400,0"])]);
    await write("hh_2_0.csv", ["timestamp,power,heat", ...rows(["100,0", "100,0", "100,0"])]);
    await write("pv_1_pu.csv", ["timestamp,power", "0.0,0.0", "900.0,0.5", "1800.0,0.0"]);
    await write("ev_1.csv", [
      "timestamp,availability,distance_driven",
      ...rows(["1.0,0.0", "0.0,10.0", "1.0,0.0"]),
    ]);
    const profiles = await readProfiles(folder, 5, 1);
    expect(profiles.map(({ description }) => description)).to.deep.equal([
      "household with solar",
      "household",
      "household with solar",
      "household",
      "household with solar and car",
    ]);
    const [first, second] = profiles;
    expect(first!.slot(0)).to.deep.equal({ importWh: 100, exportWh: 0 });
    expect(first!.slot(1).importWh).to.equal(0);
    expect(first!.slot(1).exportWh).to.be.above(200);
    expect(second!.slot(7)).to.deep.equal({ importWh: 25, exportWh: 0 });
    // 10 km are 1.8 kWh, charged when the car is back.
    expect(profiles[4]!.slot(2).importWh).to.be.within(1900, 1901);
  });

  it("says that the folder is missing", async () => {
    expect(await messageOf(readProfiles(join(folder, "nowhere"), 2, 1))).to.match(
      /cannot be read\.\nThere is no such folder/,
    );
  });

  it("says that there is no household", async () => {
    expect(await messageOf(readProfiles(folder, 2, 1))).to.match(/has no hh_\*\.csv/);
  });

  const header = "timestamp,power,heat";
  const cases: [string, string[], string][] = [
    ["a missing column", ["timestamp,watts", "0,1"], 'line 1: there is no column "power".'],
    ["no data", [header], "line 1: no data follows."],
    ["an empty file", [], 'line 1: there is no column "timestamp".'],
    ["a value too few", [header, "0,1,0", "900,1"], "line 3: 2 values where the header has 3."],
    ["a word", [header, "0,much,0"], 'line 2: power is "much".'],
    ["a negative power", [header, "0,-1,0"], 'line 2: power is "-1".'],
    ["no timestamp", [header, "noon,1,0"], 'line 2: "noon" is no timestamp.'],
    [
      "a gap",
      [header, "0,1,0", "900,1,0", "2700,1,0"],
      "line 4: timestamp 2700 does not follow 900 by 900 s.",
    ],
  ];
  for (const [name, lines, message] of cases) {
    it(`names file and line of ${name}`, async () => {
      await write("hh_1.csv", lines);
      const [first] = (await messageOf(readProfiles(folder, 2, 1))).split("\n");
      expect(first).to.equal(`DIR/hh_1.csv, ${message}`);
    });
  }
});
