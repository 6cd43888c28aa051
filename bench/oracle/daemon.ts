// A gateway's daemon as `sealwatt oracle run` runs it, for measurements.
import packageJson from "../../package.json" with { type: "json" };
import { loadConfig } from "../../oracle/config/loadConfig.ts";
import { runOracle } from "../../oracle/daemon/runOracle.ts";
import { Log } from "../../oracle/operations/log.ts";
import { textLine } from "../../oracle/operations/logLine.ts";

const stop = new AbortController();
process.on("SIGTERM", () => {
  stop.abort(new Error("stopped"));
});
await runOracle({
  config: await loadConfig(process.argv[2]!),
  log: new Log({
    write: (line) => process.stderr.write(`${line}\n`),
    format: textLine,
    level: "warn",
  }),
  version: packageJson.version,
  signal: stop.signal,
});
