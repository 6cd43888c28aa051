import { expect } from "chai";
import PrivateMarket from "../../../ignition/modules/PrivateMarket.ts";
import { circuitKeys, keysOf } from "../../../scripts/keys/circuitKeys.ts";
import { developmentVerifierKeys, verifierParameters } from "../../../scripts/keys/verifierKeys.ts";
import { TransactionSender } from "../../../sdk/clients/transactionSender.ts";
import { auditKeyOf } from "../../../sdk/private/auditKey.ts";
import { burnerSender } from "../../../sdk/private/client/burnerSender.ts";
import { nodeProver } from "../../../sdk/private/prover/nodeProver.ts";
import { Relayer } from "../../../sdk/private/relayer/relayer.ts";
import { relayerSender } from "../../../sdk/private/relayer/relayerSender.ts";
import { deployMarket, join as authorise } from "../../helpers/market.ts";
import { AUDIT_SCALAR, POOL_TERMS } from "../../helpers/privateMarket.ts";
import {
  attest,
  issueGenerationTo,
  propose,
  registerGateway,
  trader,
  type TradingPlace,
} from "../../helpers/privateTraders.ts";

const PERIOD = 2n;
const { genesis, periodLength, bondNano } = POOL_TERMS;
const DEPOSIT_NANO = 1_000_000_000n;
const PAID_NANO = 500n * 250_000n;
const FEE_NANO = 1_000n;

describe("a private trade with real proofs", () => {
  before(async function () {
    // Built where they are missing.
    this.timeout(900_000);
    await circuitKeys();
  });

  it("goes from two wallets to money that nothing links to them", async function () {
    this.timeout(300_000);
    const fixture = await deployMarket();
    const { connection, ethers, actors, networkHelpers, token } = fixture;
    const [matcher, a, b, other] = actors.people;
    const { provider } = ethers;
    const { pool: deployed } = await connection.ignition.deploy(PrivateMarket, {
      defaultSender: actors.admin.address,
      parameters: {
        PrivateMarket: {
          accessManager: await fixture.accessManager.getAddress(),
          market: fixture.marketAddress,
          token: await token.getAddress(),
          matcher: matcher!.address,
          keyHolder: matcher!.address,
          terms: POOL_TERMS,
          ...verifierParameters(await developmentVerifierKeys()),
        },
      },
    });
    const pool = await ethers.getContractAt("PrivateMarket", await deployed.getAddress());
    const poolAddress = await pool.getAddress();
    const { chainId } = await provider.getNetwork();
    const { key, eighth } = auditKeyOf(AUDIT_SCALAR);
    await pool.connect(actors.regulator).setAuditKey([...key], [...eighth]);
    const place: TradingPlace = {
      provider,
      pool,
      poolId: { chainId, pool: poolAddress },
      auditKey: key,
      actors: { ...actors, matcher: matcher! },
    };
    await registerGateway(place);
    for (const person of [a!, b!]) await authorise(fixture, person, { depositNano: 0n });
    await token.connect(actors.treasurer).mint(b!.address, DEPOSIT_NANO);

    const prover = nodeProver(keysOf);
    const relayKey = ethers.Wallet.createRandom(provider);
    const relayer = new Relayer({
      pool: poolAddress,
      sender: await TransactionSender.of(relayKey),
      feeNano: FEE_NANO,
    });
    const relayed = relayerSender(provider, await relayer.start());
    try {
      const seller = trader(place, a!, 1, prover, relayed, { pollMs: 100 });
      const buyer = trader(place, b!, 2, prover, burnerSender(provider), { pollMs: 100 });
      await seller.join();
      await buyer.join();
      await buyer.deposit(DEPOSIT_NANO);
      await issueGenerationTo(place, prover, seller, PERIOD, 1_000n);

      const offer = { period: PERIOD, energyWh: 800n, priceMicroPerKwh: 200_000n };
      const bid = { period: PERIOD, energyWh: 900n, priceMicroPerKwh: 300_000n };
      const { plan: sellPlan } = await seller.submitSellPlan(offer);
      const { plan: buyPlan } = await buyer.submitBuyPlan(bid);
      const locked = 900n * 300_000n + bondNano;
      expect(buyer.store.balanceNano).to.equal(DEPOSIT_NANO - locked);

      const terms = { sellPlan, buyPlan, energyWh: 500n, priceMicroPerKwh: 250_000n };
      const record = await propose(place, terms, seller, buyer);
      await seller.confirm(record);
      await buyer.confirm(record);

      await networkHelpers.time.increaseTo(genesis + Number(PERIOD + 1n) * periodLength);
      // Within the tolerance of 5 %, and so paid as agreed.
      await seller.reportActual(attest(place, record, 490n));
      await seller.settle(record);
      await buyer.settle(record);
      expect(seller.store.balanceNano).to.equal(PAID_NANO);

      for (const participant of [seller, buyer]) {
        const [rest] = participant.store.openPlans();
        await participant.refund(rest!.commitment);
        expect(participant.store.openPlans()).to.be.empty;
      }
      expect(buyer.store.balanceNano).to.equal(DEPOSIT_NANO - PAID_NANO);
      const energies = seller.store.generation(PERIOD).map(({ note }) => note.energyWh);
      expect(energies).to.have.members([200n, 300n]);

      // All that the seller has leaves at once; the buyer's notes are merged for that.
      const fee = { relayer: relayKey.address, feeNano: FEE_NANO };
      await seller.withdraw(PAID_NANO, other!.address, fee);
      await buyer.withdraw(DEPOSIT_NANO - PAID_NANO, b!.address, { merge: true });
      expect(await token.balanceOf(other!.address)).to.equal(PAID_NANO - FEE_NANO);
      expect(await token.balanceOf(relayKey.address)).to.equal(FEE_NANO);
      expect(await token.balanceOf(b!.address)).to.equal(DEPOSIT_NANO - PAID_NANO);
      expect(await token.balanceOf(poolAddress)).to.equal(0n);
      expect([seller, buyer].map(({ store }) => store.balanceNano)).to.deep.equal([0n, 0n]);
      expect(seller.store.faults.concat(buyer.store.faults)).to.be.empty;
    } finally {
      await prover.close();
      await relayer.stop();
    }
  });
});
