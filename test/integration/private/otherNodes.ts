import { expect } from "chai";
import {
  Contract,
  ContractFactory,
  JsonRpcProvider,
  keccak256,
  toBeHex,
  type Addressable,
  type ContractTransactionResponse,
} from "ethers";
import hre from "hardhat";
import { keysOf } from "../../../scripts/keys/circuitKeys.ts";
import { developmentVerifierKeys } from "../../../scripts/keys/verifierKeys.ts";
import { auditPool } from "../../../sdk/private/audit/auditPool.ts";
import { auditKeyOf } from "../../../sdk/private/auditKey.ts";
import { PoolFollower } from "../../../sdk/private/chain/poolFollower.ts";
import { accountOfSeed } from "../../../sdk/private/keys.ts";
import type { CreditNote } from "../../../sdk/private/notes.ts";
import { buildDepositInputs } from "../../../sdk/private/proofs/deposit.ts";
import type { ProofRequest } from "../../../sdk/private/proofs/proofRequest.ts";
import { buildWithdrawInputs } from "../../../sdk/private/proofs/withdraw.ts";
import { nodeProver } from "../../../sdk/private/prover/nodeProver.ts";
import { findProgram, startAnvil, startGeth, type ChainNode } from "../../helpers/chainNodes.ts";
import { AUDIT_SCALAR, POOL_TERMS } from "../../helpers/privateMarket.ts";

const CIRCUITS = 13;
const WEALTH_NANO = 1_000_000n;

/** Nodes with another virtual machine, and other precompiled contracts, than the one that all else is tested on. */
const NODES = [
  { name: "geth", start: startGeth },
  {
    name: "anvil",
    start: async (program: string): Promise<ChainNode> => {
      const node = await startAnvil(program);
      await node.request("evm_setAutomine", [true]);
      return node;
    },
  },
] as const;

for (const { name, start } of NODES) {
  // geth seals a block a second.
  const mark = name === "geth" ? " @long" : "";
  describe(`a private market on ${name}${mark}`, function () {
    this.timeout(180_000);
    const prover = nodeProver((circuit) => keysOf(circuit));
    let node: ChainNode | undefined;
    let provider: JsonRpcProvider;

    before(async function () {
      const program = findProgram(name);
      if (program === undefined) {
        console.log(`      SKIPPED: there is no ${name} on this machine`);
        this.skip();
      }
      node = await start(program);
      provider = new JsonRpcProvider(node.url, undefined, {
        pollingInterval: 100,
        cacheTimeout: -1,
      });
    });

    after(async () => {
      await prover.close();
      if (node === undefined) return;
      provider.destroy();
      await node.stop();
    });

    it("takes money in and pays it out by real proofs, and is audited", async () => {
      const { ethers } = await hre.network.getOrCreate();
      const signer = await provider.getSigner(0);
      const deploy = async (
        contract: string,
        args: readonly unknown[],
        libraries: Record<string, Addressable> = {},
      ) => {
        const { interface: abi, bytecode } = await ethers.getContractFactory(contract, {
          libraries,
        });
        const deployed = await new ContractFactory(abi, bytecode, signer).deploy(...args);
        await deployed.waitForDeployment();
        return new Contract(await deployed.getAddress(), abi, signer);
      };
      const call = async (contract: Contract, verb: string, ...args: unknown[]) => {
        const sent = (await contract.getFunction(verb)(...args)) as ContractTransactionResponse;
        return (await sent.wait())!;
      };
      const prove = async (request: ProofRequest) => {
        const { points, signals } = await prover.prove(request);
        return { points: [...points], signals: [...signals] };
      };

      const accessManager = await deploy("AccessManager", [signer.address]);
      const token = await deploy("CommunityCurrency", ["Community Euro", "cEUR", accessManager]);
      const verifiers: unknown[] = Array(CIRCUITS + 1).fill(ethers.ZeroAddress);
      for (const { id, key } of await developmentVerifierKeys()) {
        verifiers[id] = await deploy("Groth16Verifier", [key]);
      }
      const pool = await deploy(
        "PrivateMarket",
        [{ accessManager, market: token, token, verifiers, terms: POOL_TERMS }],
        { PoseidonT3: await deploy("PoseidonT3", []) },
      );
      const { key: auditKey, eighth } = auditKeyOf(AUDIT_SCALAR);
      await call(pool, "setAuditKey", [...auditKey], [...eighth]);
      await call(token, "mint", signer.address, WEALTH_NANO);
      await call(token, "approve", pool, WEALTH_NANO);

      const address = await pool.getAddress();
      const { chainId } = await provider.getNetwork();
      const deadlineS = BigInt((await provider.getBlock("latest"))!.timestamp + 3_600);
      const setting = { pool: { chainId, pool: address }, deadlineS, auditKey };
      const account = accountOfSeed(Buffer.from(keccak256(toBeHex(78, 32)).slice(2), "hex"));
      const depositing = buildDepositInputs(setting, {
        to: account,
        amountNano: 1_000n,
        payer: signer.address,
      });
      await call(pool, "deposit", await prove(depositing), deadlineS);
      const { blockNumber } = await call(pool, "insertLeaves", 1);

      const follower = new PoolFollower(provider, address);
      await follower.sync(blockNumber);
      const recipient = "0x00000000000000000000000000000000000000a1";
      const withdrawing = buildWithdrawInputs(account, setting, {
        from: { note: depositing.created[0]!.note as CreditNote, path: follower.pathOf(0) },
        amountNano: 400n,
        recipient,
        relayer: signer.address,
        feeNano: 25n,
      });
      const withdrawal = await prove(withdrawing);
      const terms = [deadlineS, recipient, signer.address, 25] as const;
      const forged = { ...withdrawal, signals: withdrawal.signals.with(0, 5n) };
      const refusal = await call(pool, "withdraw", forged, ...terms).catch(
        (error: unknown) => error,
      );
      const { data } = refusal as { data: string };
      expect(pool.interface.parseError(data)?.name).to.equal("InvalidProof");
      const paid = await call(pool, "withdraw", withdrawal, ...terms);
      expect(await token.getFunction("balanceOf")(recipient)).to.equal(375n);
      expect(await token.getFunction("balanceOf")(pool)).to.equal(600n);

      const report = await auditPool({
        provider,
        pool: address,
        secrets: { auditScalars: [AUDIT_SCALAR] },
        toBlock: paid.blockNumber,
      });
      expect(report.differences).to.deep.equal([]);
    });
  });
}
