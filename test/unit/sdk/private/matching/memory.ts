import { expect } from "chai";
import { DistanceMasker } from "../../../../../sdk/private/matching/distanceMasker.ts";
import { PlanCipher } from "../../../../../sdk/private/matching/planCipher.ts";
import { limitCode, matchingScheme, packOffers, SEED } from "./matchingScene.ts";

const MB = 2 ** 20;
const CODE = limitCode("market");
const VALUES = { price: 420_000, quantity: 9, environment: 80, reputation: 97, energyType: "bio" };

describe("SEAL's memory", function () {
  this.timeout(60_000);

  const growthMb = (cycles: number, work: () => void): number => {
    // What the first one takes is kept for all others.
    work();
    const before = process.memoryUsage().rss;
    for (let cycle = 0; cycle < cycles; cycle++) work();
    return (process.memoryUsage().rss - before) / MB;
  };

  it("is given back by a period's matcher that is closed", async () => {
    const { scheme, keys } = await matchingScheme();
    const cipher = new PlanCipher(scheme, CODE, keys.publicKey);
    const packs = packOffers({ scheme, keys }, CODE, [cipher.encryptOffer(VALUES).bytes]);
    cipher.close();
    // Relinearisation key, public key and ciphertexts are over 4 MB each time.
    const growth = growthMb(60, () => {
      new DistanceMasker(scheme, CODE, { ...keys, seed: SEED }, packs, 1).close();
    });
    expect(growth).to.be.below(100);
  });

  it("cannot be used once it is given back", async () => {
    const { scheme, keys } = await matchingScheme();
    const cipher = new PlanCipher(scheme, CODE, keys.publicKey);
    cipher.close();
    expect(() => cipher.encryptOffer(VALUES)).to.throw();
    cipher.close();
  });
});
