import { expect } from "chai";
import { decodeReadingsReported, unpackReading } from "../../../../sdk/events/readingsReported.ts";
import { packReading } from "../../../../sdk/readings/reading.ts";

describe("decodeReadingsReported", () => {
  it("reads every field at its place", () => {
    const word = 0x2n | (0x3n << 24n) | (0x4n << 48n) | (0x5n << 96n);
    expect(decodeReadingsReported([word])).to.deep.equal([
      { participant: 2, period: 3, importWh: 4n, exportWh: 5n },
    ]);
  });

  it("is the inverse of packReading, at the fields' maxima", () => {
    const word = (1n << 144n) - 1n;
    expect(packReading(unpackReading(word))).to.equal(word);
  });
});
