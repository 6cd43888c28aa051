import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { Wallet } from "ethers";
import { parseConfig } from "../../../../oracle/config/loadConfig.ts";
import { runOracle } from "../../../../oracle/daemon/runOracle.ts";
import { Log } from "../../../../oracle/operations/log.ts";
import { textLine } from "../../../../oracle/operations/logLine.ts";
import { GatewayStore } from "../../../../oracle/store/gatewayStore.ts";
import { GATEWAY } from "../../../helpers/fakeMarket.ts";

const REGISTRY = Wallet.createRandom().address;
/** Less than a node has to answer in; a meter has longer. */
const PATIENCE_S = 4;

describe("runOracle among the silent", () => {
  let folder: string;
  /** The node and the meter: they take connections and say nothing. */
  let silent: Server;
  /** While it is true, they take none. */
  let isGone: boolean;
  const sockets: Socket[] = [];

  const run = (signal: AbortSignal, onStarted = () => {}) => {
    const { port } = silent.address() as AddressInfo;
    const key = join(folder, "gateway.key");
    writeFileSync(key, Wallet.createRandom().privateKey, { mode: 0o600 });
    const text = `
market: { address: "${GATEWAY}", registry: "${REGISTRY}", chainId: 1, rpc: ["http://127.0.0.1:${port}"] }
key: { file: ${key} }
store: { path: ${join(folder, "oracle.db")} }
lines:
  - protocol: modbus-tcp
    host: 127.0.0.1
    port: ${port}
    replyTimeoutMs: 20000
    meters: [{ participant: 2, profile: schneider-iem3155, unit: 1 }]
`;
    const config = parseConfig(text, { file: join(folder, "oracle.yaml"), env: {}, mode: 0o600 });
    const log = new Log({ write: () => {}, format: textLine });
    return runOracle({ config, log, version: "0.0.0", signal, onStarted });
  };

  /** Seconds from being told to stop to the end. It is told as soon as so many wait for an answer. */
  const stopped = async (waiting: number, onStarted?: () => void) => {
    const stop = new AbortController();
    const running = run(stop.signal, onStarted).catch(() => undefined);
    const asked = () => sockets.filter(({ destroyed }) => !destroyed).length;
    for (let tries = 0; asked() < waiting && tries < 1_000; tries++)
      await new Promise((resolve) => setTimeout(resolve, 20));
    expect(asked()).to.be.at.least(waiting);
    const startedMs = performance.now();
    stop.abort(new Error("stop"));
    await running;
    return (performance.now() - startedMs) / 1000;
  };
  const remember = () => {
    const store = GatewayStore.open(join(folder, "oracle.db"), { chainId: 1n, market: GATEWAY });
    const genesis = Math.floor(Date.now() / 1000) - 5_000;
    const known = { genesis, periodLength: 900, market: GATEWAY, registry: REGISTRY };
    store.remember("market", { ...known, token: REGISTRY });
    store.close();
  };

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "sealwatt-run-"));
    isGone = false;
    silent = createServer((socket) => {
      sockets.push(socket);
      if (isGone) socket.destroy();
      socket.on("error", () => {});
    });
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  });

  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    await new Promise((resolve) => silent.close(resolve));
    rmSync(folder, { recursive: true });
  });

  it("ends at once while it waits for its market, and closes its store", async () => {
    expect(await stopped(1)).to.be.below(PATIENCE_S);
    remember();
  });

  it("ends at once while it waits for a node and a meter", async () => {
    remember();
    let isAtWork = false;
    isGone = true;
    const onStarted = () => {
      isAtWork = true;
      isGone = false;
    };
    expect(await stopped(2, onStarted)).to.be.below(PATIENCE_S);
    expect(isAtWork).to.equal(true);
    remember();
  });
});
