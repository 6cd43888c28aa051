import { MeterError } from "../meters/meter.ts";
import type { AskOptions, Dlt645Bus } from "./dlt645Bus.ts";
import { describeErrorWord } from "./errorWord.ts";
import type { Dlt645Frame } from "./frame.ts";
import { matchReply } from "./matchReply.ts";
import { followUpRequest, readRequest, type Dlt645Reply } from "./messages.ts";

/** What a meter gave for an identifier. */
export interface IdentifierValue {
  /** Of the meter that answered: the request's may hold wildcards. */
  address: string;
  /** All parts, where there were follow-up frames. */
  value: Uint8Array;
  /** The frames that it came in, as hex. */
  hex: string;
}

/** The most follow-up frames that a value may take; a meter that never says "last" must not hold the line. */
export const MAX_FOLLOW_UP_FRAMES = 32;

/**
 * Reads an identifier with its follow-up frames. To be called within `Dlt645Bus.inTurn` only.
 * @throws MeterError
 */
export async function readIdentifier(
  bus: Dlt645Bus,
  address: string,
  di: string,
  options: AskOptions = {},
): Promise<IdentifierValue> {
  const parts: Uint8Array[] = [];
  const first = await askForReply(bus, readRequest(address, di), `read ${di}`, options);
  let { reply, hex } = first;
  // The follow-up frames are asked of the meter that answered, also where the first request held wildcards.
  for (let sequence = 1; ; sequence++) {
    if (reply.kind !== "data" && reply.kind !== "followUp")
      throw new TypeError(`A reply to a read request cannot be of kind ${reply.kind}.`);
    parts.push(reply.value);
    if (!reply.moreFollows) return { address: first.address, value: Buffer.concat(parts), hex };
    if (sequence > MAX_FOLLOW_UP_FRAMES)
      throw new MeterError(
        "malformed",
        `The meter ${first.address} at ${bus.where} sends more than ${MAX_FOLLOW_UP_FRAMES} follow-up frames for ${di}.`,
      );
    const request = followUpRequest(first.address, di, sequence);
    const next = await askForReply(bus, request, `read on in ${di}`, options);
    reply = next.reply;
    hex += next.hex;
  }
}

/**
 * Sends a request and waits for its reply.
 * @param verb for the message of a refusal
 * @throws MeterError, also where the reply is an error word
 */
export async function askForReply(
  bus: Dlt645Bus,
  request: Dlt645Frame,
  verb: string,
  options: AskOptions = {},
): Promise<{ address: string; reply: Exclude<Dlt645Reply, { kind: "error" }>; hex: string }> {
  return bus.ask(
    request,
    (frame) => {
      const match = matchReply(request, frame);
      if ("mismatch" in match) return match.mismatch;
      const { reply } = match;
      const hex = frame.bytes.toString("hex");
      if (reply.kind === "error")
        throw new MeterError(
          "refused",
          `The meter ${frame.address} at ${bus.where} refuses to ${verb}: ${describeErrorWord(reply.errorWord)}.`,
          { hex },
        );
      return { address: frame.address, reply, hex };
    },
    options,
  );
}
