import { jsonReply } from "../../http/httpReply.ts";
import type { HttpRoute } from "../../http/httpRoute.ts";
import { requireLocal } from "../../http/requireLocal.ts";
import type { AnswerBook } from "../store/answerBook.ts";

/** `GET /evidence`: what the key holder signed and should not have, whole, for who runs this machine. It holds ranks. */
export function evidenceRoute(answers: AnswerBook): HttpRoute {
  return {
    method: "GET",
    path: "/evidence",
    answer: async (request) => {
      requireLocal(
        request,
        "Evidence",
        "Ask on the machine itself: /status counts it for everybody.",
      );
      return jsonReply(200, { evidence: answers.evidence() });
    },
  };
}
