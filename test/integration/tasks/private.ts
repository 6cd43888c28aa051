import { readFileSync, statSync, writeFileSync } from "node:fs";
import { expect } from "chai";
import { Contract, id, Wallet, ZeroHash } from "ethers";
import hre from "hardhat";
import { ROLES } from "../../../ignition/modules/Sealwatt.ts";
import { ACCESS_MANAGER_ABI } from "../../../sdk/abi/accessManager.ts";
import { parseAddressBook } from "../../../sdk/deployment/addressBook.ts";
import { matchingRecordAt, privateMarketAt } from "../../../sdk/deployment/contracts.ts";
import { auditKeyOf } from "../../../sdk/private/auditKey.ts";
import { CIRCUIT_IDS } from "../../../sdk/private/context.ts";
import { FIELD_ORDER } from "../../../sdk/private/field.ts";
import { gatewayKeysOf } from "../../../sdk/private/gateway/gatewayKeys.ts";
import { scopeOf } from "../../../sdk/private/pool.ts";
import { GATEWAY_TAG, POOL_TERMS, type PoolFixture } from "../../helpers/privateMarket.ts";
import {
  confirm,
  fresh,
  issueGeneration,
  joinPool,
  proposalOf,
  propose,
  submitBuyPlan,
  submitSellPlan,
} from "../../helpers/privateVerbs.ts";
import {
  ADMIN,
  AGENT,
  BUYER,
  GATEWAY,
  OPERATOR,
  REGULATOR,
  SELLER,
  TaskMarket,
  TREASURER,
} from "../../helpers/taskMarket.ts";

