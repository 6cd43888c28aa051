import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { expect } from "chai";
import { id, toBeHex } from "ethers";
import schema from "../../../docs/schemas/private-audit.schema.json" with { type: "json" };
import { connectTo } from "../../../sdk/deployment/connectTo.ts";
import { auditKeyOf } from "../../../sdk/private/auditKey.ts";
import { auditPool, NoPoolEventsError } from "../../../sdk/private/audit/auditPool.ts";
import { AuditKeyMissingError } from "../../../sdk/private/audit/poolReader.ts";
import type { PoolAuditReport } from "../../../sdk/private/audit/poolReport.ts";
import { PoolFollower } from "../../../sdk/private/chain/poolFollower.ts";
import { walletSender } from "../../../sdk/private/client/poolSender.ts";
import { NoteStore } from "../../../sdk/private/store/noteStore.ts";
import { formatViewingKey } from "../../../sdk/private/viewingKey.ts";
import { deployMarket } from "../../helpers/market.ts";
import {
  AUDIT_SCALAR,
  deployPool,
  deployRecord,
  POOL_TERMS,
  type PoolFixture,
} from "../../helpers/privateMarket.ts";
import {
  attest,
  issueGenerationTo,
  propose,
  registerGateway,
  StandInProver,
  trader,
  type TradingPlace,
} from "../../helpers/privateTraders.ts";
import { announce, logOpening, plansEnd, recordVerdicts } from "../../helpers/recordVerbs.ts";
import { rejection } from "../../helpers/rejection.ts";
import { serveRpc, type RpcServer } from "../../helpers/rpcServer.ts";
import { runSealwatt } from "../../helpers/runSealwatt.ts";

const PERIOD = 2n;
const NEXT_AUDIT_SCALAR = 123_456_789n;
const SCALARS = [AUDIT_SCALAR, NEXT_AUDIT_SCALAR];
const { genesis, periodLength, proposalsLead } = POOL_TERMS;

