import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { getAddress, toQuantity, zeroPadValue } from "ethers";
import type { Binding } from "../../../../oracle/daemon/chainFollower.ts";
import { bindingMemory, connectMarket } from "../../../../oracle/daemon/connectMarket.ts";
import { Log } from "../../../../oracle/operations/log.ts";
import { textLine } from "../../../../oracle/operations/logLine.ts";
import { Endpoints } from "../../../../oracle/sending/endpoints.ts";
import { GatewayStore } from "../../../../oracle/store/gatewayStore.ts";
import { marketInterface } from "../../../../sdk/clients/contractHandle.ts";
import { machineTime } from "../../../../sdk/clock.ts";
import { rejection } from "../../../helpers/rejection.ts";

const MARKET = getAddress(zeroPadValue("0x11", 20));
const REGISTRY = getAddress(zeroPadValue("0x22", 20));
const TOKEN = getAddress(zeroPadValue("0x33", 20));

describe("connectMarket", () => {
  let folder: string;
  let store: GatewayStore;
  let log: string[];
  /** What the node answers; undefined where it does not. */
  let node: { chainId: number; code: string } | undefined;

  const values: Record<string, unknown> = {
    genesis: 1_000,
    periodLength: 900,
    settlementToken: TOKEN,
  };
  const request = async (method: string, params: readonly unknown[]): Promise<unknown> => {
    if (node === undefined) throw new Error("connection refused");
    if (method === "eth_chainId") return toQuantity(node.chainId);
    if (method === "eth_getCode") return node.code;
    const [{ data }] = params as [{ data: string }];
    const { name } = marketInterface.getFunction(data.slice(0, 10))!;
    return marketInterface.encodeFunctionResult(name, [values[name]]);
  };
  const connect = ({ market = MARKET, signal = new AbortController().signal } = {}) =>
    connectMarket(
      { market, registry: REGISTRY, chainId: 1n, rpc: [] },
      new Endpoints({
        ...{ nodes: [{ name: "node", request }], chainId: 1, clock: machineTime },
        firstBackOffS: 0.01,
      }),
      store,
      new Log({ write: (line) => log.push(line), format: textLine }),
      signal,
    );

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "sealwatt-connect-"));
    store = GatewayStore.open(join(folder, "oracle.db"), { chainId: 1n, market: MARKET });
    [node, log] = [{ chainId: 1, code: "0x01" }, []];
  });

  afterEach(() => {
    store.close();
    rmSync(folder, { recursive: true });
  });

  it("asks the chain, and remembers for a start while no node answers [M11]", async () => {
    const { constants, addresses } = await connect();
    expect(constants).to.include({ chainId: 1n, genesis: 1_000, periodLength: 900 });
    expect(addresses).to.deep.equal({ market: MARKET, registry: REGISTRY, token: TOKEN });
    node = undefined;
    const again = await connect();
    expect(again.constants).to.deep.equal(constants);
    expect(again.addresses).to.deep.equal(addresses);
    expect(log.join()).to.contain("no node answers");
  });

  it("takes nothing of another market for this one's, but waits for a node", async () => {
    await connect();
    node = undefined;
    const other = connect({ market: REGISTRY });
    await new Promise((resolve) => setTimeout(resolve, 20));
    node = { chainId: 1, code: "0x01" };
    expect((await other).addresses.market).to.equal(REGISTRY);
  });

  it("waits no longer where it is told to stop", async () => {
    node = undefined;
    const stop = new AbortController();
    const connecting = connect({ signal: stop.signal });
    stop.abort(new Error("stop"));
    await rejection(connecting);
  });

  it("refuses another chain, and an address without a market, whatever it remembers", async () => {
    await connect();
    node = { chainId: 2, code: "0x01" };
    expect((await rejection(connect())).name).to.equal("WrongChainError");
    node = { chainId: 1, code: "0x" };
    expect((await rejection(connect())).name).to.equal("NoMarketError");
  });

  it("remembers bindings as they are", () => {
    const memory = bindingMemory(store);
    expect(memory.recall()).to.deep.equal([]);
    const binding: Binding = {
      ...{ participant: 2, serial: "12345", boundAtS: 5, gateway: TOKEN, ratedPowerW: 4_000 },
      ...{ meterId: 7, boundIn: 1, importWh: 2n ** 47n, exportWh: 0n },
      ...{ importDeltaWh: 3n, exportDeltaWh: 4n, period: 9, hasReading: true },
    };
    memory.remember([binding]);
    expect(bindingMemory(store).recall()).to.deep.equal([binding]);
  });
});
