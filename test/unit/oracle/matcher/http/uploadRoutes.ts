import { expect } from "chai";
import { HttpServer } from "../../../../../oracle/http/httpServer.ts";
import type { DeliveryDesk } from "../../../../../oracle/matcher/deliveries/deliveryDesk.ts";
import { NotTakenError } from "../../../../../oracle/matcher/matcherErrors.ts";
import { statusOf } from "../../../../../oracle/http/statusOf.ts";
import { uploadRoutes } from "../../../../../oracle/matcher/http/uploadRoutes.ts";
import type { UploadBook } from "../../../../../oracle/matcher/store/uploadBook.ts";
import type { UploadDesk } from "../../../../../oracle/matcher/uploads/uploadDesk.ts";
import { Log } from "../../../../../oracle/operations/log.ts";
import { StoreFullError, StoreWriteError } from "../../../../../oracle/store/errors.ts";
import { encodeFrame, FRAME_CONTENT_TYPE } from "../../../../../sdk/private/wire/frame.ts";

const HASH = `0x${"11".repeat(32)}`;
const PLAN = {
  ...{ plan: 5n, period: 7n, side: "buy", epoch: 1, contentHash: HASH, originContentHash: HASH },
  ...{
    envelopeHash: HASH,
    uploadAddress: `0x${"22".repeat(20)}`,
    signature: `0x${"33".repeat(65)}`,
  },
};
const DELIVERY = { record: 5n, period: 7n, epoch: 1, contentHash: HASH, envelopeHash: HASH };
const RECEIPT = { plan: 5n, contentHash: HASH, takenAtS: 9, signature: `0x${"44".repeat(65)}` };

describe("uploadRoutes", () => {
  let take: () => Promise<unknown>;
  let state: string | undefined;
  let judge: () => Promise<void>;
  let server: HttpServer;
  let url = "";
  /** When the last answer says to send it again. */
  let retryAfter: string | null;

  before(async () => {
    server = new HttpServer({
      name: "The matcher",
      host: "127.0.0.1",
      port: 0,
      log: new Log({ write: () => {} }),
      statusOf,
      routes: uploadRoutes({
        desk: { take: () => take() } as unknown as UploadDesk,
        deliveries: { take: () => take() } as unknown as DeliveryDesk,
        uploads: { get: () => ({ state, header: PLAN }) } as unknown as UploadBook,
        ciphertextBytes: 1_000,
        rate: { perMinute: 1_000, burst: 1_000 },
        judge: () => judge(),
      }),
    });
    url = await server.start();
  });

  beforeEach(() => {
    take = async () => RECEIPT;
    judge = async () => {};
    state = "sound";
  });

  after(() => server.stop());

  const post = async (path: string, header: object) => {
    const response = await fetch(url + path, {
      method: "POST",
      headers: { "content-type": FRAME_CONTENT_TYPE },
      body: encodeFrame(header, [new Uint8Array(10), new Uint8Array(20)]),
    });
    retryAfter = response.headers.get("retry-after");
    return { status: response.status, json: (await response.json()) as Record<string, unknown> };
  };

  it("answers the receipt, and whether it was judged", async () => {
    expect(await post("/plans", PLAN)).to.deep.equal({
      status: 200,
      json: { ...RECEIPT, plan: "5" },
    });
    state = "taken";
    expect((await post("/plans", PLAN)).status).to.equal(202);
    state = "unsound";
    expect((await post("/plans", PLAN)).status).to.equal(422);
  });

  it("says 507 where there is no room, of plans and deliveries", async () => {
    take = () => Promise.reject(new StoreFullError("/data", new Error("ENOSPC")));
    let judged = 0;
    judge = async () => {
      judged++;
    };
    for (const [path, header] of [
      ["/plans", PLAN],
      ["/deliveries", DELIVERY],
    ] as const) {
      const { status, json } = await post(path, header);
      expect([status, json.error]).to.deep.equal([507, "StoreFullError"]);
      expect(json.remedy).to.deep.equal([
        "Make room on its disk, or raise the quota; then try again.",
      ]);
    }
    expect(judged).to.equal(0);
  });

  it("says when to send again what is not taken for now, and only then", async () => {
    for (const [error, status, expected] of [
      [new NotTakenError(503, "It is not here yet.", "Wait."), 503, "2"],
      [new NotTakenError(503, "The period is not over.", "Wait.", 70), 503, "70"],
      [new NotTakenError(429, "Others wait.", "Wait."), 429, "2"],
      [new NotTakenError(409, "It has another.", "Keep it."), 409, null],
    ] as const) {
      take = () => Promise.reject(error);
      const { status: said, json } = await post("/deliveries", DELIVERY);
      expect([said, json.error, retryAfter]).to.deep.equal([status, "NotTakenError", expected]);
    }
  });

  it("says 503 where the store takes no more", async () => {
    take = () => Promise.reject(new StoreWriteError("The store cannot be written."));
    expect((await post("/plans", PLAN)).status).to.equal(503);
  });
});
