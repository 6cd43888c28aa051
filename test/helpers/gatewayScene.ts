import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { Wallet, ZeroHash } from "ethers";
import { createSimulator } from "../../oracle/simulator/createSimulator.ts";
import { constantLoad } from "../../oracle/simulator/meteredLoad.ts";
import { loadDeviceProfile } from "../../oracle/profiles/loadDeviceProfile.ts";
import { deployMarket, type MarketFixture } from "./market.ts";
import { serveRpc, type RpcServer } from "./rpcServer.ts";

/** What the market has bound of a participant's meter. */
interface Binding {
  serial: string;
  gateway: string;
  importWh?: bigint;
  ratedPowerW?: number;
}

/** Without the mnemonic, which a keystore would hold besides. */
export const newKey = () => new Wallet(Wallet.createRandom().privateKey);

/** A market in the present behind JSON-RPC, a simulated line of meters, and a gateway's files. */
export class GatewayScene {
  readonly folder = mkdtempSync(path.join(tmpdir(), "sealwatt-gateway-"));
  readonly key = newKey();
  readonly operator = newKey();
  readonly fixture: MarketFixture;
  readonly node: RpcServer;
  /** `host:port` of the simulated meters, which have the units 1 and 2 and the serial numbers 4711 and 4712. */
  readonly meters: string;
  readonly #stopMeters: () => Promise<void>;

  private constructor(
    fixture: MarketFixture,
    node: RpcServer,
    meters: string,
    stopMeters: () => Promise<void>,
  ) {
    this.fixture = fixture;
    this.node = node;
    this.meters = meters;
    this.#stopMeters = stopMeters;
    writeFileSync(this.file("gateway.key"), this.key.privateKey, { mode: 0o600 });
  }

  static async open({ periodLength = 900 } = {}): Promise<GatewayScene> {
    const nowS = Math.floor(Date.now() / 1000);
    const fixture = await deployMarket({
      accounts: 16,
      genesis: nowS,
      periodLength,
      crowded: true,
    });
    await fixture.networkHelpers.time.increaseTo(Math.max(nowS, Math.floor(Date.now() / 1000)));
    const profile = loadDeviceProfile("schneider-iem3155");
    const simulator = createSimulator({
      protocol: "modbus-tcp",
      port: { kind: "tcp", host: "127.0.0.1", port: 0 },
      units: ["1", "2"].map((unit) => ({
        profile,
        unit,
        load: constantLoad(1_000, nowS),
        serialNumber: `471${unit}`,
        importWh: 5_000n,
        exportWh: 0n,
      })),
      faults: { seed: 0, faults: [] },
    });
    await simulator.start();
    const node = await serveRpc(fixture.connection.provider);
    return new GatewayScene(fixture, node, simulator.where, () => simulator.stop());
  }

  file(name: string): string {
    return path.join(this.folder, name);
  }

  /** A participant of the market, with a meter where one is given. */
  async join(binding?: Binding): Promise<number> {
    const { registry, market, actors } = this.fixture;
    const owner = actors.people[Number(await market.accountCount()) - 1]!;
    const [energyType, greenPreference] = [5, false];
    await registry.connect(owner).register({
      displayName: "somebody",
      energyType,
      greenPreference,
      microgrid: ZeroHash,
      location: ZeroHash,
    });
    await registry.connect(actors.operator).authorise(owner.address);
    const participant = Number(await market.participantOf(owner.address));
    if (binding !== undefined) {
      const { serial, gateway, importWh = 5_000n, ratedPowerW = 10_000 } = binding;
      await registry
        .connect(actors.operator)
        .bindMeter(participant, serial, gateway, ratedPowerW, importWh, 0);
    }
    return participant;
  }

  /** Writes a configuration. */
  async configure(
    name: string,
    meters: readonly { participant: number; unit: number; more?: string }[],
    {
      rpc = [this.node.url],
      key = `file: ${this.file("gateway.key")}`,
      more = "",
      lines = "",
    } = {},
  ): Promise<string> {
    const { marketAddress, registry } = this.fixture;
    const [host, port] = this.meters.split(":");
    const text = `market:
  address: "${marketAddress}"
  registry: "${await registry.getAddress()}"
  chainId: 31337
  rpc:
${rpc.map((url) => `    - ${url}`).join("\n")}
key:
  ${key}
store:
  path: ${name}.db
${more}
lines:
  - protocol: modbus-tcp
    host: ${host}
    port: ${port}
    replyTimeoutMs: 5000
    meters:
${meters.map(({ participant, unit, more: rest = "" }) => `      - { participant: ${participant}, profile: schneider-iem3155, unit: ${unit}${rest} }`).join("\n")}
${lines}`;
    const file = this.file(`${name}.yaml`);
    writeFileSync(file, text, { mode: 0o600 });
    return file;
  }

  async close(): Promise<void> {
    this.node.close();
    await this.#stopMeters();
    await this.fixture.connection.close();
    rmSync(this.folder, { recursive: true });
  }
}
