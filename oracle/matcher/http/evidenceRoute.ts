import { jsonReply } from "../../http/httpReply.ts";
import { HttpRequestError } from "../../http/httpRequestError.ts";
import type { HttpRoute } from "../../http/httpRoute.ts";
import type { AnswerBook } from "../store/answerBook.ts";

const LOOPBACK = /^(?:::ffff:)?127\.|^::1$/;

/** `GET /evidence`: what the key holder signed and should not have, whole, for who runs this machine. */
export function evidenceRoute(answers: AnswerBook): HttpRoute {
  return {
    method: "GET",
    path: "/evidence",
    answer: async ({ remoteAddress, headers }) => {
      const isForwarded = headers["x-forwarded-for"] !== undefined || "forwarded" in headers;
      if (!LOOPBACK.test(remoteAddress) || isForwarded) {
        throw new HttpRequestError(
          403,
          "Evidence holds ranks, and is told to this machine alone.",
          "Ask on the machine itself: /status counts it for everybody.",
        );
      }
      return jsonReply(200, { evidence: answers.evidence() });
    },
  };
}
