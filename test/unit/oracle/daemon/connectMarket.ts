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
import { RpcError } from "../../../../oracle/sending/rpc.ts";
import { GatewayStore } from "../../../../oracle/store/gatewayStore.ts";
import { marketInterface } from "../../../../sdk/clients/contractHandle.ts";
import { machineTime } from "../../../../sdk/clock.ts";
import { BaseError } from "../../../../sdk/errors.ts";
import { rejection } from "../../../helpers/rejection.ts";

const MARKET = getAddress(zeroPadValue("0x11", 20));
const REGISTRY = getAddress(zeroPadValue("0x22", 20));
const limited = new RpcError(-32_005, "rate limit exceeded");

interface Answers {
  chainId: number;
  code: string;
  /** In place of what it should answer, by method. */
  answers?: Record<string, unknown>;
}

type Asked = [method: string, params: readonly unknown[]];

const TOKEN = getAddress(zeroPadValue("0x33", 20));

describe("connectMarket", () => {
  let folder: string;
  let store: GatewayStore;
  let log: string[];
  /** What the node answers; undefined where it does not. */
  let node: Answers | undefined;
  /** The same of a second node, where there is one. */
  let other: Answers | undefined;

  const values: Record<string, unknown> = {
    genesis: 1_000,
    periodLength: 900,
    settlementToken: TOKEN,
  };
  const answerOf = (asked: Answers | undefined, method: string, params: readonly unknown[]) => {
    if (asked === undefined) throw new Error("connection refused");
    const { answers = {}, chainId, code } = asked;
    if (answers[method] instanceof RpcError) throw answers[method];
    if (method in answers) return answers[method];
    if (method === "eth_chainId") return toQuantity(chainId);
    if (method === "eth_getCode") return code;
    const [{ data }] = params as [{ data: string }];
    const { name } = marketInterface.getFunction(data.slice(0, 10))!;
    return marketInterface.encodeFunctionResult(name, [values[name]]);
  };
  const nodes = () => [
    { name: "node", request: async (...asked: Asked) => answerOf(node, ...asked) },
    ...(other === undefined
      ? []
      : [{ name: "other", request: async (...asked: Asked) => answerOf(other, ...asked) }]),
  ];
  const connect = ({
    market = MARKET,
    signal = new AbortController().signal,
    believedAfterMs = 60_000,
  } = {}) =>
    connectMarket(
      { market, registry: REGISTRY, chainId: 1n, rpc: [] },
      new Endpoints({
        ...{ nodes: nodes(), chainId: 1, clock: machineTime },
        firstBackOffS: 0.01,
      }),
      store,
      new Log({ write: (line) => log.push(line), format: textLine }),
      signal,
      believedAfterMs,
    );

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "sealwatt-connect-"));
    store = GatewayStore.open(join(folder, "oracle.db"), { chainId: 1n, market: MARKET });
    [node, other, log] = [{ chainId: 1, code: "0x01" }, undefined, []];
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
    expect(log.join()).to.contain("no node tells of the market");
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

  /** What nodes say that cannot tell of the market, by method. */
  const faults: Record<string, Record<string, unknown>> = {
    "is on another chain": { eth_chainId: "0x2" },
    "has no code there": { eth_getCode: "0x" },
    "answers null for the code": { eth_getCode: null },
    "refuses to give the code": { eth_getCode: limited },
    "refuses calls": { eth_call: limited },
    "has lost its state": { eth_call: new RpcError(-32_000, "missing trie node 11 (path )") },
    "answers nothing to calls": { eth_call: "0x" },
    "answers null to calls": { eth_call: null },
  };
  for (const [condition, answers] of Object.entries(faults)) {
    it(`starts from memory where the node ${condition}, and says so`, async () => {
      const { constants } = await connect();
      node = { chainId: 1, code: "0x01", answers };
      const again = await connect();
      expect(again.constants).to.deep.equal(constants);
      expect(log.join()).to.contain("no node tells of the market");
      // Nor does what it answers later look like a defect.
      if (!("eth_call" in answers)) return;
      expect(await rejection(again.vaultNano())).to.be.instanceOf(BaseError);
    });

    it(`waits without memory where the node ${condition}`, async () => {
      node = { chainId: 1, code: "0x01", answers };
      const connecting = connect();
      await new Promise((resolve) => setTimeout(resolve, 20));
      node = { chainId: 1, code: "0x01" };
      expect((await connecting).addresses.market).to.equal(MARKET);
      expect(log.join()).to.contain("no node tells of the market");
    });

    it(`asks another where the node ${condition}`, async () => {
      node = { chainId: 1, code: "0x01", answers };
      other = { chainId: 1, code: "0x01" };
      expect((await connect()).addresses.token).to.equal(TOKEN);
      expect(log).to.deep.equal([]);
    });
  }

  it("refuses without memory where every node says for a while that it is another chain or market", async () => {
    node = { chainId: 2, code: "0x01" };
    expect((await rejection(connect({ believedAfterMs: 1 }))).name).to.equal("WrongChainError");
    node = { chainId: 1, code: "0x" };
    expect((await rejection(connect({ believedAfterMs: 1 }))).name).to.equal("NoMarketError");
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
