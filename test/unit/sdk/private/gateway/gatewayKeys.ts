import { expect } from "chai";
import { signMessage, verifySignature } from "../../../../../sdk/private/eddsa.ts";
import { isOfPrimeOrder } from "../../../../../sdk/private/babyJubjub.ts";
import { gatewayKeysOf } from "../../../../../sdk/private/gateway/gatewayKeys.ts";
import { gatewayTag } from "../../../../../sdk/private/owner.ts";
import { GATEWAY_KEY } from "./gatewayScene.ts";

/** Of the key whose bytes are all 0x11, as first computed. */
const TAG = 8833400651443157559284356632969358955122550704074944524531761520521145389410n;

describe("gatewayKeysOf", () => {
  it("gives one key, whose signatures verify", () => {
    const keys = gatewayKeysOf(GATEWAY_KEY);
    expect(gatewayKeysOf(GATEWAY_KEY)).to.deep.equal(keys);
    expect(isOfPrimeOrder(keys.spendKey)).to.be.true;
    expect(keys.tag).to.equal(gatewayTag(keys.spendKey));
    expect(verifySignature(keys.spendKey, 5n, signMessage(keys, 5n))).to.be.true;
  });

  it("stays what it is: notes call the gateway by it", () => {
    expect(gatewayKeysOf(GATEWAY_KEY).tag).to.equal(TAG);
  });

  it("gives each Ethereum key another, and is none of it", () => {
    const keys = gatewayKeysOf(GATEWAY_KEY);
    expect(gatewayKeysOf(`0x${"12".repeat(32)}`).tag).not.to.equal(keys.tag);
    expect(keys.spendScalar).not.to.equal(BigInt(GATEWAY_KEY));
  });

  it("takes 32 bytes only", () => {
    for (const text of ["0x", "0x11", `0x${"11".repeat(33)}`, "hunter2"]) {
      expect(() => gatewayKeysOf(text)).to.throw();
    }
  });
});
