import { Interface, type Provider } from "ethers";
import { ACCESS_MANAGER_ABI } from "../../../sdk/abi/accessManager.ts";
import { readView } from "../../../sdk/clients/contractHandle.ts";
import type { ContractRevertedError } from "../../../sdk/clients/revertError.ts";
import { poolInterface } from "../../../sdk/private/chain/poolInterface.ts";
import { matchingRecordInterface } from "../../../sdk/private/epochs/matchingRecordInterface.ts";
import type { Log } from "../../operations/log.ts";

/** A role of the key holder's account, by whose contract asks for it. */
export type KeyHolderRole = "pool" | "record";

/** A role in words, for the log and for everybody. */
export const ROLE_NAMES: Record<KeyHolderRole, string> = {
  pool: "the pool's matcher role",
  record: "the record's key holder role",
};

const NEEDED = {
  pool: { contract: poolInterface, functions: ["proposeMatches"] },
  record: {
    contract: matchingRecordInterface,
    functions: ["announceEpoch", "logOpening", "recordVerdicts"],
  },
} as const;

const accessManager = new Interface(ACCESS_MANAGER_ABI);

/** What it cannot do without a role. */
const EFFECTS: Record<KeyHolderRole, string> = {
  pool: "No match is proposed; what was formed waits.",
  record: "No epoch is announced, no round is opened, and no verdict recorded.",
};
const REMEDY = "Have the access manager's administrator grant it, without a delay.";

/** Roles are seldom taken away: as long as none is missing it is looked so often. */
const LOOK_AGAIN_MS = 10_000;

export interface RolesOptions {
  provider: Provider;
  /** Whose roles they are. */
  account: string;
  /** The contracts' addresses. */
  addresses: Record<KeyHolderRole, string>;
  log: Log;
}

/**
 * Whether the key holder's account may do on chain what it is for: roles can be granted, and taken away, while it runs. A
 * missing one ends nothing, and is said.
 */
export class KeyHolderRoles {
  readonly #options: RolesOptions;
  #missing: readonly KeyHolderRole[] = [];
  #lookedAtMs = -Infinity;

  constructor(options: RolesOptions) {
    this.#options = options;
  }

  /** As it was looked last. */
  get missing(): readonly KeyHolderRole[] {
    return this.#missing;
  }

  /** Looks again, where that is due. @throws what the provider throws */
  async refresh(): Promise<void> {
    const isDue = performance.now() - this.#lookedAtMs > LOOK_AGAIN_MS;
    if (isDue || this.#missing.length > 0) await this.look();
  }

  /** @throws what the provider throws */
  async look(): Promise<void> {
    const roles = ["pool", "record"] as const;
    const held = await Promise.all(roles.map((role) => this.#isHeld(role)));
    const before = this.#missing;
    this.#missing = roles.filter((_, i) => !held[i]);
    this.#lookedAtMs = performance.now();
    this.#say(before);
  }

  #say(before: readonly KeyHolderRole[]): void {
    const { account, log } = this.#options;
    for (const role of this.#missing) {
      if (before.includes(role)) continue;
      const fields = { account, role: ROLE_NAMES[role], effect: EFFECTS[role], remedy: REMEDY };
      log.warn("A role is missing.", fields);
    }
    for (const role of before) {
      if (!this.#missing.includes(role))
        log.info("A role was granted.", { account, role: ROLE_NAMES[role] });
    }
  }

  /** A role with a delay is of no use to a service: what it does is announced nowhere. */
  async #isHeld(role: KeyHolderRole): Promise<boolean> {
    const { provider, account, addresses } = this.#options;
    const { contract, functions } = NEEDED[role];
    const [authority] = await readView(provider, addresses[role], contract, "authority");
    const manager = authority as string;
    const may = await Promise.all(
      functions.map(async (name) => {
        const { selector } = contract.getFunction(name)!;
        const args = [account, addresses[role], selector];
        const [immediate] = await readView(provider, manager, accessManager, "canCall", args);
        return immediate as boolean;
      }),
    );
    return may.every(Boolean);
  }
}

/** Whether a contract refused who called, and not what was called for. */
export function refusesCaller({ reason }: ContractRevertedError): boolean {
  return reason.name.startsWith("AccessManage");
}
