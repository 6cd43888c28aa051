import { expect } from "chai";
import { describeErrorWord } from "../../../../oracle/dlt645/errorWord.ts";

describe("describeErrorWord", () => {
  it("reads it as bits, not as a number", () => {
    expect(describeErrorWord(0x01)).to.equal("another error");
    expect(describeErrorWord(0x02)).to.equal("no such data");
    expect(describeErrorWord(0x04)).to.equal("wrong password or not authorised");
    expect(describeErrorWord(0x06)).to.equal("no such data, wrong password or not authorised");
    expect(describeErrorWord(0x7f).split(", ")).to.have.length(7);
  });

  it("shows a word of no known bit", () => {
    expect(describeErrorWord(0x00)).to.equal("error word 00");
    expect(describeErrorWord(0x80)).to.equal("error word 80");
  });
});
