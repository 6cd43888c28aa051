import { expect } from "chai";
import { askAgain } from "../../../../../sdk/private/wire/askAgain.ts";
import type { ServiceAnswer } from "../../../../../sdk/private/wire/serviceClient.ts";
import {
  ServiceRefusedError,
  ServiceUnreachableError,
} from "../../../../../sdk/private/wire/serviceError.ts";
import { rejection } from "../../../../helpers/rejection.ts";

const AWAY = new ServiceUnreachableError("GET /status", "connection refused");

function refusal(status: number, retryAfterS?: number): ServiceRefusedError {
  const answer: ServiceAnswer = {
    status,
    bytes: new Uint8Array(),
    signature: undefined,
    call: {} as ServiceAnswer["call"],
    retryAfterS,
    json: () => ({}),
  };
  return new ServiceRefusedError("GET /status", answer, {
    reason: "BusyError",
    message: "Busy.",
    remedies: [],
  });
}

const BUSY = refusal(503);

/** A service that fails as it is told, one try after another, and then answers. */
function serviceOf(...failures: Error[]) {
  const service = {
    tries: 0,
    ask: async () => {
      const failure = failures[service.tries++];
      if (failure !== undefined) throw failure;
      return "answer";
    },
  };
  return service;
}

describe("asking a service again", () => {
  it("returns the first answer", async () => {
    const service = serviceOf();
    expect(await askAgain(service.ask, 0)).to.equal("answer");
    expect(service.tries).to.equal(1);
  });

  for (const [name, failure] of [
    ["is away", AWAY],
    ["is asked too often", refusal(429)],
    ["is busy", BUSY],
    ["has no room", refusal(507)],
  ] as const) {
    it(`goes on while it ${name}`, async () => {
      const service = serviceOf(failure);
      expect(await askAgain(service.ask, 10_000)).to.equal("answer");
      expect(service.tries).to.equal(2);
    });
  }

  it("ends with the last failure where the patience does", async () => {
    const service = serviceOf(AWAY, BUSY, AWAY, AWAY);
    expect(await rejection(askAgain(service.ask, 400))).to.equal(BUSY);
    expect(service.tries).to.equal(2);
  });

  it("waits as long as the service asks for", async () => {
    const service = serviceOf(refusal(503, 1));
    const startedMs = performance.now();
    await askAgain(service.ask, 10_000);
    expect(performance.now() - startedMs).to.be.greaterThan(990);
  });

  it("does not wait at all where the service asks for more than the patience", async () => {
    const failure = refusal(503, 60);
    const service = serviceOf(failure);
    expect(await rejection(askAgain(service.ask, 10_000))).to.equal(failure);
    expect(service.tries).to.equal(1);
  });

  it("does not repeat what was refused for good", async () => {
    const failure = refusal(409);
    const service = serviceOf(failure);
    expect(await rejection(askAgain(service.ask, 10_000))).to.equal(failure);
    expect(service.tries).to.equal(1);
  });

  it("does not repeat what failed otherwise", async () => {
    const failure = new TypeError("no function");
    const service = serviceOf(failure);
    expect(await rejection(askAgain(service.ask, 10_000))).to.equal(failure);
    expect(service.tries).to.equal(1);
  });
});
