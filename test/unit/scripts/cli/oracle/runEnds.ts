import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { Wallet } from "ethers";
import { GatewayStore } from "../../../../../oracle/store/gatewayStore.ts";
import { EXIT_MAY_PASS, EXIT_USAGE } from "../../../../../scripts/cli/exitCodes.ts";
import { BINARY, startSealwatt } from "../../../../helpers/runSealwatt.ts";
import {
  hashOf,
  MARKET,
  OWNER,
  readingOf,
  send,
  SENDER,
  storeSigned,
} from "../../../oracle/store/stores.ts";

const METERS = 40;
const PERIODS = 20;
const PAGE_BYTES = 4_096;

describe("sealwatt oracle run, which ends by itself", function () {
  this.timeout(60_000);
  let folder: string;
  let storePath: string;
  let configFile: string;
  let daemon: ReturnType<typeof startSealwatt> | undefined;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "sealwatt-ends-"));
    storePath = join(folder, "oracle.db");
    configFile = join(folder, "oracle.yaml");
    const keyFile = join(folder, "gateway.key");
    writeFileSync(keyFile, Wallet.createRandom().privateKey, { mode: 0o600 });
    // Neither a node nor a meter is there.
    const text = `
market: { address: "${MARKET}", registry: "${SENDER}", chainId: 31337, rpc: ["http://127.0.0.1:9"] }
key: { file: ${keyFile} }
store: { path: ${storePath} }
lines:
  - protocol: modbus-tcp
    host: 127.0.0.1
    port: 9
    meters: [{ participant: 2, profile: schneider-iem3155, unit: 1 }]
`;
    writeFileSync(configFile, text, { mode: 0o600 });
  });
  afterEach(() => {
    daemon?.child.kill("SIGKILL");
    rmSync(folder, { recursive: true });
  });

  const run = () => (daemon = startSealwatt(["oracle", "run", "--config", configFile]));

  /** Makes a store that remembers its market and has readings. */
  function makeStore(): void {
    const store = GatewayStore.open(storePath, OWNER);
    const genesis = Math.floor(Date.now() / 1000) - 900 * PERIODS;
    const known = { genesis, periodLength: 900, market: MARKET, registry: SENDER };
    store.remember("market", { ...known, token: MARKET });
    for (let period = 1; period <= PERIODS; ++period) {
      const ids = storeSigned(
        store,
        Array.from({ length: METERS }, (_, index) => readingOf(index, period)),
      );
      // What is done with is not read again when the store is opened.
      const id = send(store, ids, period);
      store.transactions.markIncluded(id, hashOf(1_000 + period), {
        number: period,
        hash: hashOf(period),
      });
      store.transactions.storeOutcome(
        id,
        ids.map((readingId) => ({ id: readingId, type: "counted" })),
      );
      store.transactions.markFinal(id);
    }
    store.close();
  }

  it("ends with 3 where a row is damaged, and the next start repairs the store", async () => {
    makeStore();
    const bytes = readFileSync(storePath);
    // An old row, which opening the store does not read; the last one in its page is no remainder of what was moved.
    const page = Math.floor(bytes.indexOf("1000 Wh", Math.floor(bytes.length / 3)) / PAGE_BYTES);
    bytes[bytes.lastIndexOf("1000 Wh", (page + 1) * PAGE_BYTES)]! ^= 0x80;
    writeFileSync(storePath, bytes);
    const { code, stderr } = await run().ended;
    expect(code, stderr).to.equal(EXIT_MAY_PASS);
    expect(stderr).to.match(/^sealwatt oracle run: The store .* is damaged\. .*Start the daemon/);
    const again = run();
    await again.says("the gateway is at work");
    expect(again.output.stdout).to.include("was damaged");
    again.child.kill("SIGTERM");
    expect((await again.ended).code).to.equal(0);
  });

  it("ends with 3 where its disk takes no writes", () => {
    makeStore();
    const limited = `trap "" XFSZ; ulimit -f 1; exec "$@"`;
    const command = [process.execPath, BINARY, "oracle", "run", "--config", configFile];
    const { status, stderr } = spawnSync("bash", ["-c", limited, "-", ...command], {
      encoding: "utf8",
      timeout: 30_000,
    });
    expect(status, stderr).to.equal(EXIT_MAY_PASS);
    expect(stderr).to.match(/^sealwatt oracle run: The store .* cannot be written or read\./);
  });

  it("ends with 2 where somebody has to mend what it was given", async () => {
    chmodSync(join(folder, "gateway.key"), 0o644);
    const { code, stderr } = await run().ended;
    expect(code, stderr).to.equal(EXIT_USAGE);
  });
});
