import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { encryptKeystoreJsonSync, Wallet } from "ethers";
import { keysOf } from "../../../scripts/keys/circuitKeys.ts";
import { gatewayKeysOf } from "../../../sdk/private/gateway/gatewayKeys.ts";
import type { PoolId } from "../../../sdk/private/pool.ts";
import { POOL_TERMS } from "../privateMarket.ts";
import { startPrivateChain, type PrivateChain } from "../privateChainClient.ts";
import { RoleProcess } from "./roleProcess.ts";

const PASSWORD = "correct horse";
/** A key that the roles' wallets are made of. */
const keyOf = (role: string) =>
  new Wallet(`0x${Buffer.from(role).toString("hex").padEnd(64, "1")}`);

/** Lengths that leave a slow machine its time, since the chain's clock goes on with the machine's. */
export const TERMS = {
  periodLength: 3_600,
  plansLead: 900,
  proposalsLead: 600,
  confirmationTime: 400,
} as const;
const EPOCH_PERIODS = 4;

/** The chain's times of a period. */
export const timesOf = (period: number) => {
  const startS = POOL_TERMS.genesis + period * TERMS.periodLength;
  return {
    startS,
    plansCloseS: startS - TERMS.plansLead,
    proposalsCloseS: startS - TERMS.proposalsLead,
    endS: startS + TERMS.periodLength,
  };
};

/** A private market on a chain of its own, with all of its roles as processes of the command line. */
export class KilledMarket {
  readonly chain: PrivateChain;
  readonly pool: PoolId;
  readonly folder: string;
  readonly wallets = {
    matcher: keyOf("matcher"),
    keyHolder: keyOf("keyholder"),
    gateway: keyOf("gateway"),
  };
  readonly gatewayKeys = gatewayKeysOf(this.wallets.gateway.privateKey);
  readonly matcher: RoleProcess;
  readonly keyHolder: RoleProcess;
  readonly gateway: RoleProcess;

  static async start(participants: number): Promise<KilledMarket> {
    await keysOf("Generation");
    const folder = mkdtempSync(path.join(tmpdir(), "sealwatt-"));
    const gateway = keyOf("gateway");
    const chain = await startPrivateChain({
      participants,
      isProven: false,
      wealthNano: String(10n ** 13n),
      proven: ["Generation"],
      periodLength: TERMS.periodLength,
      terms: TERMS,
      services: {
        keyHolder: keyOf("keyholder").address,
        gateway: gateway.address,
        gatewayTag: gatewayKeysOf(gateway.privateKey).tag.toString(),
      },
    });
    // A chain that stands still tells no time.
    await chain.provider.send("evm_setIntervalMining", [1_000]);
    const market = new KilledMarket(chain, folder);
    const { keyHolder, matcher, gateway: gatewayRole } = market;
    // Where each serves the others know when it does.
    await market.#begin(keyHolder);
    matcher.options.args.push("--key-holder", keyHolder.url);
    await market.#begin(matcher);
    const address = market.wallets.keyHolder.address;
    gatewayRole.options.args.push("--matcher", matcher.url, "--key-holder-address", address);
    await market.#begin(gatewayRole);
    return market;
  }

  private constructor(chain: PrivateChain, folder: string) {
    this.chain = chain;
    this.folder = folder;
    this.pool = { chainId: BigInt(chain.chainId), pool: chain.pool };
    const { matcher, keyHolder } = this.wallets;
    this.matcher = this.#role("matcher", [
      ...["--key-holder-address", keyHolder.address, "--threads", "1"],
    ]);
    this.keyHolder = this.#role("keyholder", [
      ...["--matcher", matcher.address, "--epoch-periods", String(EPOCH_PERIODS)],
    ]);
    this.gateway = this.#role("private-gateway", [
      ...["--metered-by", chain.gateway, "--confirmations", "0"],
    ]);
  }

  get roles(): readonly RoleProcess[] {
    return [this.keyHolder, this.matcher, this.gateway];
  }

  /** Where a role keeps what it must not forget. */
  dataOf(role: RoleProcess): string {
    return path.join(this.folder, role.name);
  }

  async goTo(timeS: number): Promise<void> {
    const block = await this.chain.provider.getBlock("latest");
    if (block!.timestamp < timeS) await this.chain.goTo(timeS);
  }

  async stop(): Promise<void> {
    for (const role of [...this.roles].reverse()) await role.stop();
    await this.chain.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #begin(role: RoleProcess): Promise<void> {
    await role.start();
    if (role.failures.length === 0) return;
    await this.stop();
    throw new Error(role.failures.join("\n"));
  }

  #role(name: string, args: readonly string[]): RoleProcess {
    const key = name === "keyholder" ? "keyHolder" : name === "matcher" ? "matcher" : "gateway";
    const { address, privateKey } = this.wallets[key];
    const keystore = path.join(this.folder, `${name}.json`);
    const data = path.join(this.folder, name);
    mkdirSync(data, { mode: 0o700 });
    const json = encryptKeystoreJsonSync({ address, privateKey }, PASSWORD, {
      scrypt: { N: 1024 },
    });
    writeFileSync(keystore, json);
    const { url, pool, record } = this.chain;
    const place = ["--rpc", url, "--pool", pool, "--record", record];
    return new RoleProcess({
      name,
      args: [name, ...place, "--keystore", keystore, "--data", data, ...args],
      password: PASSWORD,
    });
  }
}
