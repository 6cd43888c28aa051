import { Wallet } from "ethers";
import { Log } from "../../../../oracle/operations/log.ts";
import {
  PrivateGatewayService,
  type PrivateGatewayServiceOptions,
} from "../../../../oracle/privateGateway/privateGatewayService.ts";
import { PoolState } from "../../../../sdk/private/chain/poolState.ts";
import {
  GatewayClient,
  type GatewayClientOptions,
} from "../../../../sdk/private/gateway/gatewayClient.ts";
import { ALICE, BOB, POOL } from "../../sdk/private/scene.ts";
import { GATEWAY_ADDRESS, GatewayScene, KEYS } from "../../sdk/private/gateway/gatewayScene.ts";

/** What Alice and Bob have joined with. */
export const ALICE_WALLET = new Wallet(`0x${"a1".repeat(32)}`);
export const BOB_WALLET = new Wallet(`0x${"b0".repeat(32)}`);

/** When periods are, in the fake chain's words: each has 1,000 s, and period 5 begins at 5,000. */
const TERMS = {
  genesis: 0,
  periodLength: 1_000,
  plansLead: 600,
  proposalsLead: 400,
  confirmationTime: 300,
  reportingTime: 1_800,
  toleranceBps: 500n,
  bondWh: 100n,
  bondNano: 1n,
};
/** The latest second at which plans of period 5 can be made. */
export const LAST_PLAN_S = 4_399;

/** The service of a private gateway over HTTP, on a chain that is none. */
export class ServiceScene extends GatewayScene {
  readonly state = new PoolState();
  readonly lines: string[] = [];
  service: PrivateGatewayService | undefined;
  url = "";

  constructor() {
    super();
    this.chain.nowS = LAST_PLAN_S;
    this.state.participants.add(ALICE_WALLET.address, ALICE.owner);
    this.state.participants.add(BOB_WALLET.address, BOB.owner);
    this.state.gateways.set(GATEWAY_ADDRESS, KEYS.tag);
  }

  async serve(options: Partial<PrivateGatewayServiceOptions> = {}): Promise<PrivateGatewayService> {
    const { chain, prover, ledger, state } = this;
    const service = new PrivateGatewayService({
      pool: chain,
      follower: { sync: async () => {}, state, scannedTo: 7 },
      terms: TERMS,
      keys: KEYS,
      ledger,
      meters: chain,
      prover,
      nowS: async () => chain.nowS,
      host: "127.0.0.1",
      port: 0,
      log: new Log({ write: (line) => this.lines.push(line) }),
      version: "0.0.0",
      ...options,
    });
    this.service = service;
    this.url = await service.start();
    return service;
  }

  /** What a seller asks with. */
  client(signer: Wallet, options: Partial<GatewayClientOptions> = {}): GatewayClient {
    const nowS = () => this.chain.nowS;
    return new GatewayClient({
      url: this.url,
      pool: POOL,
      tag: KEYS.tag,
      signer,
      nowS,
      ...options,
    });
  }

  async end(): Promise<void> {
    await this.service?.stop();
    this.remove();
  }
}
