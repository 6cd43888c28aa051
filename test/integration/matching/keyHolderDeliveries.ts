import { expect } from "chai";
import { accountOfSeed } from "../../../sdk/private/keys.ts";
import { askReputation } from "../../../sdk/private/reputation/askReputation.ts";
import { contentHash } from "../../../sdk/private/matching/contentHash.ts";
import type { MadeUpload } from "../../helpers/keyHolderScene.ts";
import { askVerdicts, makeDelivery } from "../../helpers/playedDelivery.ts";
import { confirm } from "../../helpers/privateVerbs.ts";
import { expectRefused, PERIOD, stageKeyHolder, startOf } from "../../helpers/stageKeyHolder.ts";

const WITHIN = 1n;
const BEYOND = 2n;

describe("The key holder's verdicts", function () {
  this.timeout(120_000);
  const staged = stageKeyHolder();
  let uploads: MadeUpload[];
  let records: bigint[];

  /** Two matches of 1,000 Wh, agreed; the first seller's comes first. */
  beforeEach(async () => {
    uploads = await staged.book(
      { side: "sell", features: { eastM: 1_000 } },
      { side: "sell", features: { eastM: 9_000 } },
      { side: "buy", features: { eastM: 1_000 } },
      { side: "buy", features: { eastM: 9_000 } },
    );
    const { finished } = await staged.matcher.playRound(PERIOD, 0, uploads);
    for (const { record, sellPlan, buyPlan } of finished.proposed) {
      const match = {
        record: BigInt(record),
        sellPlan: BigInt(sellPlan),
        buyPlan: BigInt(buyPlan),
        opening: [],
      };
      await confirm(staged.fixture, "sell", match);
      await confirm(staged.fixture, "buy", match);
    }
    const ofSeller = ({ header }: MadeUpload) =>
      BigInt(finished.proposed.find(({ sellPlan }) => sellPlan === String(header.plan))!.record);
    records = uploads.slice(0, 2).map(ofSeller);
  });

  const afterDelivery = () => staged.goTo(startOf(PERIOD + 1n));
  const reputationOf = async (owner: number) => {
    const { reputation } = await askReputation(
      staged.client,
      staged.epoch.pool,
      accountOfSeed(new Uint8Array(32).fill(owner)),
    );
    return reputation;
  };

  it("are told once, logged and recorded on chain, and change the sellers' reputation", async () => {
    await afterDelivery();
    const [kept, missed] = [
      await makeDelivery(staged, { record: records[0]!, energyWh: 1_050n }),
      await makeDelivery(staged, { record: records[1]!, energyWh: 949n }),
    ];
    const verdicts = await askVerdicts(staged, [kept, missed]);
    expect(verdicts).to.deep.equal([
      { record: String(records[0]), verdict: "within" },
      { record: String(records[1]), verdict: "beyond" },
    ]);
    const { record } = staged.fixture;
    expect((await record.verdictOf(records[0]!)).verdict).to.equal(WITHIN);
    expect((await record.verdictOf(records[1]!)).verdict).to.equal(BEYOND);
    const { chain } = staged.running.service;
    await chain.sync();
    expect(chain.record.openings.at(-1)).to.deep.include({
      kind: "verdicts",
      period: PERIOD,
      count: 2,
    });
    expect([await reputationOf(1), await reputationOf(2), await reputationOf(3)]).to.deep.equal([
      51, 40, 50,
    ]);
    // Asked again with what would be another verdict, it is the same, and counts once.
    const other = await makeDelivery(staged, { record: records[1]!, energyWh: 1_000n });
    expect(await askVerdicts(staged, [other])).to.deep.equal([verdicts[1]]);
    expect(await reputationOf(2)).to.equal(40);
    expect(await staged.blamed()).to.deep.equal([]);
  });

  it("are refused before the period is over", async () => {
    const delivery = await makeDelivery(staged, { record: records[0]!, energyWh: 1_000n });
    await expectRefused(askVerdicts(staged, [delivery]), 503, "NotYetError");
    await afterDelivery();
    expect(await askVerdicts(staged, [delivery])).to.deep.equal([
      { record: String(records[0]), verdict: "within" },
    ]);
  });

  it("are refused to who is not the plan's gateway: anybody may post, and the gateway still comes after", async () => {
    await afterDelivery();
    const [record] = records as [bigint];
    const foreign = await makeDelivery(staged, {
      record,
      energyWh: 0n,
      gateway: accountOfSeed(new Uint8Array(32).fill(66)),
    });
    const unsigned = await makeDelivery(staged, {
      record,
      energyWh: 0n,
      signed: contentHash(new Uint8Array(3)),
    });
    const elsewhere = await makeDelivery(staged, { record: records[1]!, energyWh: 0n });
    const moved = { ...elsewhere, record };
    const verdicts = await askVerdicts(staged, [foreign, unsigned, moved]);
    expect(verdicts.map(({ verdict, reason }) => [verdict, reason])).to.deep.equal([
      ["refused", "its gateway is not that of the sell plan"],
      ["refused", "its gateway has not signed this ciphertext"],
      ["refused", "its envelope does not open"],
    ]);
    expect(await staged.blamed()).to.deep.equal(Array(3).fill("sender of a delivery: delivery"));
    expect(await reputationOf(1)).to.equal(50);
    const right = await makeDelivery(staged, { record, energyWh: 1_000n });
    expect(await askVerdicts(staged, [right])).to.deep.equal([
      { record: String(record), verdict: "within" },
    ]);
  });

  it("are of matches that this key holder formed, of that period and epoch", async () => {
    await afterDelivery();
    const delivery = await makeDelivery(staged, { record: records[0]!, energyWh: 1_000n });
    const [unknown] = await askVerdicts(staged, [{ ...delivery, record: 77n }]);
    expect(unknown!.verdict).to.equal("refused");
    await expectRefused(staged.client.get("/matches/77/energy"), 404, "UnknownMatchError");
    const earlier = await askVerdicts(staged, [delivery], PERIOD - 1n).catch(
      (error: unknown) => error,
    );
    expect((earlier as { reason?: string }[])[0]?.reason ?? String(earlier)).to.match(
      /no such match|epoch/,
    );
  });

  it("do not tell a matcher anything of what it sends that is no masked delivery", async () => {
    await afterDelivery();
    const delivery = await makeDelivery(staged, { record: records[0]!, energyWh: 1_000n });
    const [verdict] = await askVerdicts(staged, [{ ...delivery, masked: uploads[0]!.ciphertext }]);
    expect(verdict!.verdict).to.equal("refused");
    expect(await staged.blamed()).to.deep.equal(["matcher: foreign ciphertext"]);
    expect((await askVerdicts(staged, [delivery]))[0]!.verdict).to.equal("within");
  });

  it("are recorded after a crash between deciding and telling, once", async () => {
    await afterDelivery();
    const deliveries = [
      await makeDelivery(staged, { record: records[0]!, energyWh: 1_000n }),
      await makeDelivery(staged, { record: records[1]!, energyWh: 0n }),
    ];
    const lost = await staged.restartWith({ failing: (call) => call === 1 });
    await expectRefused(askVerdicts(staged, deliveries), 503, "NotSentError");
    expect(lost()).to.equal(1);
    expect((await staged.fixture.record.verdictOf(records[0]!)).verdict).to.equal(0n);
    await staged.restart();
    expect((await staged.fixture.record.verdictOf(records[0]!)).verdict).to.equal(WITHIN);
    expect((await askVerdicts(staged, deliveries)).map(({ verdict }) => verdict)).to.deep.equal([
      "within",
      "beyond",
    ]);
    expect([await reputationOf(1), await reputationOf(2)]).to.deep.equal([51, 40]);
  });

  it("tell an owner's reputation to the owner alone", async () => {
    const account = accountOfSeed(new Uint8Array(32).fill(1));
    const thief = { ...account, viewScalar: accountOfSeed(new Uint8Array(32).fill(2)).viewScalar };
    const asked = await askReputation(staged.client, staged.epoch.pool, thief).catch(
      (error: unknown) => (error as Error).name,
    );
    expect(asked).to.equal("EnvelopeError");
    await expectRefused(
      staged.client.post("/reputation", { address: "swp1", nonce: contentHash(new Uint8Array()) }),
      400,
      "MalformedMessageError",
    );
  });
});
