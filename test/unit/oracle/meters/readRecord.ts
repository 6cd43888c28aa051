import { expect } from "chai";
import { MeterError } from "../../../../oracle/meters/meter.ts";
import { ReadRecord, recorded } from "../../../../oracle/meters/readRecord.ts";
import { rejection } from "../../../helpers/rejection.ts";

const VALUE = { quantity: "importEnergyWh", source: "fc3@1x2", hex: "0001", value: "1 Wh" };
const SAMPLE = {
  ...{ importWh: 1n, exportWh: 0n, activePowerW: undefined, serialNumber: undefined },
  raw: [VALUE],
};

describe("ReadRecord", () => {
  it("keeps what went over the line, with its direction", () => {
    const record = new ReadRecord();
    record.note("sent", Buffer.from("0103", "hex"));
    record.note("received", Buffer.alloc(0));
    record.note("received", Buffer.from("0103ff", "hex"));
    expect(record.frames).to.deep.equal(["sent 0103", "received 0103ff"]);
  });

  it("keeps its own bytes, also where a buffer is used again", () => {
    const record = new ReadRecord();
    const bytes = Buffer.from("01", "hex");
    record.note("sent", bytes);
    bytes[0] = 9;
    expect(record.frames).to.deep.equal(["sent 01"]);
  });

  it("is bounded: the latest frames are kept, and the end of one that is too long", () => {
    const record = new ReadRecord();
    for (let index = 0; index < 10_000; ++index) record.note("received", Buffer.alloc(100, index));
    expect(record.frames).to.have.length(20);
    expect(record.frames.at(-1)).to.match(/^received (0f)+$/);
    record.note("received", Buffer.alloc(1_000_000, 7));
    expect(record.frames).to.deep.equal([`received ${"07".repeat(2_048)}`]);
  });
});

describe("recorded", () => {
  it("gives a sample the frames of its line", async () => {
    const sample = await recorded(async (record) => {
      record.note("sent", Buffer.from("01", "hex"));
      return SAMPLE;
    });
    expect(sample).to.deep.equal({ ...SAMPLE, frames: ["sent 01"] });
  });

  it("gives an error the frames, and what was read before it", async () => {
    const error = new MeterError("silent", "no answer");
    const read = recorded(async (record) => {
      record.raw.push(VALUE);
      record.note("sent", Buffer.from("01", "hex"));
      throw error;
    });
    expect(await rejection(read)).to.equal(error);
    expect(error.raw).to.deep.equal([VALUE]);
    expect(error.frames).to.deep.equal(["sent 01"]);
  });

  it("passes on what is no error of a meter", async () => {
    const error = new TypeError("a bug");
    expect(await rejection(recorded(() => Promise.reject(error)))).to.equal(error);
  });
});
