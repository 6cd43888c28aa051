import { expect } from "chai";
import { encodeBytes32String, ZeroAddress } from "ethers";
import { POOL_TERMS, stagePool } from "../../../../helpers/privateMarket.ts";
import { expectRefusal } from "../../../../helpers/refusal.ts";

describe("PrivateMarket", () => {
  const scene = stagePool(async () => Promise.resolve({}));

  const deploy = (changes: object) =>
    scene.ethers.deployContract("PrivateMarket", [{ ...scene.configuration, ...changes }], {
      libraries: scene.libraries,
    });
  const deployWith = (terms: object) => deploy({ terms: { ...POOL_TERMS, ...terms } });

  it("tells its rules", async () => {
    const terms = await scene.pool.terms();
    for (const name of Object.keys(POOL_TERMS) as (keyof typeof POOL_TERMS)[]) {
      expect(terms[name], name).to.equal(POOL_TERMS[name]);
    }
    expect(await scene.pool.authority()).to.equal(scene.configuration.accessManager);
  });

  const refused: [name: string, terms: object, value: number | bigint][] = [
    ["periodLength", { periodLength: 0 }, 0],
    ["genesis", { genesis: 599 }, 599],
    ["proposalsLead", { proposalsLead: 601 }, 601],
    ["confirmationTime", { confirmationTime: 0 }, 0],
    ["confirmationTime", { confirmationTime: 401 }, 401],
    ["reportingTime", { reportingTime: 0 }, 0],
    ["toleranceBps", { toleranceBps: 10_000 }, 10_000],
    ["bondWh", { bondWh: 2 ** 28 }, 2 ** 28],
  ];
  for (const [name, terms, value] of refused) {
    it(`refuses ${name} of ${value}`, async () => {
      await expectRefusal(
        deployWith(terms),
        scene.pool,
        "TermsInvalid",
        encodeBytes32String(name),
        value,
      );
    });
  }

  const taken: object[] = [
    { periodLength: 1 },
    { genesis: 600 },
    { proposalsLead: 600 },
    { confirmationTime: 1 },
    { confirmationTime: 400 },
    { reportingTime: 1 },
    { toleranceBps: 9_999 },
    { toleranceBps: 0 },
    { bondWh: 2 ** 28 - 1 },
    { bondWh: 0, bondNano: 2n ** 64n - 1n },
  ];
  for (const terms of taken) {
    it(`takes ${Object.entries(terms).join(" and ").replaceAll(",", " of ")}`, async () => {
      await deployWith(terms);
    });
  }

  it("refuses to do without a verifier of any circuit", async () => {
    const { configuration, pool, actors } = scene;
    for (let circuit = 1; circuit <= 13; circuit++) {
      for (const none of [ZeroAddress, actors.stranger.address]) {
        const verifiers = configuration.verifiers.with(circuit, none);
        await expectRefusal(
          deploy({ verifiers }),
          pool,
          "TermsInvalid",
          encodeBytes32String("verifiers"),
          circuit,
        );
      }
    }
  });

  it("refuses to do without access manager, market or token", async () => {
    for (const name of ["accessManager", "market", "token"]) {
      await expectRefusal(deploy({ [name]: ZeroAddress }), scene.pool, "ZeroAddress");
    }
  });
});
