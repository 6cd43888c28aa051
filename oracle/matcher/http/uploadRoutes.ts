import type { RateOptions } from "../../../sdk/private/relayer/rateLimit.ts";
import { readDeliveryUpload } from "../../../sdk/private/uploads/deliveryUpload.ts";
import { readPlanUpload } from "../../../sdk/private/uploads/planUpload.ts";
import { decodeFrame } from "../../../sdk/private/wire/frame.ts";
import { MalformedMessageError } from "../../../sdk/private/wire/messageError.ts";
import type { Reader } from "../../../sdk/private/wire/readers.ts";
import { frameBody } from "../../http/bodyRules.ts";
import { jsonReply } from "../../http/httpReply.ts";
import type { HttpRequest, HttpRoute } from "../../http/httpRoute.ts";
import { limitRate } from "../../http/limitRate.ts";
import type { DeliveryDesk } from "../deliveries/deliveryDesk.ts";
import type { UploadBook } from "../store/uploadBook.ts";
import { unsound, type UploadDesk } from "../uploads/uploadDesk.ts";

/** An envelope has 2 kB, or 4; a header less. */
export const MOST_ENVELOPE_BYTES = 16_384;
const MOST_HEADER_BYTES = 8_192;

export interface UploadRoutesOptions {
  desk: UploadDesk;
  deliveries: DeliveryDesk;
  uploads: UploadBook;
  /** Of both schemes, in bytes. */
  ciphertextBytes: number;
  /** Of one network address, plans and deliveries together. */
  rate: RateOptions;
  /** Has a plan that was taken judged; it waits no longer than is polite. */
  judge: () => Promise<void>;
}

/** `POST /plans` and `POST /deliveries` */
export function uploadRoutes(options: UploadRoutesOptions): HttpRoute[] {
  const { desk, deliveries, ciphertextBytes, rate } = options;
  const admit = limitRate(rate);
  const body = frameBody(
    "one frame of header, envelope and ciphertext",
    ciphertextBytes + MOST_ENVELOPE_BYTES + MOST_HEADER_BYTES,
  );
  return [
    {
      method: "POST",
      path: "/plans",
      body,
      admit,
      answer: async (request) => {
        const receipt = await desk.take(partsOf(request, readPlanUpload));
        await options.judge();
        const upload = options.uploads.get(receipt.plan);
        if (upload?.state === "unsound") throw unsound(upload);
        // Taken it is in any case; 202 says that it was not judged yet.
        return jsonReply(upload?.state === "sound" ? 200 : 202, receipt);
      },
    },
    {
      method: "POST",
      path: "/deliveries",
      body,
      admit,
      answer: async (request) => {
        await deliveries.take(partsOf(request, readDeliveryUpload));
        return jsonReply(200, { taken: true });
      },
    },
  ];
}

function partsOf<T>({ body }: HttpRequest, read: Reader<T>) {
  const { header, parts } = decodeFrame(body, { mostParts: 2, mostPartBytes: body.length });
  const [envelope, ciphertext] = parts;
  if (envelope === undefined || ciphertext === undefined) {
    throw new MalformedMessageError(`The frame has ${parts.length} parts.`, {
      metaMessages: ["Send two: the envelope, and the ciphertext."],
    });
  }
  if (envelope.length > MOST_ENVELOPE_BYTES) {
    throw new MalformedMessageError(`The envelope has ${envelope.length} bytes.`, {
      metaMessages: [`An envelope has at most ${MOST_ENVELOPE_BYTES}: send it as the first part.`],
    });
  }
  return { header: read(header, "header"), envelope, ciphertext };
}
