import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import type { Readable } from "node:stream";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { GatewayStatus } from "../../oracle/operations/gatewayView.ts";
import { MarketReads } from "../../sdk/clients/marketReads.ts";
import { OperatorClient } from "../../sdk/clients/operatorClient.ts";
import { ParticipantClient } from "../../sdk/clients/participantClient.ts";
import { systemClock } from "../../sdk/clock.ts";
import { defaultParameters } from "../../sdk/market/parameters.ts";
import { ACTORS, FIRST_PARTICIPANT, RunKeys } from "../../scripts/neighbourhood/actors.ts";
import { deployMarket } from "../../scripts/neighbourhood/deployMarket.ts";
import { loadHardhat, startEmbeddedChain } from "../../scripts/neighbourhood/embeddedChain.ts";
import { OperatorService } from "../../scripts/neighbourhood/operatorService.ts";
import { RpcServer } from "../../scripts/neighbourhood/rpcServer.ts";
import { FIRST_SERIAL, RATED_POWER_W, type FarmOptions } from "./farmLoad.ts";

/** A status as it comes over HTTP: counters are text. */
export type ServedStatus = Omit<GatewayStatus, "meters"> & {
  meters: { participant: number; lastReadingPeriod: number | null; state: string }[];
};

export interface RigOptions {
  meters: number;
  periodLengthS: number;
  /** Seconds between samples. */
  intervalS: number;
  progress: (line: string) => void;
}

const METER_FARM = fileURLToPath(new URL("./meterFarm.ts", import.meta.url));
const SEALWATT = fileURLToPath(new URL("../../scripts/sealwatt.mjs", import.meta.url));
/** Each look costs the daemon some milliseconds' work. */
const POLL_MS = 200;
const REGISTERED_AT_A_TIME = 25;
/** What registering one participant takes at most. */
const SETUP_S_PER_METER = 0.09;

/**
 * A market on an embedded chain with meters bound to one gateway, whose daemon and meters run in processes of their
 * own.
 */
