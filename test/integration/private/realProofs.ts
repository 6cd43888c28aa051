import { expect } from "chai";
import { keccak256, toBeHex } from "ethers";
import PrivateMarket from "../../../ignition/modules/PrivateMarket.ts";
import { keysOf } from "../../../scripts/keys/circuitKeys.ts";
import { developmentVerifierKeys, verifierParameters } from "../../../scripts/keys/verifierKeys.ts";
import { auditKeyOf } from "../../../sdk/private/auditKey.ts";
import { accountOfSeed } from "../../../sdk/private/keys.ts";
import { MerkleTree, NOTE_TREE_DEPTH } from "../../../sdk/private/merkleTree.ts";
import type { CreditNote } from "../../../sdk/private/notes.ts";
import { buildDepositInputs } from "../../../sdk/private/proofs/deposit.ts";
import { buildParticipantInputs } from "../../../sdk/private/proofs/participant.ts";
import type { ProofRequest, ProofSetting } from "../../../sdk/private/proofs/proofRequest.ts";
import { buildWithdrawInputs } from "../../../sdk/private/proofs/withdraw.ts";
import { nodeProver } from "../../../sdk/private/prover/nodeProver.ts";
import { join } from "../../helpers/market.ts";
import { AUDIT_SCALAR, POOL_TERMS } from "../../helpers/privateMarket.ts";
import { DEADLINE, type ProofArgument } from "../../helpers/privateVerbs.ts";
import { expectRefusal } from "../../helpers/refusal.ts";
import { stage } from "../../helpers/stage.ts";
import { sent } from "../../helpers/verbs.ts";

/** The bound for a withdrawal with all that belongs to it. */
const MAX_WITHDRAWAL_GAS = 450_000n;

describe("a private market with real verifiers", function () {
  this.timeout(120_000);
  const prover = nodeProver((circuit) => keysOf(circuit));
  after(() => prover.close());

  const scene = stage(async (fixture) => {
    const { ethers, accessManager, actors, market, marketAddress, token } = fixture;
    const [matcher, payer] = actors.people as [typeof actors.admin, typeof actors.admin];
    const { pool: deployed } = await fixture.connection.ignition.deploy(PrivateMarket, {
      defaultSender: actors.admin.address,
      parameters: {
        PrivateMarket: {
          accessManager: await accessManager.getAddress(),
          market: marketAddress,
          token: await token.getAddress(),
          matcher: matcher.address,
          keyHolder: matcher.address,
          terms: POOL_TERMS,
          ...verifierParameters(await developmentVerifierKeys()),
        },
      },
    });
    const address = await deployed.getAddress();
    const pool = await ethers.getContractAt("PrivateMarket", address);
    const { key: auditKey, eighth } = auditKeyOf(AUDIT_SCALAR);
    await pool.connect(actors.regulator).setAuditKey([...auditKey], [...eighth]);
    await token.connect(actors.treasurer).mint(payer.address, 1_000_000);
    await token.connect(payer).approve(address, 1_000_000);
    if ((await market.participantOf(payer.address)) === 0n) {
      await join(fixture, payer, { depositNano: 0n });
    }
    const { chainId } = await ethers.provider.getNetwork();
    const setting: ProofSetting = {
      pool: { chainId, pool: address },
      deadlineS: DEADLINE,
      auditKey,
    };
    const account = accountOfSeed(Buffer.from(keccak256(toBeHex(77, 32)).slice(2), "hex"));
    return { pool, matcher, payer, setting, account };
  });

  async function prove(request: ProofRequest): Promise<ProofArgument> {
    const { points, signals } = await prover.prove(request);
    return { points: [...points] as ProofArgument["points"], signals: [...signals] };
  }

  it("gives each role its functions", async () => {
    const { pool, accessManager, actors, matcher } = scene;
    const { operator, regulator, stranger } = actors;
    const rights = [
      ["proposeMatches", matcher],
      ["expel", operator],
      ["setGateway", operator],
      ["setAuditKey", regulator],
    ] as const;
    for (const [name, holder] of rights) {
      const { selector } = pool.interface.getFunction(name);
      for (const one of [matcher, operator, regulator, stranger, actors.deployer]) {
        const [may] = await accessManager.canCall(one.address, await pool.getAddress(), selector);
        expect(may, `${name} by ${one.address}`).to.equal(one === holder);
      }
    }
  });

  it("takes a participant's, a deposit's and a withdrawal's proof, and nothing forged of them", async () => {
    const { pool, token, actors, payer, setting, account } = scene;
    const { stranger, agent: relayer } = actors;

    const joining = await prove(
      buildParticipantInputs(account, setting, { participant: payer.address }),
    );
    await expect(pool.connect(payer).join(joining, DEADLINE))
      .to.emit(pool, "ParticipantJoined")
      .withArgs(payer.address, account.owner, 0, account.owner);

    const depositing = buildDepositInputs(setting, {
      to: account,
      amountNano: 1_000n,
      payer: payer.address,
    });
    const deposit = await prove(depositing);
    const dearer = { ...deposit, signals: deposit.signals.with(5, 1_001n) };
    await expectRefusal(pool.connect(payer).deposit(dearer, DEADLINE), pool, "InvalidProof", 1);
    await pool.connect(payer).deposit(deposit, DEADLINE);
    await pool.insertLeaves(1);

    const { note, commitment } = depositing.created[0]!;
    const path = new MerkleTree(NOTE_TREE_DEPTH, [commitment]).pathOf(0);
    const withdrawal = await prove(
      buildWithdrawInputs(account, setting, {
        from: { note: note as CreditNote, path },
        amountNano: 400n,
        recipient: stranger.address,
        relayer: relayer.address,
        feeNano: 25n,
      }),
    );
    const withdraw = (proof: ProofArgument) =>
      pool.connect(relayer).withdraw(proof, DEADLINE, stranger.address, relayer.address, 25);
    const dearerStill = { ...withdrawal, signals: withdrawal.signals.with(9, 401n) };
    await expectRefusal(withdraw(dearerStill), pool, "InvalidProof", 3);
    const otherNullifier = { ...withdrawal, signals: withdrawal.signals.with(0, 5n) };
    await expectRefusal(withdraw(otherNullifier), pool, "InvalidProof", 3);

    const call = withdraw(withdrawal);
    await expect(call).to.changeTokenBalances(
      scene.ethers,
      token,
      [pool, stranger, relayer],
      [-400, 375, 25],
    );
    await expectRefusal(withdraw(withdrawal), pool, "NullifierSpentBefore", withdrawal.signals[0]);
    expect((await sent(call)).gasUsed).to.be.lessThan(MAX_WITHDRAWAL_GAS);
  });
});
