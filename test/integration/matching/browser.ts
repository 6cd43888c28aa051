import { expect } from "chai";
import { contentHash } from "../../../sdk/private/matching/contentHash.ts";
import { PlanCipher } from "../../../sdk/private/matching/planCipher.ts";
import { encryptInChromium } from "../../helpers/browserCipher.ts";
import { findChromium } from "../../helpers/chromium.ts";
import { temporaryFolder } from "../../helpers/fixtureKeys.ts";
import {
  MARKET_CODE,
  matchingScheme,
  plainDistances,
  rankCiphertexts,
} from "../../unit/sdk/private/matching/matchingScene.ts";

describe("plans encrypted in Chromium", function () {
  this.timeout(120_000);

  it("are ranked as plans encrypted in Node, and a page with a strict policy can make them", async function () {
    const executable = findChromium();
    if (executable === undefined) {
      console.log("      SKIPPED: there is no chromium; on Debian, apt-get install chromium");
      this.skip();
    }
    const keyed = await matchingScheme();
    const values = (step: number) => ({
      price: 300_000 + step * 30_000,
      quantity: 40_000 - step * 1_000,
      environment: 10 * step,
      reputation: 100 - step,
      energyType: "solar",
    });
    const offers = [7, 2, 9, 4, 0].map(values);
    const { bytes, hashes, durationsMs, message } = await encryptInChromium(
      executable,
      await temporaryFolder(),
      { schema: MARKET_CODE.schema, publicKey: keyed.keys.publicKey, offers },
    );
    expect(message).to.be.undefined;
    expect(bytes!.map(contentHash)).to.deep.equal(hashes);
    const bid = values(3);
    const cipher = new PlanCipher(keyed.scheme, MARKET_CODE, keyed.keys.publicKey);
    const [ranking] = rankCiphertexts(keyed, MARKET_CODE, [cipher.encryptBid(bid).bytes], bytes!);
    const distances = plainDistances(MARKET_CODE, { values: bid }, offers);
    expect(ranking!.nearest).to.deep.equal(
      [...offers.keys()].sort((a, b) => distances[a]! - distances[b]!),
    );
    const sorted = [...durationsMs!].sort((a, b) => a - b);
    console.log(`      ${Math.round(sorted[2]!)} ms for one plan, the middle of five`);
  });
});