describe("the audit of a private market", function () {
  this.timeout(120_000);
  let fixture: PoolFixture;
  let place: TradingPlace;
  let traders: ReturnType<typeof trader>[];
  const prover = new StandInProver();
  let node: RpcServer;
  let folder: string;
  let record: bigint;
  let recordAddress: string;

  before(async () => {
    fixture = await deployPool(await deployMarket());
    const { ethers, pool, poolId, auditKey, actors, networkHelpers } = fixture;
    place = { provider: ethers.provider, pool, poolId, auditKey, actors };
    recordAddress = await fixture.record.getAddress();
    node = await serveRpc(fixture.connection.provider);
    folder = mkdtempSync(path.join(tmpdir(), "sealwatt-audit-"));
    await registerGateway(place);
    await announce(fixture, Number(PERIOD));
    traders = [actors.seller, actors.buyer].map((person, i) =>
      trader(place, person, i + 1, prover, walletSender(actors.relayer)),
    );
    const [seller, buyer] = traders as [(typeof traders)[0], (typeof traders)[0]];
    await fixture.token.connect(actors.treasurer).mint(actors.buyer.address, 10n ** 9n);
    await seller.join();
    await buyer.join();
    for (const amountNano of [400_000_000n, 200_000_000n, 100_000_000n]) {
      await buyer.deposit(amountNano);
    }
    await buyer.merge();
    await issueGenerationTo(place, prover, seller, PERIOD, 1_000n);
    const offer = { period: PERIOD, energyWh: 800n, priceMicroPerKwh: 200_000n };
    const bid = { period: PERIOD, energyWh: 900n, priceMicroPerKwh: 300_000n };
    const { plan: sellPlan } = await seller.submitSellPlan(offer);
    const { plan: buyPlan } = await buyer.submitBuyPlan(bid);
    await networkHelpers.time.increaseTo(genesis + plansEnd(Number(PERIOD)));
    for (const kind of ["ranks", "pairs"] as const) {
      await logOpening(fixture, { kind, period: Number(PERIOD) });
    }
    const terms = { sellPlan, buyPlan, energyWh: 500n, priceMicroPerKwh: 250_000n };
    // The regulator takes another key while the match waits.
    record = await propose(place, terms, seller, buyer);
    const { key, eighth } = auditKeyOf(NEXT_AUDIT_SCALAR);
    await pool.connect(actors.regulator).setAuditKey([...key], [...eighth]);
    await seller.confirm(record);
    await buyer.confirm(record);
    await networkHelpers.time.increaseTo(genesis + Number(PERIOD) * periodLength - proposalsLead);
    for (const each of traders) {
      await each.follower.feed(each.store);
      for (const { commitment } of each.store.openPlans()) await each.refund(commitment);
    }
    await networkHelpers.time.increaseTo(genesis + Number(PERIOD + 1n) * periodLength);
    await seller.reportActual(attest(place, record, 400n));
    await seller.settle(record);
    await buyer.settle(record);
    await logOpening(fixture, { kind: "verdicts", period: Number(PERIOD), count: 1 });
    await recordVerdicts(fixture, Number(PERIOD), [record], [false]);
    await seller.withdraw(30_000_000n, actors.payer.address, {});
  });
  after(async () => {
    node.close();
    rmSync(folder, { recursive: true });
    await fixture.connection.close();
  });

  const audit = (auditScalars: readonly bigint[] = SCALARS, toBlock?: number) =>
    auditPool({
      provider: place.provider,
      pool: fixture.poolAddress,
      record: recordAddress,
      secrets: { auditScalars },
      ...(toBlock === undefined ? {} : { toBlock }),
    });

  const secret = (name: string, text: string, mode = 0o600) => {
    const file = path.join(folder, name);
    writeFileSync(file, `${text}\n`);
    chmodSync(file, mode);
    return file;
  };
  const keyFiles = () => SCALARS.map((scalar, i) => secret(`key${i}`, toBeHex(scalar, 32)));
  const run = (...args: string[]) =>
    runSealwatt([
      ...["audit", "--rpc", node.url, "--pool", fixture.poolAddress, "--record", recordAddress],
      ...args,
    ]);

  const validate = new Ajv2020().compile(schema);
  function expectValid(report: PoolAuditReport): void {
    expect(validate(report), JSON.stringify(validate.errors)).to.equal(true);
  }

  it("finds every balance, and that all money is there [P1]", async () => {
    const report = await audit();
    expect(report.differences).to.be.empty;
    expectValid(report);
    const { money, owners, trades } = report;
    expect(owners.map(({ balanceNano }) => BigInt(balanceNano))).to.deep.equal(
      traders.map(({ store }) => store.balanceNano),
    );
    expect(owners.map(({ participant }) => participant)).to.deep.equal([
      fixture.actors.seller.address,
      fixture.actors.buyer.address,
    ]);
    expect(await fixture.token.balanceOf(fixture.poolAddress)).to.equal(
      traders.reduce((sum, { store }) => sum + store.balanceNano, 0n),
    );
    expect([money.depositedNano, money.withdrawnNano, money.plansNano]).to.deep.equal([
      "700000000",
      "30000000",
      "0",
    ]);
    expect(trades).to.have.length(1);
    expect(trades[0]).to.deep.include({
      seller: `${traders[0]!.account.owner}`,
      buyer: `${traders[1]!.account.owner}`,
      energyWh: "500",
      actualWh: "400",
      deliveredWh: "400",
      paidNano: "100000000",
    });
    expect(report.notes.unreadable).to.equal(0);
  });

  it("lists what was opened, and compares the verdict with what was delivered", async () => {
    const { matching } = await audit();
    const opening = { period: Number(PERIOD), round: id("a round"), content: id("a content") };
    expect(matching).to.deep.nested.include({ record: recordAddress });
    expect(matching!.epochs.map(({ fromPeriod }) => fromPeriod)).to.deep.equal([Number(PERIOD)]);
    expect(
      matching!.openings.map(({ blockNumber: _, transactionHash: __, ...rest }) => rest),
    ).to.deep.equal([
      { ...opening, kind: "ranks", count: 7 },
      { ...opening, kind: "pairs", count: 7 },
      { ...opening, kind: "verdicts", count: 1 },
    ]);
    expect(matching!.verdicts).to.deep.equal([
      {
        match: `${record}`,
        period: Number(PERIOD),
        verdict: "beyond",
        expected: "beyond",
        matchedWh: "500",
        actualWh: "400",
      },
    ]);
  });

  it("tells of a verdict that the delivery contradicts, with the match and both values, and of what was opened without a log", async () => {
    const other = await deployRecord(fixture, fixture.poolAddress, fixture.actors.keyHolder);
    await recordVerdicts({ ...fixture, record: other }, Number(PERIOD), [record], [true]);
    const address = await other.getAddress();
    const { code, stdout } = await run(
      ...["--record", address, "--audit-key-file", ...keyFiles(), "--json"],
    );
    expect(code).to.equal(1);
    const report = JSON.parse(stdout) as PoolAuditReport;
    expectValid(report);
    const [unlogged, wrong, ...more] = report.differences;
    expect(more).to.be.empty;
    expect(unlogged).to.deep.equal({
      figure: "verdicts",
      expected: "at most the 0 opened",
      found: "1",
      subject: `period ${PERIOD}`,
    });
    expect(wrong).to.deep.include({
      figure: "verdict",
      expected: "beyond, since 400 of 500 Wh were delivered",
      found: "within",
      subject: `match ${record}`,
    });
  });

  it("tells of a record that is of another private market", async () => {
    const { pool } = await deployPool(fixture);
    const foreign = await deployRecord(fixture, await pool.getAddress(), fixture.actors.keyHolder);
    const report = await auditPool({
      provider: place.provider,
      pool: fixture.poolAddress,
      record: await foreign.getAddress(),
      secrets: { auditScalars: SCALARS },
    });
    expect(report.differences.map(({ figure }) => figure)).to.deep.equal(["matching.pool"]);
  });

  it("is clean at every block", async () => {
    const { provider } = place;
    const head = await provider.getBlockNumber();
    const first = (await fixture.pool.queryFilter(fixture.pool.filters.AuditKeySet()))[0]!;
    const last = (await fixture.pool.queryFilter(fixture.pool.filters.AuditKeySet())).at(-1)!;
    for (let block = first.blockNumber; block <= head; block++) {
      const scalars = block < last.blockNumber ? [AUDIT_SCALAR] : SCALARS;
      const { differences } = await audit(scalars, block);
      expect(differences, `block ${block}`).to.be.empty;
    }
  });

  it("tells one participant the same of itself", async () => {
    const whole = await audit();
    for (const [i, { account }] of traders.entries()) {
      const report = await auditPool({
        provider: place.provider,
        pool: fixture.poolAddress,
        record: recordAddress,
        secrets: { viewingKey: account },
      });
      expectValid(report);
      expect(report.matching!.verdicts).to.deep.equal(whole.matching!.verdicts);
      expect(report.differences).to.be.empty;
      expect(report.owners).to.deep.equal([whole.owners[i]]);
      expect(report.money.balancesNano).to.equal(null);
      expect(report.trades[0]![i === 0 ? "buyer" : "seller"]).to.equal(null);
    }
  });

  it("agrees with a wallet that finds all again from the chain", async () => {
    const follower = new PoolFollower(place.provider, fixture.poolAddress);
    for (const { account, store } of traders) {
      const found = new NoteStore(fixture.poolId, account);
      await follower.feed(found);
      expect(found.balanceNano).to.equal(store.balanceNano);
      expect(found.matches).to.have.length(1);
      expect(found.matches).to.deep.equal(store.matches);
      expect(found.openPlans()).to.be.empty;
    }
    const { root, size, pending } = await fixture.pool.noteTree();
    expect(follower.state.notes.root).to.equal(root);
    expect(BigInt(follower.state.insertedLeaves)).to.equal(size);
    expect(BigInt(follower.state.pendingLeaves)).to.equal(pending);
    expect(follower.state.participants.root).to.equal((await fixture.pool.participantsTree()).root);
    expect(await follower.terms()).to.deep.equal(
      Object.fromEntries(
        Object.entries(POOL_TERMS).map(([name, value]) => [
          name,
          ["toleranceBps", "bondWh", "bondNano"].includes(name) ? BigInt(value) : value,
        ]),
      ),
    );
  });

  it("reads the same from a node's JSON-RPC endpoint as from the chain in the process", async () => {
    const provider = await connectTo(node.url);
    try {
      const [near, far] = [place.provider, provider].map(
        (each) => new PoolFollower(each, fixture.poolAddress),
      );
      await near!.sync();
      await far!.sync();
      expect(far!.logs).to.deep.equal(near!.logs);
      expect(far!.scannedTo).to.equal(near!.scannedTo);
      expect(await far!.terms()).to.deep.equal(await near!.terms());
      expect(await far!.pool()).to.deep.equal(fixture.poolId);
      // At once after a block: what ethers remembers of the last one must not hide it.
      await fixture.networkHelpers.mine();
      await far!.sync();
      expect(far!.scannedTo).to.equal(near!.scannedTo + 1);
    } finally {
      provider.destroy();
    }
  });

  it("wants all keys, and a private market", async () => {
    expect(await rejection(audit([AUDIT_SCALAR]))).to.be.instanceOf(AuditKeyMissingError);
    const pool = fixture.marketAddress.replace(/.$/, (digit) => (digit === "1" ? "2" : "1"));
    const none = auditPool({
      provider: place.provider,
      pool: pool.toLowerCase(),
      secrets: { auditScalars: SCALARS },
    });
    expect(await rejection(none)).to.be.instanceOf(NoPoolEventsError);
  });

  describe("on the command line", () => {
    it("exits with 0 where every figure agrees", async () => {
      const { code, stdout, stderr } = await run("--audit-key-file", ...keyFiles());
      expect({ code, stderr }).to.deep.equal({ code: 0, stderr: "" });
      expect(stdout).to.include(fixture.actors.seller.address);
      expect(stdout.trimEnd().split("\n").at(-1)).to.equal("Clean: every figure agrees.");
      for (const scalar of SCALARS) expect(stdout).to.not.include(scalar.toString());
    });

    it("writes the same with --json", async () => {
      const { code, stdout } = await run("--audit-key-file", ...keyFiles(), "--json");
      expect(code).to.equal(0);
      expect(JSON.parse(stdout)).to.deep.equal(JSON.parse(JSON.stringify(await audit())));
    });

    it("takes the private market of an address book, and says where there is none", async () => {
      const { market, registry, token, forwarder, accessManager, ethers } = fixture;
      const contracts = { market, registry, token, forwarder, accessManager };
      const addresses = Object.fromEntries(
        await Promise.all(
          Object.entries(contracts).map(
            async ([name, contract]) => [name, await contract.getAddress()] as const,
          ),
        ),
      );
      const { chainId } = await ethers.provider.getNetwork();
      const book = {
        version: 1,
        chainId: Number(chainId),
        addresses,
        genesis: fixture.genesis,
        periodLength: fixture.periodLength,
        deploymentBlock: 0,
        sealwattVersion: "0.1.0",
      };
      const privateMarket = {
        pool: fixture.poolAddress,
        matchingRecord: recordAddress,
        deploymentBlock: 1,
      };
      const auditBook = (given: object) =>
        runSealwatt([
          ...["audit", "--rpc", node.url],
          ...["--deployment", secret("book.json", JSON.stringify(given))],
          ...["--audit-key-file", ...keyFiles(), "--json"],
        ]);
      const found = await auditBook({ ...book, privateMarket });
      expect(found.code, found.stderr).to.equal(0);
      const { pool, matching, fromBlock } = JSON.parse(found.stdout) as PoolAuditReport;
      expect([pool, matching?.record, fromBlock]).to.deep.equal([
        fixture.poolAddress,
        recordAddress,
        1,
      ]);
      const none = await auditBook(book);
      expect(none.code).to.equal(2);
      expect(none.stderr).to.include(
        "The address book has no private market. Name one with --pool",
      );
    });

    it("reads with a viewing key, and says that it does not see others", async () => {
      const file = secret("view", formatViewingKey(traders[1]!.account));
      const { code, stdout } = await run("--viewing-key-file", file);
      expect(code).to.equal(0);
      expect(stdout).to.include("what is of others is not seen");
      expect(stdout).to.not.include(fixture.actors.seller.address);
    });

    it("exits with 1 where the chain contradicts itself", async () => {
      const truth = toBeHex(await fixture.token.balanceOf(fixture.poolAddress), 32);
      node.lies.set("eth_call", (result) => (result === truth ? toBeHex(1n, 32) : result));
      try {
        const { code, stdout } = await run("--audit-key-file", ...keyFiles());
        expect(code).to.equal(1);
        expect(stdout).to.include("pool: pool.tokenNano is 1 in the state, computed at least");
        expect(stdout).to.match(/1 difference found\.\n$/);
      } finally {
        node.lies.clear();
      }
    });

    it("exits with 2 and one line on a record without its private market", async () => {
      for (const more of [[], ["--audit-key-file", ...keyFiles()]]) {
        const { code, stdout, stderr } = await runSealwatt([
          ...["audit", "--rpc", node.url, "--record", recordAddress],
          ...more,
        ]);
        expect([code, stdout]).to.deep.equal([2, ""]);
        expect(stderr).to.match(
          /^sealwatt audit: --record is 0x\w{40}, and --pool is missing\. .*\n$/,
        );
      }
    });

    const faults: [string, () => string[], RegExp][] = [
      ["no key", () => [], /none was named\. Name the regulator's --audit-key-file/],
      ["a key that is missing", () => ["--audit-key-file", keyFiles()[0]!], /version 2 is needed/],
      [
        "a key of another pool",
        () => ["--audit-key-file", ...keyFiles(), secret("other", toBeHex(77n, 32))],
        /never had/,
      ],
      [
        "a key that others may read",
        () => ["--audit-key-file", secret("open", toBeHex(77n, 32), 0o644)],
        /open to others/,
      ],
      [
        "a text that is no viewing key",
        () => ["--viewing-key-file", secret("text", "swv1abc")],
        /The viewing key has 7 characters/,
      ],
      [
        "both keys",
        () => ["--viewing-key-file", "a", "--audit-key-file", "b"],
        /cannot be used with option/,
      ],
      ["a period", () => ["--period", "1"], /cannot be used with option/],
    ];
    for (const [condition, args, line] of faults) {
      it(`exits with 2 and one line on ${condition}`, async () => {
        const { code, stdout, stderr } = await run(...args());
        expect([code, stdout]).to.deep.equal([2, ""]);
        expect(stderr).to.match(/^sealwatt audit: .*\n$/);
        expect(stderr).to.match(line);
      });
    }
  });

  it("names what a broken verifier let pass: a note that the regulator cannot read", async () => {
    const snapshot = await fixture.networkHelpers.takeSnapshot();
    prover.meanwhile = ({ circuit, publicSignals }) => {
      // The memo's wrap for the regulator: its owner reads the note all the same.
      if (circuit === "Deposit") (publicSignals as bigint[])[4]! += 1n;
      return Promise.resolve();
    };
    await traders[1]!.deposit(5_000n);
    prover.meanwhile = () => Promise.resolve();
    const report = await audit();
    expect([report.clean, report.notes.unreadable]).to.deep.equal([false, 1]);
    expect(report.differences.map(({ figure }) => figure)).to.deep.equal(["memo", "money"]);
    expectValid(report);
    const { code, stdout } = await run("--audit-key-file", ...keyFiles());
    expect(code).to.equal(1);
    expect(stdout).to.include("1 COULD NOT BE READ");
    await snapshot.restore();
  });
});