const UNAUTHORISED = /AccessManagedUnauthorized\(.*Use the key that holds the role/;
/** The matcher is the account that other tests have as an agent. */
const MATCHER = AGENT;
/** And the key holder is the market's treasurer. */
const KEY_HOLDER = TREASURER;

describe("tasks of the private market", function () {
  this.timeout(120_000);
  let stage: TaskMarket;
  let scene: PoolFixture;
  let seller: string;
  let pool: string;
  const done: TaskMarket["done"] = (...given) => stage.done(...given);
  const refused: TaskMarket["refused"] = (...given) => stage.refused(...given);

  before(async () => {
    stage = await TaskMarket.prepare();
    await stage.deploy();
    seller = await stage.admit(SELLER, "solar");
    await stage.admit(BUYER, "none");
  });
  after(() => stage.remove());

  describe("without one", () => {
    it("say that there is none", async () => {
      for (const name of ["status", "insert-leaves", "lapse", "expel"]) {
        await refused(
          `private:${name}`,
          {},
          "The address book names no private market. Deploy one with private:deploy, or name another address book with --deployment.",
        );
      }
    });
  });

  describe("private:deploy", () => {
    const options = () => ({
      from: ADMIN,
      matcher: stage.account(MATCHER),
      keyHolder: stage.account(KEY_HOLDER),
    });
    const bookOf = () => JSON.parse(readFileSync(stage.deployment, "utf8")) as object;
    const readBook = () => {
      const { privateMarket, addresses } = parseAddressBook(bookOf());
      return { privateMarket: privateMarket!, addresses };
    };

    it("refuses development keys unless they are asked for, and sends nothing", async () => {
      const { ethers } = await hre.network.getOrCreate();
      const before = await ethers.provider.getBlockNumber();
      await refused(
        "private:deploy",
        options(),
        /^The verifiers must not be used: Deposit: a development key, whose secrets are published;.*--development where no money is at stake/,
      );
      expect(await ethers.provider.getBlockNumber()).to.equal(before);
      expect(bookOf()).not.to.have.property("privateMarket");
    });

    it("refuses who is no admin, a wrong matcher, terms and ceremony", async () => {
      const development = { ...options(), development: true };
      await refused(
        "private:deploy",
        { ...development, from: OPERATOR },
        /is no admin of the market\. Act as an admin without a delay/,
      );
      await refused("private:deploy", { from: ADMIN }, /^--matcher is missing/);
      await refused("private:deploy", { ...development, matcher: "0x12" }, /^--matcher is "0x12"/);
      await refused(
        "private:deploy",
        { ...development, keyHolder: "0x12" },
        /^--key-holder is "0x12"/,
      );
      await refused(
        "private:deploy",
        { ...options(), ceremony: stage.file("none") },
        /transcript|ceremony/,
      );
      const terms = stage.file("wrong.json");
      for (const [text, line] of [
        ['{"plansLed": 1}', /unknown key "plansLed"\. Did you mean plansLead/],
        ['{"toleranceBps": 65536}', "terms.toleranceBps is 65536. Give at most 65535."],
        ['{"bondWh": -1}', 'terms.bondWh is "-1". Give a whole number.'],
        ['{"toleranceBps": 10000}', /TermsInvalid\(name toleranceBps, value 10000\)\. Correct/],
        ['{"confirmationTime": 601}', /TermsInvalid\(name confirmationTime, value 601\)/],
      ] as const) {
        writeFileSync(terms, text);
        await refused("private:deploy", { ...development, terms }, line);
      }
    });

    it("deploys one, and has the address book name it", async () => {
      const terms = stage.file("terms.json");
      const { genesis: _, bondNano, ...rest } = POOL_TERMS;
      writeFileSync(terms, JSON.stringify({ ...rest, bondNano: Number(bondNano) }));
      const deployed = await done("private:deploy", { ...options(), terms, development: true });
      pool = deployed.pool as string;
      const matchingRecord = deployed.matchingRecord as string;
      expect(deployed.terms).to.deep.equal({
        ...rest,
        genesis: stage.genesis,
        toleranceBps: String(rest.toleranceBps),
        bondWh: String(rest.bondWh),
        bondNano: String(bondNano),
      });
      expect(deployed.keyHolder).to.equal(stage.account(KEY_HOLDER));
      expect(bookOf()).to.deep.include({
        privateMarket: { pool, matchingRecord, deploymentBlock: deployed.deploymentBlock },
      });
      expect(await done("private:status")).to.deep.include({
        pool,
        auditKeyVersion: 0,
        gateways: 0,
        participants: 0,
        leaves: 0,
        plans: {},
        matches: {},
        matching: { record: matchingRecord, epochs: [], openings: {}, verdicts: {} },
      });
    });

    it("gives the matching record to the key holder alone", async () => {
      const { ethers } = await hre.network.getOrCreate();
      const signers = await ethers.getSigners();
      const { privateMarket, addresses } = readBook();
      const record = (account: string) =>
        matchingRecordAt(privateMarket.matchingRecord!, signers[Number(account)]!);
      // To anybody it says what is wrong with the call before it would say what is wrong with the hash.
      for (const [account, error] of [
        [KEY_HOLDER, "HashMissing"],
        [MATCHER, "AccessManagedUnauthorized"],
        [ADMIN, "AccessManagedUnauthorized"],
      ] as const) {
        const calls = [
          record(account).announceEpoch.staticCall(0, ZeroHash),
          record(account).logOpening.staticCall(0, 0, ZeroHash, ZeroHash, 0),
        ];
        for (const call of calls) {
          await expect(call).to.be.revertedWithCustomError(record(account), error);
        }
      }
      const manager = new Contract(addresses.accessManager, ACCESS_MANAGER_ABI, signers[0]);
      const roleOf = (name: string) =>
        manager.getFunction("getTargetFunctionRole")(
          privateMarket.matchingRecord,
          record(ADMIN).interface.getFunction(name as "commitSeed").selector,
        ) as Promise<bigint>;
      expect(await roleOf("recordVerdicts")).to.equal(ROLES.keyHolder);
      await record(KEY_HOLDER).announceEpoch(9, id("a manifest"));
      expect((await done("private:status")).matching).to.deep.include({
        epochs: [{ epoch: 1, fromPeriod: 9 }],
      });
    });

    it("does not forget a private market unless it is told to", async () => {
      await refused(
        "private:deploy",
        { ...options(), development: true },
        /names the private market 0x\w{40}\. Add --replace to forget it/,
      );
    });
  });

  describe("private:set-audit-key", () => {
    it("makes a key that only its owner may read, and publishes its public half", async () => {
      const keyFile = stage.file("keys/audit.key");
      const options = { from: REGULATOR, keyFile };
      await refused("private:set-audit-key", { ...options, from: OPERATOR }, UNAUTHORISED);
      await refused("private:set-audit-key", { from: REGULATOR }, /^--key-file is missing/);
      const set = await done("private:set-audit-key", options);
      expect(statSync(keyFile).mode & 0o777).to.equal(0o600);
      const { key } = auditKeyOf(BigInt(readFileSync(keyFile, "utf8").trim()));
      const [x, y] = key.map(String);
      // All that is printed. The file was made before the operator was refused.
      expect(set).to.deep.equal({ version: "1", x, y, keyFile, made: false });
      const { ethers } = await hre.network.getOrCreate();
      const [signer] = await ethers.getSigners();
      expect((await privateMarketAt(pool, signer!).auditKey()).x).to.equal(key[0]);
    });
  });

  describe("private:gateway-tag and private:set-gateway", () => {
    const gateway = () => stage.account(GATEWAY);

    it("show the tag of a keystore, and nothing of its key", async () => {
      const { privateKey, address } = Wallet.createRandom();
      const keystore = stage.file("gateway.json");
      writeFileSync(keystore, await new Wallet(privateKey).encrypt("secret words"));
      await refused("private:gateway-tag", {}, /^--keystore is missing/);
      process.env.SEALWATT_KEYSTORE_PASSWORD = "secret words";
      try {
        const { tag, spendKey } = gatewayKeysOf(privateKey);
        expect(await done("private:gateway-tag", { keystore })).to.deep.equal({
          gateway: address,
          tag: String(tag),
          x: String(spendKey[0]),
          y: String(spendKey[1]),
        });
      } finally {
        delete process.env.SEALWATT_KEYSTORE_PASSWORD;
      }
    });

    it("register a gateway, and remove it with tag 0", async () => {
      const set = { from: OPERATOR, gateway: gateway() };
      await done("private:set-gateway", { ...set, tag: "7" });
      expect(await done("private:status")).to.include({ gateways: 1 });
      await done("private:set-gateway", { ...set, tag: "0" });
      expect(await done("private:status")).to.include({ gateways: 0 });
      await done("private:set-gateway", { ...set, tag: `0x${GATEWAY_TAG.toString(16)}` });
      expect(await done("private:status")).to.include({ gateways: 1 });
    });

    it("are refused to others, with a tag that is none or another's", async () => {
      const set = { from: OPERATOR, gateway: gateway() };
      await refused("private:set-gateway", { ...set, from: SELLER, tag: "7" }, UNAUTHORISED);
      for (const tag of ["-1", "tag", String(FIELD_ORDER)]) {
        await refused("private:set-gateway", { ...set, tag }, /^--tag is .* private:gateway-tag/);
      }
      await refused(
        "private:set-gateway",
        { ...set, gateway: stage.account(SELLER), tag: String(GATEWAY_TAG) },
        /GatewayTagTaken\(.*Give each gateway a key of its own/,
      );
    });
  });

  describe("with plans in the book", () => {
    const period = 2;
    let sellPlan: bigint;
    let buyPlan: bigint;

    /** From here on every proof is the number of its circuit. */
    before(async () => {
      const { ethers, networkHelpers } = await hre.network.getOrCreate();
      const signers = await ethers.getSigners();
      const market = privateMarketAt(pool, signers[0]!);
      for (const circuit of Object.values(CIRCUIT_IDS)) {
        const standIn = await ethers.deployContract("StandInVerifier", [circuit]);
        const code = await ethers.provider.getCode(standIn);
        await networkHelpers.setCode(await market.verifierOf(circuit), code);
      }
      const { chainId } = await ethers.provider.getNetwork();
      const { x, y } = await market.auditKey();
      const poolId = { chainId, pool };
      const actors = {
        relayer: signers[0],
        matcher: signers[Number(MATCHER)],
        gateway: signers[Number(GATEWAY)],
        seller: signers[Number(SELLER)],
        buyer: signers[Number(BUYER)],
      };
      const fixture = { pool: market, poolId, scope: scopeOf(poolId), auditKey: [x, y], actors };
      scene = fixture as unknown as PoolFixture;
      await stage.goTo(0, 1);
      await issueGeneration(scene);
    });

    it("private:insert-leaves inserts those that wait", async () => {
      await issueGeneration(scene);
      expect(await done("private:insert-leaves", { most: "1" })).to.include({
        inserted: 1,
        size: 1,
        pending: 1,
      });
      expect(await done("private:insert-leaves")).to.include({ inserted: 1, size: 2, pending: 0 });
      await refused("private:insert-leaves", {}, /NothingToInsert\. Nothing is left to do/);
      await refused("private:insert-leaves", { most: "some" }, /^--most is "some"/);
    });

    it("private:lapse ends a match that one side did not confirm, and strikes it", async () => {
      await joinPool(scene, scene.actors.seller);
      await joinPool(scene, scene.actors.buyer);
      [sellPlan, buyPlan] = [fresh(), fresh()];
      await submitSellPlan(scene, { plan: sellPlan, period });
      await submitBuyPlan(scene, { plan: buyPlan, period });
      const proposal = proposalOf(sellPlan, buyPlan);
      await propose(scene, proposal);
      await confirm(scene, "buy", proposal);
      const record = String(proposal.record);
      expect(await done("private:lapse")).to.deep.equal({ lapsed: [] });
      await refused(
        "private:lapse",
        { record },
        /ConfirmationOpen\(.*Wait until the time to confirm is over/,
      );
      await refused("private:lapse", { record: "1" }, /MatchNot\(record 1/);
      await refused("private:lapse", { record: "one" }, /^--record is "one"/);
      await stage.goTo(0, POOL_TERMS.confirmationTime + 60);
      expect(await done("private:lapse")).to.deep.equal({ lapsed: [record] });
      const [sold, bought] = await Promise.all(
        [sellPlan, buyPlan].map((plan) => scene.pool.planOf(plan)),
      );
      expect([sold!.state, sold!.strikes]).to.deep.equal([1n, 1n]);
      expect([bought!.state, bought!.strikes]).to.deep.equal([1n, 0n]);
      expect(await done("private:status")).to.deep.include({
        participants: 2,
        plans: { open: 2, proven: 1 },
        matches: { lapsed: 1 },
      });
    });

    it("private:expel takes out who is named, for the operator alone", async () => {
      const owner = stage.account(BUYER);
      await refused("private:expel", { from: SELLER, owner }, UNAUTHORISED);
      expect(await done("private:expel", { from: OPERATOR, owner })).to.deep.equal({
        expelled: [owner],
      });
      expect(await done("private:status")).to.include({ participants: 1 });
      await refused(
        "private:expel",
        { from: OPERATOR, owner },
        /has not joined the private market, or was expelled/,
      );
      await refused("private:expel", { from: OPERATOR, owner: "me" }, /^--owner is "me"/);
    });

    it("market:revoke takes a participant out of the private market, too", async () => {
      const owner = stage.account(SELLER);
      expect(await done("private:expel")).to.deep.equal({ expelled: [] });
      const revoked = await done("market:revoke", { from: OPERATOR, participant: seller });
      expect(revoked).to.deep.equal({ participant: Number(seller), expelled: true });
      expect(await done("private:status")).to.include({ participants: 0 });
      // Nor can it come back.
      await expect(joinPool(scene, scene.actors.seller)).to.be.revertedWithCustomError(
        scene.pool,
        "NotAuthorised",
      );
      await done("market:authorise", { from: OPERATOR, owner });
      await joinPool(scene, scene.actors.seller);
    });

    it("market:revoke says so where there is nobody to take out", async () => {
      const participant = "3";
      expect(await done("market:revoke", { from: OPERATOR, participant })).to.deep.equal({
        participant: 3,
        expelled: false,
      });
      await done("market:authorise", { from: OPERATOR, owner: stage.account(BUYER) });
    });

    it("private:expel takes out all whom the market does not authorise any more", async () => {
      await joinPool(scene, scene.actors.buyer);
      await done("market:leave", { from: SELLER });
      // Anybody may.
      const expelled = [stage.account(SELLER)];
      expect(await done("private:expel", { from: BUYER })).to.deep.equal({ expelled });
      expect(await done("private:status")).to.include({ participants: 1 });
    });
  });

  describe("private:deploy --replace", () => {
    it("has the matcher be the key holder where none is named", async () => {
      const matcher = stage.account(MATCHER);
      const options = { from: ADMIN, matcher, development: true, replace: true };
      const deployed = await done("private:deploy", options);
      expect(deployed).to.include({ matcher, keyHolder: matcher });
      expect(deployed.pool).to.not.equal(pool);
      const { ethers } = await hre.network.getOrCreate();
      const signers = await ethers.getSigners();
      const record = matchingRecordAt(deployed.matchingRecord as string, signers[Number(MATCHER)]!);
      expect(await record.pool()).to.equal(deployed.pool);
      await expect(record.announceEpoch.staticCall(0, ZeroHash)).to.be.revertedWithCustomError(
        record,
        "HashMissing",
      );
    });
  });
});
