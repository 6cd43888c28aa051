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
        const pace = { traders, proofSeconds };
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

  it("take no time where nobody trades", () => {
    expect(preparationSeconds({ traders: 0, proofSeconds: 2 })).to.equal(0);
  });
});
