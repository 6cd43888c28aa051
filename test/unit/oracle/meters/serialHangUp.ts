import { once } from "node:events";
import { expect } from "chai";
import { closeStream, openStream } from "../../../../oracle/meters/byteStream.ts";
import { openPtyPair, type PtyPair } from "../../../helpers/ptyPair.ts";

/** A port that waits for bytes learns of a hang-up otherwise than one that is about to read. */
describe("A serial port that hangs up", () => {
  let pair: PtyPair | undefined;

  beforeEach(async function () {
    pair = await openPtyPair();
    if (pair === undefined) {
      process.stdout.write("    skipped: socat is not installed (apt-get install socat)\n");
      this.skip();
    }
  });
  afterEach(() => pair?.close());

  const open = (path: string) =>
    openStream(
      { kind: "serial", path, baudRate: 9_600, parity: "none", dataBits: 8, stopBits: 1 },
      { timeoutMs: 1_000 },
    );

  it("closes before its first read", async () => {
    const stream = await open(pair!.near);
    await pair!.close();
    stream.resume();
    await once(stream, "close");
  });

  it("closes while it waits for bytes", async () => {
    const [stream, far] = [await open(pair!.near), await open(pair!.far)];
    stream.resume();
    const came = once(stream, "data");
    far.write(Buffer.of(1, 2, 3));
    expect(await came).to.deep.equal([Buffer.of(1, 2, 3)]);
    const closed = once(stream, "close");
    await closeStream(far);
    await pair!.close();
    await closed;
  });

  it("can be closed while it waits for bytes", async () => {
    const stream = await open(pair!.near);
    stream.resume();
    const errors: unknown[] = [];
    stream.on("error", (error) => errors.push(error));
    await closeStream(stream);
    expect(errors).to.deep.equal([]);
  });
});
