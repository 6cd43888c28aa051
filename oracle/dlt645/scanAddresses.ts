import { ANY_ADDRESS, matchesAddress } from "./address.ts";
import { decodeControl } from "./control.ts";
import type { Dlt645Bus } from "./dlt645Bus.ts";
import type { Dlt645Frame } from "./frame.ts";
import { COMMUNICATION_ADDRESS } from "./identifiers.ts";
import { readAddressRequest, readRequest } from "./messages.ts";

export interface ScanOptions {
  /** How long each request is listened to; a meter begins to answer within 0.5 s. */
  windowMs?: number;
  /** Where several meters answer at once, each two digits of an address take up to 100 requests. */
  maxRequests?: number;
  signal?: AbortSignal | undefined;
  /** Told before each request. */
  onRequest?: (address: string, requests: number) => void;
}

export interface ScanResult {
  /** In ascending order. */
  addresses: string[];
  requests: number;
  /** False where the requests were used up before all was searched. */
  complete: boolean;
}

const PAIRS = Array.from({ length: 100 }, (_, pair) => pair.toString().padStart(2, "0"));
const DIGITS = 12;

/**
 * Finds the addresses of the meters on a line; it only reads. All are asked at once; where their answers collide, the
 * lowest two digits of the address are fixed, one pair after the other, and so on upwards with AA for what is open.
 * Meters with letters in their address answer while nothing near them collides.
 */
export async function scanAddresses(
  bus: Pick<Dlt645Bus, "gather" | "inTurn">,
  { windowMs = 800, maxRequests = 1_000, signal, onRequest }: ScanOptions = {},
): Promise<ScanResult> {
  const found = new Set<string>();
  let requests = 0;
  let complete = true;

  /** Whether more than one meter answered, or something that cannot be read. */
  async function ask(request: Dlt645Frame): Promise<"silent" | "one" | "several"> {
    if (requests >= maxRequests) {
      complete = false;
      return "silent";
    }
    requests++;
    onRequest?.(request.address, requests);
    const { frames, noise } = await bus.gather(request, windowMs, signal);
    const answered = new Set(
      frames
        .filter(({ control }) => decodeControl(control).fromMeter)
        .map(({ address }) => address)
        .filter((address) => matchesAddress(request.address, address)),
    );
    for (const address of answered) found.add(address);
    if (noise || answered.size > 1) return "several";
    return answered.size === 1 ? "one" : "silent";
  }

  async function descend(known: string): Promise<void> {
    for (const pair of PAIRS) {
      if (!complete) return;
      const digits = pair + known;
      const pattern = digits.padStart(DIGITS, "A");
      const answer = await ask(readRequest(pattern, COMMUNICATION_ADDRESS));
      if (answer === "several" && digits.length < DIGITS) await descend(digits);
    }
  }

  await bus.inTurn(async () => {
    let answer = await ask(readAddressRequest());
    // Not every meter knows the request for its address, and that one may not hold wildcards in part.
    if (answer === "silent") answer = await ask(readRequest(ANY_ADDRESS, COMMUNICATION_ADDRESS));
    if (answer === "several") await descend("");
  }, signal);
  return { addresses: [...found].sort(), requests, complete };
}
