import { id } from "ethers";
import { OPENING_KINDS } from "../../../../sdk/private/epochs/matchingRecordInterface.ts";
import { expectGas } from "../../../helpers/gasSnapshot.ts";
import { goTo } from "../../../helpers/market.ts";
import { stagePool } from "../../../helpers/privateMarket.ts";
import {
  confirm,
  deposit,
  drawAnew,
  fresh,
  issueGeneration,
  joinPool,
  merge,
  proposalOf,
  propose,
  refund,
  reportActual,
  settle,
  submitBuyPlan,
  submitSellPlan,
  withdraw,
} from "../../../helpers/privateVerbs.ts";
import {
  agree,
  announce,
  logOpening,
  proposeSome,
  recordVerdicts,
} from "../../../helpers/recordVerbs.ts";
import { sent } from "../../../helpers/verbs.ts";

/** All slots of the ring and the tree's lower levels are in use, as after a market's first hours. */
const EARLIER_LEAVES = 96;

// Without the proof itself, whose verification costs the same wherever it is done: `npm run bench -- zk` adds it.
describe("gas of the private verbs without proofs", () => {
  const scene = stagePool(async (fixture) => {
    drawAnew();
    await joinPool(fixture, fixture.actors.seller);
    for (let i = 1; i <= EARLIER_LEAVES; i++) {
      await deposit(fixture);
      if (i % 32 === 0) await fixture.pool.insertLeaves(32);
    }
    return {};
  });

  // So that each test costs the same alone and after the others, with numbers that were not used above.
  beforeEach(() => drawAnew(10n ** 6n));

  async function pin(name: string, call: Parameters<typeof sent>[0]): Promise<void> {
    expectGas(`private ${name}`, (await sent(call)).gasUsed);
  }

  it("of notes", async () => {
    const { pool } = scene;
    await pin("deposit", deposit(scene));
    await pin("issueGeneration", issueGeneration(scene));
    await pin("merge", merge(scene));
    await pin("withdraw without fee", withdraw(scene));
    await pin("withdraw with fee", withdraw(scene, { feeNano: 5 }));
    for (let i = 0; i < 43; i++) await deposit(scene);
    await pin("insertLeaves, 16 after 96", pool.insertLeaves(16));
    await pin("insertLeaves, 32 after 112", pool.insertLeaves(32));
  });

  it("of participants", async () => {
    const { pool, actors } = scene;
    const [root] = await pool.participantsTree();
    await pin("join, the second one", joinPool(scene, actors.buyer));
    const operator = pool.connect(actors.operator);
    await pin("expel, of two", operator.expel(actors.buyer.address, [root]));
  });

  it("of a trade", async () => {
    const { pool } = scene;
    const plans = [fresh(), fresh(), fresh(), fresh()] as const;
    await pin("submitSellPlan", submitSellPlan(scene, { plan: plans[0], period: 1 }));
    await pin("submitBuyPlan", submitBuyPlan(scene, { plan: plans[1], period: 1 }));
    await submitSellPlan(scene, { plan: plans[2], period: 1 });
    await submitBuyPlan(scene, { plan: plans[3], period: 1 });
    const agreed = proposalOf(plans[0], plans[1]);
    const silent = proposalOf(plans[2], plans[3]);
    await goTo(scene, 0);
    await pin("proposeMatches, 2", propose(scene, agreed, silent));
    await pin("confirmSell, the first", confirm(scene, "sell", agreed));
    await pin("confirmBuy, the second", confirm(scene, "buy", agreed));
    await confirm(scene, "sell", silent);
    await goTo(scene, 2);
    await pin("lapse", pool.lapse(silent.record));
    await pin("refund", refund(scene, silent.sellPlan));
    await pin("reportActual", reportActual(scene, agreed));
    await pin("settleSell", settle(scene, "sell", agreed));
    await pin("settleBuy", settle(scene, "buy", agreed));
  });

  it("of a matching record", async () => {
    const { record, actors } = scene;
    const matches = await proposeSome(scene, 1, 4);
    for (const proposal of matches) await agree(scene, proposal);
    await announce(scene, 0);
    await pin("announceEpoch, the second one", announce(scene, 1));
    await pin("commitSeed", record.connect(actors.matcher).commitSeed(2, id("a seed")));
    await goTo(scene, 2);
    for (const kind of OPENING_KINDS) {
      await pin(`logOpening, ${kind}`, logOpening(scene, { kind, period: 1 }));
    }
    const records = matches.map((proposal) => proposal.record);
    await pin("recordVerdicts, 1", recordVerdicts(scene, 1, records.slice(0, 1)));
    await pin("recordVerdicts, 3", recordVerdicts(scene, 1, records.slice(1)));
  });
});
