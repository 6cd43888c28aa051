import { expect } from "chai";
import { hasCrc, withCrc } from "../../../../oracle/modbus/crc16.ts";
import type { Finding } from "../../../../oracle/modbus/framing.ts";
import { BrokenStreamError, MbapFraming } from "../../../../oracle/modbus/mbapFraming.ts";
import { decodeRegisters } from "../../../../oracle/modbus/registerCode.ts";
import { RtuFraming } from "../../../../oracle/modbus/rtuFraming.ts";

const bytes = (hex: string) => Buffer.from(hex.replaceAll(" ", ""), "hex");
const FLOAT = { type: "float32", wordOrder: "high-first" } as const;

function read(unit: number, functionCode: number, address: number, count: number): Buffer {
  const body = Buffer.from([unit, functionCode, 0, 0, 0, 0]);
  body.writeUInt16BE(address, 2);
  body.writeUInt16BE(count, 4);
  return withCrc(body);
}

function kindsOf(findings: Finding[]): string[] {
  return findings.map(({ kind }) => kind);
}

function replyOf(findings: Finding[]): Buffer {
  expect(kindsOf(findings)).to.eql(["reply"]);
  return (findings[0] as Extract<Finding, { kind: "reply" }>).frame;
}

// Frames that others have published, with what they say.
describe("published Modbus frames", () => {
  it("230.2 V of unit 1, after a comment of Tasmota's xnrg_16_iem3000.ino", () => {
    const rtu = new RtuFraming();
    rtu.begin(read(1, 4, 0, 2), false);
    const reply = replyOf(rtu.push(bytes("01 04 04 43 66 33 34 1B 38")));
    expect(decodeRegisters(FLOAT, reply.subarray(3, 7))).to.equal(Math.fround(230.20001));
  });

  it("two registers of unit 38, after node-red-contrib-modbus issue 86", () => {
    const rtu = new RtuFraming();
    rtu.begin(read(38, 4, 4096, 2), false);
    const reply = replyOf(rtu.push(bytes("26 04 04 14 8E 27 10 D3 61")));
    expect(reply.subarray(3, 7).toString("hex")).to.equal("148e2710");
  });

  for (const [request, answer, unit, address, data] of [
    ["01 03 00 00 00 01 84 0A", "01 03 02 00 F5 78 03", 1, 0, "00f5"],
    ["06 03 00 00 00 01 85 BD", "06 03 02 00 00 0D 84", 6, 0, "0000"],
    ["0B 03 07 D1 00 01 D5 ED", "0B 03 02 3F 80 30 15", 11, 2001, "3f80"],
  ] as const) {
    it(`${request}, after node-modbus-serial issue 273 and a SUN2000's meter`, () => {
      expect(read(unit, 3, address, 1)).to.eql(bytes(request));
      const rtu = new RtuFraming();
      rtu.begin(bytes(request), false);
      expect(replyOf(rtu.push(bytes(answer))).toString("hex", 3, 5)).to.equal(data);
    });
  }

  it("80 registers from 0x0836 that a SUN2000 asks its meter for", () => {
    expect(read(11, 3, 0x0836, 80)).to.eql(bytes("0B 03 08 36 00 50 A7 32"));
  });

  it("a Modbus TCP pair, after evcc issue 12925", () => {
    const tcp = new MbapFraming();
    for (let i = 1; i < 0x43; ++i) tcp.begin(read(1, 3, 0, 1));
    const sent = tcp.begin(read(1, 3, 0x0606, 1));
    expect(sent).to.eql(bytes("00 43 00 00 00 06 01 03 06 06 00 01"));
    const reply = replyOf(tcp.push(bytes("00 43 00 00 00 05 01 03 02 00 00")));
    expect(reply.toString("hex", 3, 5)).to.equal("0000");
  });

  it("one with a wrong checksum, as printed in node-red-contrib-modbus issue 86", () => {
    expect(hasCrc(bytes("26 04 10 00 00 02 73 FC"))).to.equal(false);
    expect(hasCrc(bytes("26 04 10 00 00 02 73 DC"))).to.equal(true);
  });
});

