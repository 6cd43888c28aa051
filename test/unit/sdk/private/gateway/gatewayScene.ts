import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { gatewayKeysOf } from "../../../../../sdk/private/gateway/gatewayKeys.ts";
import type { GatewayPool, MeterBook } from "../../../../../sdk/private/gateway/gatewayPool.ts";
import { PrivateGateway } from "../../../../../sdk/private/gateway/privateGateway.ts";
import { VouchLedger } from "../../../../../sdk/private/gateway/vouchLedger.ts";
import {
  attributesOf,
  commitmentOf,
  type MatchNote,
  type PlanNote,
} from "../../../../../sdk/private/notes.ts";
import type { ProofRequest } from "../../../../../sdk/private/proofs/proofRequest.ts";
import type { ProvedRequest, Prover } from "../../../../../sdk/private/prover/prover.ts";
import { ALICE, AUDIT_KEY, POOL } from "../scene.ts";

export const GATEWAY_KEY = `0x${"11".repeat(32)}`;
export const KEYS = gatewayKeysOf(GATEWAY_KEY);
export const GATEWAY_ADDRESS = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
export const PERIOD = 5n;
export const PERIOD_END_S = 6_000;
/** Alice's account number. */
export const PARTICIPANT = 3;

/** What the chain holds, and keeps over restarts of the gateway. */
export class FakeChain implements GatewayPool, MeterBook {
  readonly id = POOL;
  readonly gatewayAddress = GATEWAY_ADDRESS;
  readonly auditKey = AUDIT_KEY;
  readonly matches = new Map<
    bigint,
    { state: "proposed" | "agreed" | "lapsed"; period: bigint; sellPlan: bigint }
  >();
  readonly notes = new Set<bigint>();
  readonly participants = new Map([[ALICE.owner, PARTICIPANT]]);
  readonly metered = new Map<number, number>();
  capacity = 1_000;
  nowS = 5_000;
  /** What the next transaction comes to. */
  onSend: "taken" | "lost" | "taken and silent" = "taken";

  async sync(): Promise<void> {}

  endOfPeriod(period: bigint): number {
    return Number(period + 1n) * 1_000;
  }

  hasNote(commitment: bigint): boolean {
    return this.notes.has(commitment);
  }

  async issueGeneration({ signals }: Pick<ProvedRequest, "signals">): Promise<void> {
    if (this.onSend !== "lost") this.notes.add(signals[0]!);
    if (this.onSend !== "taken") throw new Error("The node does not answer.");
  }

  async participantOf(owner: bigint): Promise<number | undefined> {
    return this.participants.get(owner);
  }

  async capacityWh(): Promise<number> {
    return this.capacity;
  }

  async meteredWh(participant: number): Promise<number | undefined> {
    return this.metered.get(participant);
  }

  /** A match that both sides have confirmed. */
  agree(plan: PlanNote, energyWh: bigint): MatchNote {
    const sellPlan = commitmentOf(plan);
    const salt = BigInt(this.matches.size + 1);
    const terms = { sellPlan, buyPlan: 99n, energyWh, priceMicroPerKwh: 150_000n };
    const match: MatchNote = { kind: "match", ...terms, salt };
    this.matches.set(commitmentOf(match), { state: "agreed", period: plan.period, sellPlan });
    return match;
  }
}

let lastSalt = 80_000n;

/** A sell plan of Alice's. */
export function sellPlan(gateway = KEYS.tag, features = 0n): PlanNote {
  return {
    kind: "plan",
    owner: ALICE.owner,
    side: "sell",
    period: PERIOD,
    energyWh: 1_000n,
    priceMicroPerKwh: 100_000n,
    attributes: attributesOf(gateway, features),
    salt: ++lastSalt,
  };
}

/** Proofs are another test's. */
export class FakeProver implements Prover {
  proofs = 0;
  /** What happens while a proof is made. */
  meanwhile: () => Promise<void> = async () => {};

  async prove(request: ProofRequest): Promise<ProvedRequest> {
    await this.meanwhile();
    this.proofs++;
    return {
      points: [0n, 0n, 0n, 0n, 0n, 0n, 0n, 0n],
      signals: request.publicSignals,
      request,
    };
  }

  async close(): Promise<void> {}
}

/** A gateway that can be killed and started again. */
export class GatewayScene {
  readonly chain = new FakeChain();
  readonly prover = new FakeProver();
  readonly directory = mkdtempSync(path.join(tmpdir(), "sealwatt-"));
  readonly ledgerPath = path.join(this.directory, "vouch.db");
  #ledger = this.#open();
  gateway = this.#make();

  get ledger(): VouchLedger {
    return this.#ledger;
  }

  #open(): VouchLedger {
    return VouchLedger.open(this.ledgerPath, { pool: POOL, tag: KEYS.tag });
  }

  #make(): PrivateGateway {
    const { chain, prover } = this;
    const nowS = () => chain.nowS;
    return new PrivateGateway({
      pool: chain,
      keys: KEYS,
      ledger: this.#ledger,
      meters: chain,
      prover,
      nowS,
    });
  }

  async restart(): Promise<void> {
    this.#ledger.close();
    this.#ledger = this.#open();
    this.gateway = this.#make();
    await this.gateway.start();
  }

  /** Alice gets energy, so that the gateway knows behind which meter she is. */
  async issue(energyWh = 1_000n, request?: string): Promise<bigint> {
    return this.gateway.issueGeneration({ to: ALICE, period: PERIOD, energyWh }, request);
  }

  /** The period is over, and so much was fed in. */
  meter(energyWh: number): void {
    this.chain.nowS = PERIOD_END_S;
    this.chain.metered.set(PARTICIPANT, energyWh);
  }

  remove(): void {
    this.#ledger.close();
    rmSync(this.directory, { recursive: true });
  }
}
