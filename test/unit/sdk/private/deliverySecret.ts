import { expect } from "chai";
import {
  ForgedDeliveryError,
  openDeliveryAsAuditor,
  openDeliveryAsSide,
  sealDelivery,
  type SealedDelivery,
} from "../../../../sdk/private/deliverySecret.ts";
import { addInField, FIELD_ORDER, MAX_PLAN_ENERGY_WH } from "../../../../sdk/private/field.ts";
import { commitmentOf, type MatchNote } from "../../../../sdk/private/notes.ts";
import { hash, hashStream } from "../../../../sdk/private/poseidon.ts";
import { TAGS } from "../../../../sdk/private/tags.ts";
import { AUDIT_KEY, AUDIT_SCALAR, lowOrderPoints } from "./scene.ts";

const MATCH: MatchNote = {
  kind: "match",
  sellPlan: 21n,
  buyPlan: 22n,
  energyWh: 300n,
  priceMicroPerKwh: 100n,
  salt: 23n,
};

describe("sealDelivery", () => {
  const seal = (energyWh = 290n, ephemeral = 1001n) =>
    sealDelivery(MATCH, energyWh, { auditKey: AUDIT_KEY, ephemeral });

  it("opens for who knows the match, and for the regulator", () => {
    for (const energyWh of [0n, 1n, 290n, MAX_PLAN_ENERGY_WH]) {
      const sealed = seal(energyWh);
      expect(sealed.note).to.deep.include({ match: commitmentOf(MATCH), energyWh });
      expect(commitmentOf(sealed.note)).to.equal(sealed.actual);
      expect(openDeliveryAsSide(sealed, MATCH)).to.deep.equal(sealed.note);
      expect(openDeliveryAsAuditor(sealed, AUDIT_SCALAR)).to.deep.equal(sealed.note);
    }
  });

  it("is hidden by what the match's salt and commitment give", () => {
    const { match, note, secret } = seal();
    const key = hash(TAGS.secret, match, MATCH.salt);
    const [salt, pad] = hashStream([TAGS.stream, key, 0n], 2);
    expect(note.salt).to.equal(salt);
    expect(secret[1]).to.equal(addInField(290n, pad!));
  });

  it("opens for no other match and no other audit key", () => {
    const other = { ...MATCH, salt: 24n };
    const sealed = seal();
    expect(() => openDeliveryAsSide(sealed, other)).to.throw(ForgedDeliveryError, "another match");
    expect(() => openDeliveryAsAuditor(sealed, AUDIT_SCALAR + 1n)).to.throw(ForgedDeliveryError);
  });

  it("refuses what was changed on its way", () => {
    const sealed = seal();
    const { secret } = sealed;
    const changed: SealedDelivery[] = [
      { ...sealed, actual: sealed.actual + 1n },
      { ...sealed, secret: secret.with(1, addInField(secret[1]!, 1n)) },
      { ...sealed, secret: secret.with(1, addInField(secret[1]!, 2n ** 28n)) },
      { ...sealed, secret: secret.slice(1) },
      { ...sealed, secret: secret.with(1, secret[1]! + FIELD_ORDER) },
    ];
    for (const each of changed) {
      expect(() => openDeliveryAsSide(each, MATCH)).to.throw(ForgedDeliveryError);
      expect(() => openDeliveryAsAuditor(each, AUDIT_SCALAR)).to.throw(ForgedDeliveryError);
    }
    const unwrapped = { ...sealed, secret: secret.with(2, addInField(secret[2]!, 1n)) };
    expect(() => openDeliveryAsAuditor(unwrapped, AUDIT_SCALAR)).to.throw(ForgedDeliveryError);
  });

  it("refuses points outside of the subgroup", () => {
    const sealed = seal();
    for (const [, y] of lowOrderPoints()) {
      const forged = { ...sealed, secret: sealed.secret.with(0, y) };
      expect(() => openDeliveryAsAuditor(forged, AUDIT_SCALAR)).to.throw(
        ForgedDeliveryError,
        "no point of the subgroup",
      );
    }
  });

  it("refuses an energy out of range and a spent scalar of 0", () => {
    expect(() => seal(2n ** 28n)).to.throw("energyWh");
    expect(() => seal(1n, 0n)).to.throw("ephemeral");
  });
});
