import { expect } from "chai";
import {
  attestDelivery,
  deliveryMessage,
  verifyAttestation,
} from "../../../../sdk/private/attestation.ts";
import { FIELD_ORDER, OutOfRangeError, SUBGROUP_ORDER } from "../../../../sdk/private/field.ts";
import { hash } from "../../../../sdk/private/poseidon.ts";
import { scopeOf } from "../../../../sdk/private/pool.ts";
import { TAGS } from "../../../../sdk/private/tags.ts";
import { account, BOB, lowOrderPoints, POOL } from "./scene.ts";

const GATEWAY = account(7);
const MATCH = 11n;

describe("attestDelivery", () => {
  const attestation = attestDelivery(GATEWAY, POOL, MATCH, 290n);

  it("signs pool, match and energy", () => {
    expect(attestation).to.deep.include({ gatewayKey: GATEWAY.spendKey, match: MATCH });
    expect(verifyAttestation(POOL, attestation)).to.be.true;
    const message = deliveryMessage(scopeOf(POOL), MATCH, 290n);
    expect(message).to.equal(hash(TAGS.delivery, scopeOf(POOL), MATCH, 290n));
  });

  it("is the same when asked again", () => {
    expect(attestDelivery(GATEWAY, POOL, MATCH, 290n)).to.deep.equal(attestation);
  });

  it("is of no other pool, match, energy or key", () => {
    const otherPool = { ...POOL, chainId: 1n };
    expect(verifyAttestation(otherPool, attestation)).to.be.false;
    for (const change of [{ match: 12n }, { energyWh: 291n }, { gatewayKey: BOB.spendKey }]) {
      expect(verifyAttestation(POOL, { ...attestation, ...change })).to.be.false;
    }
  });

  it("is of no key of low order, and has one form", () => {
    const { r, s } = attestation.signature;
    for (const gatewayKey of lowOrderPoints()) {
      expect(verifyAttestation(POOL, { ...attestation, gatewayKey })).to.be.false;
    }
    const signature = { r, s: s + SUBGROUP_ORDER };
    expect(verifyAttestation(POOL, { ...attestation, signature })).to.be.false;
  });

  it("refuses energies that no circuit takes", () => {
    for (const energyWh of [-1n, 2n ** 28n, FIELD_ORDER]) {
      expect(() => attestDelivery(GATEWAY, POOL, MATCH, energyWh)).to.throw(OutOfRangeError);
      expect(() => verifyAttestation(POOL, { ...attestation, energyWh })).to.throw(OutOfRangeError);
    }
  });

  it("refuses a match that is no field element", () => {
    expect(() => attestDelivery(GATEWAY, POOL, FIELD_ORDER, 1n)).to.throw(OutOfRangeError);
  });
});
