import { existsSync, readFileSync } from "node:fs";
import { expect } from "chai";
import { decodeControl } from "../../../../oracle/dlt645/control.ts";
import { decodeFrame, encodeFrame, START } from "../../../../oracle/dlt645/frame.ts";
import { FrameStream } from "../../../../oracle/dlt645/frameStream.ts";
import { findIdentifier } from "../../../../oracle/dlt645/identifiers.ts";
import { parseReply, parseRequest } from "../../../../oracle/dlt645/messages.ts";
import { decodeValues } from "../../../../oracle/dlt645/values.ts";
import { MeterError } from "../../../../oracle/meters/meter.ts";
import { DLT645_FRAMES, type Dlt645FrameCase } from "../../../fixtures/dlt645Frames.ts";

const SHARED = new URL("../../../../../shared/meters/dlt645-frames.json", import.meta.url);

/** What the file beside the repository says of a frame. */
interface SharedFrame {
  hex: string;
  kind: string;
  decoded: Partial<Record<"addr" | "addr_raw" | "di" | "value" | "err", string>> & {
    seq?: number;
    follow?: boolean;
    values?: (string | null)[];
  };
  source: string;
}

function fromShared({ hex, kind, decoded, source }: SharedFrame): Dlt645FrameCase {
  const { addr = decoded.addr_raw, di, seq, follow, err } = decoded;
  // An address reply repeats its address as the value.
  const values = decoded.values ?? (decoded.value === undefined ? undefined : [decoded.value]);
  return {
    hex: hex.replaceAll(" ", ""),
    kind: (kind === "vendor" ? "foreign" : kind) as Dlt645FrameCase["kind"],
    source,
    ...(addr === undefined ? {} : { address: addr }),
    ...(di === undefined ? {} : { di }),
    ...(seq === undefined ? {} : { sequence: seq }),
    ...(follow === undefined ? {} : { moreFollows: follow }),
    ...(values === undefined ? {} : { values: values.map((value) => value ?? undefined) }),
    ...(err === undefined ? {} : { errorWord: Number(err.slice(0, 4)) }),
  };
}

function expectAsTold(told: Dlt645FrameCase): void {
  const bytes = Buffer.from(told.hex, "hex");
  if (told.kind === "bad") {
    expect(() => decodeFrame(bytes)).to.throw(MeterError);
    return;
  }
  const frame = decodeFrame(bytes);
  expect(encodeFrame(frame, { wakeUpBytes: bytes.indexOf(START) })).to.deep.equal(bytes);
  if (told.address !== undefined) expect(frame.address).to.equal(told.address);
  const message = told.kind === "request" ? parseRequest(frame) : parseReply(frame);
  if (told.kind === "foreign") {
    expect(message).to.equal(undefined);
    return;
  }
  if (message === undefined) throw new Error("The frame has no meaning.");
  expect(decodeControl(frame.control)).to.include({
    fromMeter: told.kind !== "request",
    error: told.kind === "error",
    moreFollows: told.moreFollows ?? false,
  });
  if (told.errorWord !== undefined) expect(message).to.include({ errorWord: told.errorWord });
  if (told.di !== undefined) expect(message).to.include({ di: told.di });
  if (told.sequence !== undefined) expect(message).to.include({ sequence: told.sequence });
  if (told.values !== undefined && told.di !== undefined && "value" in message)
    expect(decodeValues(findIdentifier(told.di)!.format, message.value)).to.deep.equal(told.values);
  if (message.kind === "address") expect(message.address).to.equal(frame.address);
}

function title({ kind, hex, source, note = "" }: Dlt645FrameCase): string {
  return `${kind} ${hex.slice(0, 60)} of ${source}${note === "" ? "" : `: ${note}`}`;
}

describe("DL/T 645 frames that others published", () => {
  for (const told of DLT645_FRAMES) it(title(told), () => expectAsTold(told));

  it("finds the frame behind a doubled start byte", () => {
    const doubled = DLT645_FRAMES.find(({ note }) => note?.startsWith("duplicated 68"))!;
    const [frame] = new FrameStream().push(Buffer.from(doubled.hex, "hex"));
    expect(frame).to.include({ address: "000000000003", control: 0x91 });
    expect(frame!.bytes.toString("hex")).to.equal(doubled.hex.slice(2));
  });

  describe("all that are collected beside the repository", () => {
    if (!existsSync(SHARED)) {
      it.skip("../shared/meters/dlt645-frames.json is not there", () => undefined);
      return;
    }
    const { frames } = JSON.parse(readFileSync(SHARED, "utf8")) as { frames: SharedFrame[] };
    for (const frame of frames.map(fromShared)) it(title(frame), () => expectAsTold(frame));
  });
});
