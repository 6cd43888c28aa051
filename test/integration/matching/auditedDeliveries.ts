// What the services do from plans to verdicts, as the regulator's audit sees it afterwards.
import { Ajv2020 } from "ajv/dist/2020.js";
import { expect } from "chai";
import schema from "../../../docs/schemas/private-audit.schema.json" with { type: "json" };
import { attestDelivery } from "../../../sdk/private/attestation.ts";
import { auditPool } from "../../../sdk/private/audit/auditPool.ts";
import { deliveryFrame } from "../../../sdk/private/gateway/encryptedDelivery.ts";
import { ServiceClient } from "../../../sdk/private/wire/serviceClient.ts";
import {
  eventually,
  MatchingScene,
  timesOf,
  type SceneTrader,
} from "../../helpers/matchingScene.ts";
import { AUDIT_SCALAR } from "../../helpers/privateMarket.ts";
import { GATEWAY_ACCOUNT } from "../../helpers/privateTraders.ts";
import { deliveryOf } from "../../helpers/sceneDelivery.ts";

const PERIOD = 6n;
const MATCHED_WH = 1_000n;
/** Beyond 5% of it. */
const MISSED_WH = 400n;

/** What a gateway signs for the settlement, and what it encrypts for the verdict. */
interface Delivery {
  signedWh: bigint;
  encryptedWh: bigint;
}

describe("the audit of deliveries that were judged under encryption @long", function () {
  this.timeout(240_000);
  let scene: MatchingScene;
  const records: bigint[] = [];

  /** By the order of the matches. */
  const DELIVERIES: readonly Delivery[] = [
    { signedWh: MATCHED_WH, encryptedWh: MATCHED_WH },
    { signedWh: MISSED_WH, encryptedWh: MISSED_WH },
    // Paid in full, and the seller's reputation suffers: or the other way round.
    { signedWh: MATCHED_WH, encryptedWh: MISSED_WH },
  ];

  before(async () => {
    scene = await MatchingScene.start({ traders: 2 * DELIVERIES.length });
    await scene.chain.goTo(timesOf(2n).startS);
    await scene.startServices();
    await match();
    await scene.chain.goTo(timesOf(PERIOD).deliveredS);
    await deliver();
  });
  after(() => scene.stop());

  const isSeller = (place: number) => place % 2 === 0;
  const audit = () =>
    auditPool({
      provider: scene.chain.provider,
      pool: scene.pool.pool,
      record: scene.chain.record,
      secrets: { auditScalars: [AUDIT_SCALAR] },
    });
  const matchesOf = async ({ person }: SceneTrader) => {
    await person.sync();
    return person.store.matches.map(({ record }) => record);
  };

  /** As many pairs as there are deliveries, agreed by both sides. */
  async function match(): Promise<void> {
    for (const [place, trader] of scene.traders.entries()) {
      const plan = await scene.submit(trader, PERIOD, { side: isSeller(place) ? "sell" : "buy" });
      await scene.upload(plan);
    }
    await scene.chain.goTo(timesOf(PERIOD).plansCloseS);
    await eventually("all are matched", async () => {
      const matches = await Promise.all(scene.traders.map(matchesOf));
      return matches.every((one) => one.length === 1);
    });
    for (const [place, trader] of scene.traders.entries()) {
      const [record] = (await matchesOf(trader)) as [bigint];
      await trader.person.confirm(record);
      if (isSeller(place)) records.push(record);
    }
    expect(new Set(records).size).to.equal(DELIVERIES.length);
  }

  /** Sellers report what the gateway signed; the gateway sends the matcher what it encrypted. */
  async function deliver(): Promise<void> {
    const client = new ServiceClient({ url: scene.matcher.url, pool: scene.pool });
    for (const [place, { signedWh, encryptedWh: energyWh }] of DELIVERIES.entries()) {
      const record = records[place]!;
      const seller = scene.traders[2 * place]!.person;
      await seller.reportActual(attestDelivery(GATEWAY_ACCOUNT, scene.pool, record, signedWh));
      const encrypted = await deliveryOf(scene, { record, period: PERIOD, energyWh });
      await client.post("/deliveries", deliveryFrame(encrypted));
    }
    await eventually(
      "all are judged",
      async () => {
        const verdicts = await Promise.all(records.map((one) => scene.record.verdictOf(one)));
        return verdicts.every((verdict) => verdict !== undefined);
      },
      60_000,
    );
  }

  it("finds each opening on record, and names the gateway's two stories with both values [P12] [P13]", async () => {
    const report = await audit();
    const validate = new Ajv2020().compile(schema);
    expect(validate(report), JSON.stringify(validate.errors)).to.equal(true);
    const { matching, differences } = report;
    expect(differences.map(({ transactionHash: _, ...rest }) => rest)).to.deep.equal([
      {
        figure: "verdict",
        expected: `within, since ${MATCHED_WH} of ${MATCHED_WH} Wh were delivered`,
        found: "beyond",
        subject: `match ${records[2]}`,
      },
    ]);
    const sumOf = (kind: string) =>
      matching!.openings
        .filter((opening) => opening.kind === kind && opening.period === Number(PERIOD))
        .reduce((sum, { count }) => sum + count, 0);
    expect(sumOf("ranks")).to.equal(DELIVERIES.length);
    expect(sumOf("pairs")).to.equal(DELIVERIES.length);
    expect(sumOf("verdicts")).to.equal(DELIVERIES.length);
    const found = records.map((record) => {
      const { verdict, expected } = matching!.verdicts.find(({ match }) => match === `${record}`)!;
      return [verdict, expected];
    });
    expect(found).to.deep.equal([
      ["within", "within"],
      ["beyond", "beyond"],
      ["beyond", "within"],
    ]);
  });

  it("finds the money where the notes say, whatever was judged", async () => {
    for (const trader of scene.traders) {
      for (const record of await matchesOf(trader)) await trader.person.settle(record);
    }
    const { trades, differences } = await audit();
    expect(differences.map(({ figure }) => figure)).to.deep.equal(["verdict"]);
    const deliveredOf = new Map(trades.map(({ match: one, deliveredWh }) => [one, deliveredWh]));
    expect(records.map((record) => deliveredOf.get(`${record}`))).to.deep.equal(
      DELIVERIES.map(({ signedWh }) => `${signedWh}`),
    );
  });
});
