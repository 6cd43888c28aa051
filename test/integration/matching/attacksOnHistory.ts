// A chain that is reorganised takes back what the services have bound themselves to by it.
import { expect } from "chai";
import { auditPool } from "../../../sdk/private/audit/auditPool.ts";
import { eventually, MatchingScene, timesOf } from "../../helpers/matchingScene.ts";
import { AUDIT_SCALAR } from "../../helpers/privateMarket.ts";

const PERIOD = 6n;

describe("attacks on what the chain has of matching @long", function () {
  this.timeout(180_000);
  let scene: MatchingScene;

  before(async () => {
    scene = await MatchingScene.start({ traders: 2 });
    await scene.chain.goTo(timesOf(2n).startS);
    await scene.startServices();
  });
  after(() => scene.stop());

  const audit = () =>
    auditPool({
      provider: scene.chain.provider,
      pool: scene.pool.pool,
      record: scene.chain.record,
      secrets: { auditScalars: [AUDIT_SCALAR] },
    });
  const matchesOf = async (trader: number) => {
    const { person } = scene.traders[trader]!;
    await person.sync();
    return person.store.matches.map(({ record }) => record);
  };

  it("a round is taken back with its match: the same is logged and proposed again, and the audit is clean [P12]", async () => {
    const { provider } = scene.chain;
    for (const [place, side] of ["sell", "buy"].entries()) {
      const trader = scene.traders[place]!;
      await scene.upload(await scene.submit(trader, PERIOD, { side: side as "sell" | "buy" }));
    }
    const snapshot: unknown = await provider.send("evm_snapshot", []);
    await scene.chain.goTo(timesOf(PERIOD).plansCloseS);
    await eventually("they are matched", async () => (await matchesOf(0)).length === 1);
    const [record] = await matchesOf(0);
    const before = await audit();
    expect(before.differences).to.deep.equal([]);

    expect(await provider.send("evm_revert", [snapshot])).to.equal(true);
    await scene.chain.goTo(timesOf(PERIOD).plansCloseS + 5);
    await eventually(
      "they are matched again",
      async () => (await matchesOf(1)).length === 1,
      40_000,
    );
    // Not another match of the same plans: what was told stays told.
    expect(await matchesOf(0)).to.deep.equal([record]);
    await eventually(
      "all that was opened is on record again",
      async () => (await audit()).matching!.openings.length === before.matching!.openings.length,
      40_000,
    );
    const after = await audit();
    expect(after.differences).to.deep.equal([]);
    const roundsOf = ({ matching }: typeof after) =>
      matching!.openings
        .map(({ kind, round, content }) => `${kind} ${round} ${content}`)
        .toSorted();
    expect(roundsOf(after)).to.deep.equal(roundsOf(before));
    for (const { person } of scene.traders) await person.confirm(record!);
    expect((await audit()).trades[0]!.state).to.equal("agreed");
  });
});
