import { matchesAddress } from "./address.ts";
import { decodeControl } from "./control.ts";
import type { Dlt645Frame } from "./frame.ts";
import { parseReply, parseRequest, type Dlt645Reply } from "./messages.ts";

/** A reply to the request, or why the frame is none. */
export type Match = { reply: Dlt645Reply } | { mismatch: string };

/**
 * Whether a frame answers a request. On a shared bus anything may come first: the late answer to an earlier request, its
 * duplicate, another meter's, another master's request. Only address, function, identifier and sequence together say
 * what a frame answers.
 */
export function matchReply(request: Dlt645Frame, frame: Dlt645Frame): Match {
  const { functionCode, fromMeter } = decodeControl(frame.control);
  if (!fromMeter) return { mismatch: "another master asks on the same line" };
  if (!matchesAddress(request.address, frame.address))
    return { mismatch: `the meter ${frame.address} answered` };
  const reply = parseReply(frame);
  if (reply === undefined || functionCode !== decodeControl(request.control).functionCode)
    return { mismatch: `its answer has the control byte ${hexByte(frame.control)}` };
  const asked = parseRequest(request);
  if (reply.kind === "data" || reply.kind === "followUp") {
    const di = asked !== undefined && "di" in asked ? asked.di : "";
    if (reply.di !== di) return { mismatch: `it answered ${reply.di} where ${di} was asked for` };
  }
  if (reply.kind === "followUp" && asked?.kind === "followUp" && reply.sequence !== asked.sequence)
    return { mismatch: `it sent part ${reply.sequence} where ${asked.sequence} was asked for` };
  if (reply.kind === "address" && reply.address !== frame.address)
    return { mismatch: `the meter ${frame.address} calls itself ${reply.address}` };
  return { reply };
}

function hexByte(byte: number): string {
  return byte.toString(16).padStart(2, "0");
}
