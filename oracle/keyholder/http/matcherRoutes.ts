import { readRoundOpening } from "../../../sdk/private/rounds/roundOpening.ts";
import { parseWireJson } from "../../../sdk/private/wire/wireJson.ts";
import { frameBody, jsonBody } from "../../http/bodyRules.ts";
import { bytesReply, jsonReply, type HttpReply } from "../../http/httpReply.ts";
import type { HttpRoute } from "../../http/httpRoute.ts";
import type { KeyHolderDesks } from "../keyHolderDesks.ts";
import { Refusal } from "../refusal.ts";
import {
  MOST_DELIVERIES,
  MOST_PART_BYTES,
  readDeliveries,
  readMaskedBid,
  readPair,
  readPairs,
  readPeriod,
  readPosition,
  readRecord,
  readSquares,
  readUpload,
} from "./readRequests.ts";
import type { RequestGuard } from "./signedRoutes.ts";

/** Room for headers of frames and small JSON. */
const SMALL_BYTES = 2 ** 16;
/** A round of 2^16 plans and leaves. */
const ROUND_BYTES = 2 ** 25;
/** Packs of some 20,000 offers. */
const PACKED_BYTES = 2 ** 25;

const PARTS_OF_PAIR = 4;
const PARTS_OF_DELIVERY = 2;

const storedReply = (json: string): HttpReply => ({
  status: 200,
  contentType: "application/json; charset=utf-8",
  body: json,
});

/** What the matcher may ask, and nobody else. */
export function matcherRoutes(desks: KeyHolderDesks, guard: RequestGuard): HttpRoute[] {
  return [
    ...uploadRoutes(desks, guard),
    ...roundRoutes(desks, guard),
    ...deliveryRoutes(desks, guard),
  ];
}

function uploadRoutes({ uploads, rounds }: KeyHolderDesks, guard: RequestGuard): HttpRoute[] {
  const upload = frameBody(
    "a frame with the upload's header and its blinded ciphertext",
    MOST_PART_BYTES + SMALL_BYTES,
  );
  return [
    guard.route("POST", "/uploads", upload, async ({ body, proof }) => {
      const { header, blinded } = readUpload(body);
      return jsonReply(200, await uploads.judge(header, blinded, proof));
    }),
    guard.route("POST", "/beacons", jsonBody("the period", SMALL_BYTES), async ({ body }) => {
      const period = readPeriod(body);
      return jsonReply(200, { period, beacon: await rounds.beacon(period) });
    }),
  ];
}

function roundRoutes(desks: KeyHolderDesks, guard: RequestGuard): HttpRoute[] {
  const { rounds, ranks, pairs, matches } = desks;
  const masked = frameBody("a frame with the masked results", PACKED_BYTES);
  const pair = frameBody(
    "a frame with both positions' openings, envelopes and ciphertexts",
    PARTS_OF_PAIR * MOST_PART_BYTES + SMALL_BYTES,
  );
  return [
    guard.route(
      "POST",
      "/rounds",
      jsonBody("the round's opening", ROUND_BYTES),
      async (request) => {
        const opening = readRoundOpening(parseWireJson(request.body));
        return jsonReply(200, { id: await rounds.open(opening, request.proof) });
      },
    ),
    guard.route("POST", "/rounds/:id/squares", masked, async ({ params, body, proof }) =>
      jsonReply(200, { cheaters: await ranks.squares(params.id!, readSquares(body), proof) }),
    ),
    guard.route("POST", "/rounds/:id/bids/:position", masked, async ({ params, body, proof }) => {
      const position = readPosition(params.position);
      return storedReply(await ranks.rank(params.id!, position, readMaskedBid(body), proof));
    }),
    guard.route(
      "POST",
      "/rounds/:id/pairs",
      jsonBody("the pairs", ROUND_BYTES),
      async (request) => {
        const { params, body, proof } = request;
        return jsonReply(200, { pairsHash: await rounds.pair(params.id!, readPairs(body), proof) });
      },
    ),
    guard.route("POST", "/rounds/:id/pairs/:bid", pair, async ({ params, body, proof }) => {
      const sent = readPair(body, readPosition(params.bid));
      return storedReply(await pairs.open(params.id!, sent, proof));
    }),
    guard.route("POST", "/rounds/:id/finish", jsonBody("{}", SMALL_BYTES), async ({ params }) =>
      jsonReply(200, await matches.finish(params.id!)),
    ),
  ];
}

function deliveryRoutes(desks: KeyHolderDesks, guard: RequestGuard): HttpRoute[] {
  const { matches, verdicts, epochs } = desks;
  const most = MOST_DELIVERIES * PARTS_OF_DELIVERY * MOST_PART_BYTES + SMALL_BYTES;
  return [
    guard.route("GET", "/matches/:record/energy", undefined, async ({ params }) =>
      bytesReply(200, await matches.energy(readRecord(params.record))),
    ),
    guard.route(
      "POST",
      "/verdicts",
      frameBody("a frame with the deliveries", most),
      async (request) => {
        const { period, epoch, deliveries } = readDeliveries(request.body);
        const { number } = epochs.ofPeriod(period);
        if (number !== epoch) {
          const fact = `Period ${period} is of epoch ${number}, not ${epoch}.`;
          throw new Refusal("ForeignEpochError", 409, fact, "Mask with the period's own keys.");
        }
        return jsonReply(200, {
          verdicts: await verdicts.judge(period, deliveries, request.proof),
        });
      },
    ),
  ];
}
