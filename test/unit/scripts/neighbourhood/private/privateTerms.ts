import { expect } from "chai";
import {
  preparationSeconds,
  privateTerms,
} from "../../../../../scripts/neighbourhood/private/privateTerms.ts";

const GENESIS = 1_900_000_000;

describe("privateTerms", () => {
  for (const periodLength of [5, 10, 900]) {
    for (const traders of [4, 10, 200]) {
      it(`of ${traders} traders and periods of ${periodLength} s leave time for every step`, () => {
        const proofSeconds = 1.3;
        const pace = { traders, proofSeconds, matching: "plain" as const };
        const terms = privateTerms(GENESIS, periodLength, { ...pace, periods: 8 });
        const { plansLead, proposalsLead, confirmationTime, reportingTime } = terms;
        const delivery = GENESIS + periodLength;
        const plansClose = delivery - plansLead;
        const begun = GENESIS - preparationSeconds(pace);
        // Whoever comes in time has three proofs made before plans close.
        expect(plansClose - begun).to.be.at.least(3 * traders * proofSeconds);
        // Two rounds of matches, each with its confirmations, and all before the first orders are taken.
        const secondRound = plansClose + confirmationTime + 2;
        expect(secondRound).to.be.below(delivery - proposalsLead);
        expect(secondRound + confirmationTime).to.be.below(GENESIS);
        expect(confirmationTime).to.be.at.least(traders * proofSeconds);
        // What the contract wants.
        expect(confirmationTime).to.be.within(1, proposalsLead);
        expect(proposalsLead).to.be.at.most(plansLead);
        // Reports wait until the run's last period is settled.
        expect(reportingTime).to.be.above(9 * periodLength + 5 * traders * proofSeconds);
      });
    }
  }

  it("leave time for services and rounds where plans are matched under encryption", () => {
    const [traders, proofSeconds, periodLength] = [10, 1.3, 10];
    const confirmationS = Math.ceil(traders * proofSeconds);
    const pace = { traders, proofSeconds, matching: "encrypted" as const };
    const { plansLead, proposalsLead } = privateTerms(GENESIS, periodLength, {
      ...pace,
      periods: 8,
    });
    const delivery = GENESIS + periodLength;
    const begun = GENESIS - preparationSeconds(pace);
    // Half a minute until the services are there, three proofs, and half a second to encrypt and upload.
    const uploaded = begun + 30 + 3 * confirmationS + traders * 0.5;
    expect(delivery - plansLead).to.be.at.least(uploaded);
    // Two rounds of twelve seconds or more, the first one's confirmations between them.
    expect(plansLead - proposalsLead).to.be.at.least(2 * 12 + confirmationS);
    expect(delivery - proposalsLead + confirmationS).to.be.below(GENESIS);
  });

  it("take no time where nobody trades", () => {
    expect(preparationSeconds({ traders: 0, matching: "encrypted", proofSeconds: 2 })).to.equal(0);
  });
});
