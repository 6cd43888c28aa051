import { expect } from "chai";
import { pairFault, type PairedPlan } from "../../../../../oracle/keyholder/rounds/pairFault.ts";

const note = { owner: 1n, energyWh: 1n, priceMicroPerKwh: 100_000n };
const bid = (changes: Partial<PairedPlan["note"]> = {}) => ({
  plan: 7n,
  note: { ...note, owner: 2n, ...changes },
});
const offer = (changes: Partial<PairedPlan["note"]> = {}) => ({
  plan: 8n,
  note: { ...note, ...changes },
});
const bannedOf = (...pair: [PairedPlan, PairedPlan]) =>
  pairFault(...pair)?.banned.map(({ plan }) => plan);

describe("pairFault", () => {
  it("finds none where prices just meet, for 1 Wh", () => {
    expect(pairFault(bid(), offer())).to.equal(undefined);
  });

  it("bans nobody where prices do not meet: their owners did nothing", () => {
    const fault = pairFault(bid(), offer({ priceMicroPerKwh: 100_001n }));
    expect([fault!.kind, fault!.banned]).to.deep.equal(["prices", []]);
  });

  it("bans who has no energy, and not its partner", () => {
    expect(bannedOf(bid({ energyWh: 0n }), offer())).to.deep.equal([7n]);
    expect(bannedOf(bid(), offer({ energyWh: 0n }))).to.deep.equal([8n]);
    expect(bannedOf(bid({ energyWh: 0n }), offer({ energyWh: 0n }))).to.deep.equal([7n, 8n]);
  });

  it("bans the bid of who trades with itself, so that its offer is open to others", () => {
    expect(bannedOf(bid({ owner: 1n }), offer())).to.deep.equal([7n]);
    // Its empty offer would come first in the next round too.
    expect(bannedOf(bid({ owner: 1n }), offer({ energyWh: 0n }))).to.deep.equal([8n]);
  });
});
