import type { MarketReads } from "../../sdk/clients/marketReads.ts";
import { toRevertError } from "../../sdk/clients/revertError.ts";
import type { OracleConfig } from "../config/config.ts";
import { loadGatewayKey } from "../keys/gatewayKey.ts";
import { redactor } from "../operations/redact.ts";
import { GatewayStore } from "../store/gatewayStore.ts";
import type { StoredOffset } from "../store/offsets.ts";
import { checkAccount, checkClock } from "./checkAccount.ts";
import { checkBroker } from "./checkBroker.ts";
import { checkHttp } from "./checkHttp.ts";
import { checkMeters } from "./checkMeters.ts";
import { checkNodes } from "./checkNodes.ts";
import { checkStore } from "./checkStore.ts";
import { failed, good, type Finding } from "./finding.ts";

export interface GatewayChecks {
  /** Whether the meters' devices are read. */
  isOnline: boolean;
  signal: AbortSignal;
  /** Whether this gateway answers at its own address for status. */
  isServing: (gateway: string | undefined) => Promise<boolean>;
}

/** Checks everything that a configuration names, as far as that can be done without changing anything. */
export async function checkGateway(
  config: OracleConfig,
  { isOnline, signal, isServing }: GatewayChecks,
): Promise<{ gateway: string | undefined; findings: Finding[] }> {
  const { gateway, finding } = await checkKey(config);
  const store = checkStore(config.store.path, config.market);
  const { findings: nodes, reads } = await checkNodes(config.market);
  const { http, mqtt } = config;
  const findings = [
    finding,
    store,
    ...(http === undefined ? [] : [await checkHttp(http, () => isServing(gateway))]),
    ...(mqtt === undefined ? [] : [await checkBroker(mqtt)]),
    ...nodes,
    ...(reads === undefined ? [] : await checkChain(gateway, config, reads)),
    ...(await checkMeters({
      config,
      gateway,
      reads,
      isOnline,
      offsetOf: store.ok ? offsetsOf(config.store.path) : () => undefined,
      signal,
    })),
  ];
  const login = mqtt === undefined ? [] : [mqtt.url, ...(mqtt.password ? [mqtt.password] : [])];
  const redact = redactor([...config.market.rpc, ...login]);
  return {
    gateway,
    findings: findings.map(({ finding, remedy, ...rest }) => ({
      ...rest,
      finding: redact(finding),
      remedy: remedy === undefined ? undefined : redact(remedy),
    })),
  };
}

async function checkKey({
  key,
}: OracleConfig): Promise<{ gateway: string | undefined; finding: Finding }> {
  const place = { what: "key", where: key.path };
  try {
    const { address } = await loadGatewayKey(key);
    return { gateway: address, finding: good(place, `gateway ${address}`) };
  } catch (error) {
    return { gateway: undefined, finding: failed(place, error) };
  }
}

async function checkChain(
  gateway: string | undefined,
  { sending }: OracleConfig,
  reads: MarketReads,
): Promise<Finding[]> {
  try {
    return [
      ...(gateway === undefined ? [] : [await checkAccount(gateway, sending.maxFeePerGas, reads)]),
      await checkClock(reads),
    ];
  } catch (error) {
    return [failed({ what: "chain", where: reads.addresses.market }, toRevertError(error))];
  }
}

function offsetsOf(
  path: string,
): (participant: number, meterId: number) => StoredOffset | undefined {
  return (participant, meterId) => {
    let store: GatewayStore;
    try {
      store = GatewayStore.openReadOnly(path);
    } catch {
      // Not made yet.
      return undefined;
    }
    try {
      return store.offsets.of(participant, meterId);
    } finally {
      store.close();
    }
  };
}
