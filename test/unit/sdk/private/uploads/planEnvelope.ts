import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import { expect } from "chai";
import { packPoint } from "../../../../../sdk/private/packedPoint.ts";
import {
  decodePlanEnvelope,
  encodePlanEnvelope,
} from "../../../../../sdk/private/uploads/planEnvelope.ts";
import { EnvelopeError } from "../../../../../sdk/private/uploads/uploadError.ts";
import { lowOrderPoints } from "../scene.ts";
import { ENVELOPE } from "./uploadScene.ts";

function sent(): Record<string, unknown> & { plan: Record<string, unknown> } {
  const text = Buffer.from(encodePlanEnvelope(ENVELOPE)).toString();
  return JSON.parse(text) as Record<string, unknown> & { plan: Record<string, unknown> };
}

function expectRefused(value: unknown): void {
  expect(() => decodePlanEnvelope(utf8ToBytes(JSON.stringify(value)))).to.throw(EnvelopeError);
}

describe("planEnvelope", () => {
  it("comes back as it was, with a buyer's weights too", () => {
    expect(decodePlanEnvelope(encodePlanEnvelope(ENVELOPE))).to.deep.equal(ENVELOPE);
    const weighted = { ...ENVELOPE, ownWeights: { priceMicroPerKwh: 15, eastM: 0 } };
    expect(decodePlanEnvelope(encodePlanEnvelope(weighted))).to.deep.equal(weighted);
  });

  it("is of one length, whatever it says", () => {
    const { opening } = ENVELOPE;
    const short = encodePlanEnvelope({ ...ENVELOPE, features: {}, gateway: 0n });
    const long = encodePlanEnvelope({
      ...ENVELOPE,
      opening: { ...opening, plan: { ...opening.plan, energyWh: 2n ** 28n - 1n } },
      gateway: 2n ** 253n,
      featuresOpening: 2n ** 253n,
    });
    expect([short.length, long.length]).to.deep.equal([2_048, 2_048]);
  });

  it("is refused where anything in it is missing or of another kind, and nothing of it is told", () => {
    const good = sent();
    for (const key of Object.keys(good)) {
      const { [key]: _, ...without } = good;
      expectRefused(without);
      expectRefused({ ...good, [key]: null });
      expectRefused({ ...good, [key]: [good[key]] });
    }
    for (const key of Object.keys(good.plan)) {
      const { [key]: _, ...plan } = good.plan;
      expectRefused({ ...good, plan });
      expectRefused({ ...good, plan: { ...good.plan, [key]: 5 } });
    }
    const { owner } = ENVELOPE.opening.plan;
    expect(() => decodePlanEnvelope(utf8ToBytes(`{"owner":"${owner}"`)))
      .to.throw(EnvelopeError)
      .to.satisfy((error: Error) => !error.message.includes(owner.toString()));
  });

  it("is refused with features or weights that none can be", () => {
    const good = sent();
    for (const features of [
      { a: null },
      { a: {} },
      { a: "x".repeat(65) },
      Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`f${i}`, 1])),
      JSON.parse('{"__proto__":1}') as unknown,
    ]) {
      expectRefused({ ...good, features });
    }
    for (const ownWeights of [{ a: 16 }, { a: -1 }, { a: 1.5 }, { a: "1" }]) {
      expectRefused({ ...good, ownWeights });
    }
    expectRefused({ ...good, extra: 1 });
    expectRefused({ ...good, format: "sealwatt plan envelope 2" });
  });

  it("is refused with a viewing key of low order, or in another form", () => {
    const good = sent();
    for (const point of lowOrderPoints()) {
      expectRefused({ ...good, viewKey: `0x${bytesToHex(packPoint(point))}` });
    }
    expectRefused({ ...good, viewKey: (good.viewKey as string).toUpperCase() });
    expectRefused({ ...good, viewKey: `0x${"ff".repeat(32)}` });
  });
});
