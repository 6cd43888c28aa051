import { FrameStream } from "../../oracle/dlt645/frameStream.ts";
import { findIdentifier } from "../../oracle/dlt645/identifiers.ts";
import { parseReply } from "../../oracle/dlt645/messages.ts";
import { decodeValues } from "../../oracle/dlt645/values.ts";
import { DLT645_FRAMES } from "../../test/fixtures/dlt645Frames.ts";
import { measureMs } from "../durations.ts";

/**
 * The time from a DL/T 645 frame's bytes on the line to its values, in microseconds a frame, over the published frames
 * that carry values.
 * @param frames how many are decoded; the first tenth is not counted
 */
export function measureDlt645DecodeUs(frames = 200_000): number {
  const published = DLT645_FRAMES.filter(
    ({ kind, di, moreFollows }) =>
      kind === "response" && di !== undefined && moreFollows === undefined,
  ).map(({ hex }) => Buffer.from(hex, "hex"));
  const stream = new FrameStream();
  const decode = (count: number) => {
    for (let index = 0; index < count; index++)
      for (const frame of stream.push(published[index % published.length]!)) {
        const reply = parseReply(frame);
        if (reply?.kind !== "data") throw new Error("A published reply is not decoded.");
        decodeValues(findIdentifier(reply.di)!.format, reply.value);
      }
  };
  decode(Math.ceil(frames / 10));
  return (measureMs(() => decode(frames)) * 1_000) / frames;
}
