import { expect } from "chai";
import hre from "hardhat";
import { RunKeys } from "../../scripts/neighbourhood/actors.ts";
import { Neighbourhood } from "../../scripts/neighbourhood/neighbourhood.ts";
import { generateProfiles } from "../../scripts/neighbourhood/profiles/generatedProfiles.ts";
import { AgentClient } from "../../sdk/clients/agentClient.ts";
import { MarketReads, NoMarketError } from "../../sdk/clients/marketReads.ts";
import { OpeningBook } from "../../sdk/clients/openingBook.ts";
import { OperatorClient } from "../../sdk/clients/operatorClient.ts";
import { sealDay, sealOrder } from "../../sdk/clients/orderSealer.ts";
import { ParticipantClient } from "../../sdk/clients/participantClient.ts";
import { RegulatorClient } from "../../sdk/clients/regulatorClient.ts";
import { ContractRevertedError } from "../../sdk/clients/revertError.ts";
import { WrongChainError } from "../../sdk/deployment/checkDeployment.ts";

async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}

async function refusalOf(promise: Promise<unknown>): Promise<ContractRevertedError> {
  const error = await failureOf(promise);
  expect(error).to.be.instanceOf(ContractRevertedError);
  return error as ContractRevertedError;
}

describe("clients", function () {
  this.timeout(60_000);
  let neighbourhood: Neighbourhood;
  let reads: MarketReads;
  let owner: ParticipantClient;
  let participant: number;
  const keys = new RunKeys();
  const openingKey = keys.openingKey();

  const sender = (who: Parameters<RunKeys["sender"]>[0]) =>
    keys.sender(who, neighbourhood.chain.provider);

  before(async () => {
    neighbourhood = await Neighbourhood.create({
      profiles: generateProfiles(3, 1),
      periodSeconds: 900,
      seed: 1,
      fullSpeed: true,
      log: () => undefined,
      hre,
    });
    ({ reads } = neighbourhood);
    owner = new ParticipantClient(reads, await sender(0));
    participant = await owner.participant();
  });

  after(() => neighbourhood.stop());

  describe("MarketReads", () => {
    it("refuses another chain than the one that was meant", async () => {
      const { provider } = neighbourhood.chain;
      const error = await failureOf(
        MarketReads.connect(provider, reads.addresses, { chainId: 1n }),
      );
      expect(error).to.be.instanceOf(WrongChainError);
    });

    it("says that there is no market at an address", async () => {
      const addresses = { ...reads.addresses, market: `0x${"12".repeat(20)}` };
      const error = await failureOf(MarketReads.connect(neighbourhood.chain.provider, addresses));
      expect(error).to.be.instanceOf(NoMarketError);
    });

    it("knows the rules and the clock", async () => {
      expect(await reads.parametersOf(5)).to.deep.equal(neighbourhood.parameters);
      expect(reads.startOf(2) - reads.startOf(1)).to.equal(900);
      expect(reads.periodAt(reads.startOf(2) - 1)).to.equal(1);
      expect(reads.periodAt(reads.startOf(2))).to.equal(2);
      expect(reads.periodAt(0)).to.equal(0);
    });
  });

  describe("ParticipantClient", () => {
    it("withdraws what is free, and says what to do where it is not", async () => {
      const { freeNano, balanceNano } = await owner.account();
      const error = await refusalOf(owner.withdraw(freeNano + 1n));
      expect(error.reason.name).to.equal("InsufficientFree");
      expect(error.metaMessages).to.have.length(1);
      await owner.withdraw(1_000_000_000n);
      expect((await owner.account()).balanceNano).to.equal(balanceNano - 1_000_000_000n);
      await owner.deposit(1_000_000_000n);
      expect((await owner.account()).balanceNano).to.equal(balanceNano);
    });

    it("registers once", async () => {
      const profile = {
        displayName: "twice",
        energyType: "none" as const,
        greenPreference: false,
        microgrid: "MG-1",
        location: "",
      };
      const error = await refusalOf(owner.register(profile));
      expect(error.reason.name).to.equal("AlreadyRegistered");
    });

    it("seals a day that the operator reads from the chain alone", async () => {
      const orders = [20, 3, 21].map((period) => ({
        participant,
        period,
        side: "buy" as const,
        energyWh: 100 + period,
        priceMicroPerKwh: 200_000,
      }));
      const sealed = await sealDay(
        reads.constants.domain,
        participant,
        0,
        orders,
        openingKey.compressedPublicKey,
      );
      await owner.submitSchedule(sealed);
      const book = new OpeningBook(reads, openingKey);
      expect(await book.refresh()).to.deep.equal([]);
      for (const order of orders)
        expect(book.openingsOf(order.period).map((opening) => opening.order)).to.deep.equal([
          order,
        ]);
      expect(book.openingsOf(4)).to.deep.equal([]);
      book.forgetBefore(96);
      expect(book.openingsOf(20)).to.deep.equal([]);
    });

    it("lets the operator see that an opening is not that of the seal", async () => {
      const { domain } = reads.constants;
      const orders = [
        { participant, period: 30, side: "buy" as const, energyWh: 1, priceMicroPerKwh: 1 },
      ];
      const key = openingKey.compressedPublicKey;
      const honest = await sealDay(domain, participant, 0, orders, key);
      const other = await sealDay(domain, participant, 0, orders, key);
      await owner.submitSchedule({ ...honest, sealedOpening: other.sealedOpening });
      const book = new OpeningBook(reads, openingKey);
      const [failure] = await book.refresh();
      expect(failure).to.include({ participant, kind: "schedule", index: 0 });
      expect(book.openingsOf(30)).to.deep.equal([]);
      // What was sealed before is replaced, and must not be opened either.
      expect(book.openingsOf(20)).to.deep.equal([]);
    });
  });

  it("RegulatorClient freezes and unfreezes", async () => {
    const regulator = new RegulatorClient(reads, await sender("regulator"));
    await regulator.setFrozen(participant, true);
    expect((await owner.account()).frozen).to.equal(true);
    const error = await refusalOf(owner.withdraw(1n));
    expect(error.reason.name).to.equal("AccountIsFrozen");
    await regulator.setFrozen(participant, false);
    expect((await owner.account()).frozen).to.equal(false);
  });

  it("AgentClient seals nothing once its mandate is revoked", async () => {
    const principal = new ParticipantClient(reads, await sender(2));
    const agent = new AgentClient(reads, await sender("agent"));
    const id = await principal.participant();
    await principal.revokeMandate();
    const order = {
      participant: id,
      period: 1,
      side: "buy" as const,
      energyWh: 5,
      priceMicroPerKwh: 100_000,
    };
    const sealed = await sealOrder(reads.constants.domain, order, undefined);
    const error = await refusalOf(agent.submitOrderFor(id, 1, sealed));
    expect(error.reason.name).to.equal("NoMandate");
  });

  it("OperatorClient needs its role to authorise", async () => {
    const impostor = new OperatorClient(reads, await sender(1));
    const error = await refusalOf(impostor.authorise(owner.sender.address));
    expect(error.reason.name).to.equal("AccessManagedUnauthorized");
  });
});