describe("RtuFraming", () => {
  const request = read(1, 3, 0x0400, 2);
  const reply = withCrc(bytes("01 03 04 11 22 33 44"));
  let rtu: RtuFraming;

  beforeEach(() => {
    rtu = new RtuFraming();
    rtu.begin(request, false);
  });

  it("finds an answer wherever its bytes are split", () => {
    for (let at = 1; at < reply.length; ++at) {
      rtu.begin(request, false);
      expect(rtu.push(reply.subarray(0, at))).to.eql([]);
      expect(replyOf(rtu.push(reply.subarray(at)))).to.eql(reply);
    }
  });

  it("finds an answer behind noise, even noise that begins like it", () => {
    for (const noise of ["00", "ff ff", "01", "01 03", "01 03 04", "01 03 04 11 22"]) {
      rtu.begin(request, false);
      rtu.push(bytes(noise));
      expect(replyOf(rtu.push(reply)), noise).to.eql(reply);
    }
  });

  it("finds an answer behind more noise than it keeps", () => {
    for (let i = 0; i < 50; ++i) expect(rtu.push(Buffer.alloc(100, 0x55))).to.eql([]);
    expect(replyOf(rtu.push(reply))).to.eql(reply);
  });

  it("takes no answer with any one bit flipped", () => {
    for (let bit = 0; bit < 8 * reply.length; ++bit) {
      rtu.begin(request, false);
      const damaged = Buffer.from(reply);
      damaged[bit >> 3]! ^= 1 << (bit & 7);
      expect(kindsOf(rtu.push(damaged)), `bit ${bit}`).not.to.include("reply");
    }
  });

  it("does not take a frame inside an answer for one", () => {
    const inner = withCrc(bytes("02 83 01"));
    const data = Buffer.concat([inner, Buffer.alloc(3)]);
    const outer = withCrc(Buffer.concat([bytes("01 03 08"), data]));
    rtu.begin(read(1, 3, 0, 4), false);
    for (const byte of outer.subarray(0, -1)) expect(rtu.push(Buffer.from([byte]))).to.eql([]);
    expect(replyOf(rtu.push(outer.subarray(-1)))).to.eql(outer);
  });

  it("passes over the echo of a request whose address looks like the answer's length", () => {
    expect(kindsOf(rtu.push(request))).to.eql(["echo"]);
    expect(replyOf(rtu.push(reply))).to.eql(reply);
  });

  it("takes one answer to a request", () => {
    expect(kindsOf(rtu.push(Buffer.concat([reply, reply])))).to.eql(["reply", "stray"]);
  });

  it("says whose frame it was that did not fit", () => {
    const foreign = withCrc(bytes("02 03 04 11 22 33 44"));
    const shorter = withCrc(bytes("01 03 02 11 22"));
    const findings = rtu.push(Buffer.concat([foreign, shorter]));
    expect(findings).to.have.length(2);
    expect(findings[0]).to.include({ kind: "stray", claims: false });
    expect(findings[1]).to.include({ kind: "stray", claims: true });
  });

  it("takes the second copy of a write for its confirmation where the line echoes", () => {
    const write = withCrc(bytes("01 05 00 05 ff 00"));
    rtu.begin(write, true);
    expect(kindsOf(rtu.push(write))).to.eql(["echo"]);
    expect(kindsOf(rtu.push(write))).to.eql(["reply"]);
  });

  it("refuses the confirmation of another write", () => {
    rtu.begin(withCrc(bytes("01 05 00 05 ff 00")), false);
    expect(kindsOf(rtu.push(withCrc(bytes("01 05 00 05 00 00"))))).to.eql(["stray"]);
  });
});

describe("MbapFraming", () => {
  it("uses a number again after 65,536 requests only", () => {
    const tcp = new MbapFraming();
    const seen = new Set<number>();
    for (let i = 0; i < 65_536; ++i) seen.add(tcp.begin(read(1, 3, 0, 1)).readUInt16BE());
    expect(seen.size).to.equal(65_536);
  });

  for (const [what, hex] of [
    ["another protocol", "0001 0001 0005 0103020000"],
    ["a length below the least", "0001 0000 0002 0103"],
    ["a length above the most", "0001 0000 00ff 0103"],
  ] as const) {
    it(`refuses ${what}`, () => {
      const tcp = new MbapFraming();
      tcp.begin(read(1, 3, 0, 1));
      expect(() => tcp.push(bytes(hex))).to.throw(BrokenStreamError);
    });
  }

  it("finds answers that come together", () => {
    const tcp = new MbapFraming();
    tcp.begin(read(1, 3, 0, 1));
    tcp.begin(read(1, 3, 0, 1));
    const both = bytes("0001 0000 0005 0103020000 0002 0000 0005 0103020001");
    expect(kindsOf(tcp.push(both))).to.eql(["stray", "reply"]);
  });
});
