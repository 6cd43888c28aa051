import { expect } from "chai";
import type { Dlt645Frame } from "../../../../oracle/dlt645/frame.ts";
import { matchReply } from "../../../../oracle/dlt645/matchReply.ts";
import {
  addressReply,
  dataReply,
  doneReply,
  errorReply,
  followUpReply,
  followUpRequest,
  parseReply,
  parseRequest,
  readAddressRequest,
  readRequest,
} from "../../../../oracle/dlt645/messages.ts";

const METER = "000000000161";
const OTHER = "000000000162";
const VALUE = Buffer.from("26000000", "hex");

function bare(control: number, data: string): Dlt645Frame {
  return { address: METER, control, data: Buffer.from(data, "hex") };
}

describe("parseRequest", () => {
  it("reads what the master's functions make", () => {
    expect(parseRequest(readRequest(METER, "00010000"))).to.deep.equal({
      kind: "read",
      di: "00010000",
    });
    expect(parseRequest(followUpRequest(METER, "0001FF00", 255))).to.deep.equal({
      kind: "followUp",
      di: "0001FF00",
      sequence: 255,
    });
    expect(parseRequest(readAddressRequest())).to.deep.equal({ kind: "readAddress" });
    expect(parseRequest(bare(0x1c, "00"))).to.deep.equal({ kind: "other", functionCode: 0x1c });
  });

  it("takes no reply and no data of another length", () => {
    for (const frame of [
      dataReply(METER, "00010000", VALUE),
      bare(0x11, "000001"),
      bare(0x11, "0000010000"),
      bare(0x12, "00000100"),
      bare(0x13, "00"),
      bare(0x51, "00000100"),
      bare(0x31, "00000100"),
    ])
      expect(parseRequest(frame)).to.equal(undefined);
  });
});

describe("parseReply", () => {
  it("takes no request, no vendor's function and no data of another length", () => {
    for (const frame of [
      readRequest(METER, "00010000"),
      bare(0x80, "00000100"),
      bare(0x91, "000001"),
      bare(0x92, "00000100"),
      bare(0x93, "6101000000"),
      bare(0xb3, "610100000000"),
      bare(0xd1, ""),
      bare(0xd1, "0202"),
      bare(0xf1, "02"),
      bare(0x9c, "00"),
    ])
      expect(parseReply(frame)).to.equal(undefined);
  });

  it("takes a meter that answers with an identifier and nothing else", () => {
    expect(parseReply(bare(0x91, "00000100"))).to.include({ kind: "data", di: "00010000" });
  });
});

describe("matchReply", () => {
  const request = readRequest(METER, "00010000");

  it("takes the answer, and an error word as the answer", () => {
    expect(matchReply(request, dataReply(METER, "00010000", VALUE))).to.have.property("reply");
    expect(matchReply(request, errorReply(METER, 0x11, 2))).to.have.property("reply");
  });

  it("takes no other meter's, no other identifier's, no other function's and no master's frame", () => {
    for (const frame of [
      dataReply(OTHER, "00010000", VALUE),
      errorReply(OTHER, 0x11, 2),
      dataReply(METER, "00020000", VALUE),
      followUpReply(METER, "00010000", VALUE, 1),
      errorReply(METER, 0x12, 2),
      addressReply(METER),
      doneReply(METER, 0x1c),
      readRequest(METER, "00010000"),
      readRequest(METER, "00020000"),
    ])
      expect(matchReply(request, frame)).to.have.property("mismatch");
  });

  it("takes a follow-up of the sequence number that was asked for alone", () => {
    const followUp = followUpRequest(METER, "0001FF00", 2);
    const reply = (sequence: number) => followUpReply(METER, "0001FF00", VALUE, sequence);
    expect(matchReply(followUp, reply(2))).to.have.property("reply");
    expect(matchReply(followUp, reply(1))).to.have.property("mismatch");
    expect(matchReply(followUp, reply(3))).to.have.property("mismatch");
    expect(matchReply(followUp, dataReply(METER, "0001FF00", VALUE))).to.have.property("mismatch");
  });

  it("takes any meter's address where all were asked, unless it contradicts its frame", () => {
    expect(matchReply(readAddressRequest(), addressReply(METER))).to.have.property("reply");
    expect(
      matchReply(readAddressRequest(), { ...addressReply(OTHER), address: METER }),
    ).to.have.property("mismatch");
  });
});