export async function createRig({ meters, periodLengthS, intervalS, progress }: RigOptions) {
  const hre = await loadHardhat();
  await hre.tasks.getTask("build").run({ quiet: true });
  const chain = await startEmbeddedChain(hre, { accounts: FIRST_PARTICIPANT + meters });
  const keys = new RunKeys();
  const genesis = Math.floor(Date.now() / 1000 + 10 + meters * SETUP_S_PER_METER);
  const addresses = await deployMarket(chain.connection, keys, {
    genesis,
    periodLength: periodLengthS,
    parameters: { ...defaultParameters(periodLengthS), missedReadingsLimit: 255 },
  });
  const reads = await MarketReads.connect(chain.provider, addresses);
  const operator = new OperatorClient(reads, await keys.sender("operator", chain.provider));
  await operator.publishOpeningKey(keys.openingKey());
  progress(`registering ${meters} participants`);
  const participants: number[] = [];
  for (let first = 0; first < meters; first += REGISTERED_AT_A_TIME) {
    const indexes = Array.from(
      { length: Math.min(REGISTERED_AT_A_TIME, meters - first) },
      (_, i) => first + i,
    );
    const owners = await Promise.all(
      indexes.map(async (index) => {
        const client = new ParticipantClient(reads, await keys.sender(index, chain.provider));
        await client.register({
          displayName: `house ${index + 1}`,
          energyType: index % 3 === 2 ? "solar" : "none",
          greenPreference: false,
          microgrid: "MG-1",
          location: "feeder 1",
        });
        return client.sender.address;
      }),
    );
    for (const [offset, owner] of owners.entries()) {
      const participant = await operator.authorise(owner);
      await operator.bindMeter(participant, {
        serial: String(FIRST_SERIAL + first + offset),
        gateway: keys.address("gateway"),
        ratedPowerW: RATED_POWER_W,
        importWh: 0n,
        exportWh: 0n,
      });
      participants.push(participant);
    }
  }
  const server = new RpcServer(chain.request);
  await server.listen(0);
  const folder = await mkdtemp(join(tmpdir(), "sealwatt-bench-"));
  const keyFile = join(folder, "gateway.key");
  await writeFile(keyFile, keys.wallet(ACTORS.indexOf("gateway")).privateKey, { mode: 0o600 });
  const stopService = new AbortController();
  const service = new OperatorService({
    client: operator,
    openingKey: keys.openingKey(),
    clock: systemClock,
    fromBlock: 0,
    log: progress,
  })
    .run(stopService.signal)
    .catch(() => undefined);
  const children = new Set<ChildProcess>();
  const httpPort = await freePort();
  const url = `http://127.0.0.1:${httpPort}`;
  const storePath = join(folder, "oracle.db");

  return {
    reads,
    genesis,
    folder,
    storePath,
    participants,
    chainId: reads.constants.chainId,
    market: addresses.market,

    /** Starts the meters. @returns how to stop them */
    startMeters: async (options: FarmOptions): Promise<() => void> => {
      const child = start([METER_FARM, JSON.stringify(options)]);
      const [line] = (await once(child.stdout!.setEncoding("utf8"), "data")) as [string];
      const ports = JSON.parse(line) as number[];
      await writeFile(join(folder, "oracle.yaml"), configOf(ports));
      return () => child.kill("SIGKILL");
    },

    /** Starts the daemon; it is at work when `status` answers. */
    startDaemon: () => {
      const startedMs = performance.now();
      const child = start(
        [SEALWATT, "oracle", "run", "--config", join(folder, "oracle.yaml"), "--log-level", "warn"],
        // As the systemd unit has it.
        {
          ...process.env,
          NODE_OPTIONS: "--max-old-space-size=96 --max-semi-space-size=2",
          MALLOC_ARENA_MAX: "2",
        },
      );
      relay(child.stdout!);
      const ended = once(child, "close") as Promise<[number | null]>;
      return {
        pid: child.pid!,
        /** Waits until the status is as wanted, and tells after how many seconds from the start it was. */
        async until(
          isAsWanted: (status: ServedStatus) => boolean,
          pollMs = POLL_MS,
        ): Promise<number> {
          for (;;) {
            if (child.exitCode !== null)
              throw new Error(`The daemon ended with ${child.exitCode}.`);
            const status = await fetchStatus(url);
            if (status !== undefined && isAsWanted(status)) {
              return (performance.now() - startedMs) / 1000;
            }
            await pause(pollMs);
          }
        },
        status: () => fetchStatus(url),
        kill: () => child.kill("SIGKILL"),
        async stop(): Promise<void> {
          child.kill("SIGTERM");
          await ended;
        },
      };
    },

    async close(): Promise<void> {
      stopService.abort();
      await service;
      for (const child of children) child.kill("SIGKILL");
      await server.close();
      await chain.close();
      await rm(folder, { recursive: true, force: true });
    },
  };

  /** Also so that nobody's output waits for being read. */
  function relay(output: Readable): void {
    output.setEncoding("utf8").on("data", (text: string) => {
      for (const line of text.trimEnd().split("\n")) progress(line);
    });
  }

  function start(args: readonly string[], env = process.env): ChildProcess {
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"], env });
    relay(child.stderr);
    children.add(child);
    child.once("close", () => children.delete(child));
    return child;
  }

  function configOf(ports: readonly number[]): string {
    const { market, registry } = addresses;
    const lines = ports.map((port, index) => ({
      protocol: "modbus-tcp",
      host: "127.0.0.1",
      port,
      meters: [{ participant: participants[index], profile: "schneider-iem3155", unit: 1 }],
    }));
    // JSON is YAML.
    return JSON.stringify({
      market: {
        address: market,
        registry,
        chainId: Number(reads.constants.chainId),
        rpc: [server.url],
      },
      key: { file: keyFile },
      store: { path: storePath },
      reading: { intervalS },
      sending: { confirmations: 2 },
      http: { port: httpPort },
      lines,
    });
  }
}

export type Rig = Awaited<ReturnType<typeof createRig>>;

async function fetchStatus(url: string): Promise<ServedStatus | undefined> {
  try {
    const response = await fetch(`${url}/status`);
    return response.ok ? ((await response.json()) as ServedStatus) : undefined;
  } catch {
    // Not there yet, or no more.
    return undefined;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
