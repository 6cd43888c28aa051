import type { Command } from "commander";
import { checkGateway } from "../../../../oracle/check/checkGateway.ts";
import type { Finding } from "../../../../oracle/check/finding.ts";
import { ConfigError, formatProblem } from "../../../../oracle/config/configError.ts";
import { loadConfig } from "../../../../oracle/config/loadConfig.ts";
import type { OracleConfig } from "../../../../oracle/config/config.ts";
import { BaseError } from "../../../../sdk/errors.ts";
import { formatTable } from "../../../../sdk/formatTable.ts";
import { printable } from "../../../../sdk/printable.ts";
import { EXIT_INTERRUPTED, untilInterrupted } from "../../interruption.ts";
import { addConfigOption } from "../../oracle/configOption.ts";
import { readStatus, urlOf } from "../../oracle/daemonClient.ts";

interface CheckOptions {
  config: string;
  offline: boolean;
  json: boolean;
}

/** Something that the configuration names is not as it should be. */
const EXIT_WRONG = 1;
/** The configuration itself is wrong. */
const EXIT_CONFIG = 2;

async function check({ config: file, offline, json }: CheckOptions): Promise<void> {
  let config: OracleConfig;
  try {
    config = await loadConfig(file);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const { problems } = error;
    if (json) print({ file, ok: false, gateway: null, problems, findings: [] });
    else for (const problem of problems) process.stderr.write(`${formatProblem(file, problem)}\n`);
    process.exitCode = EXIT_CONFIG;
    return;
  }
  const { interrupted, result } = await untilInterrupted((signal) =>
    checkGateway(config, {
      isOnline: !offline,
      signal,
      isServing: (gateway) => isServing(config, gateway),
    }),
  );
  if (interrupted || result === undefined) {
    process.exitCode = EXIT_INTERRUPTED;
    return;
  }
  const { gateway = null, findings } = result;
  const ok = findings.every((finding) => finding.ok);
  if (json) print({ file, ok, gateway, problems: [], findings });
  else process.stdout.write(`${formatFindings(findings)}\n`);
  if (!ok) process.exitCode = EXIT_WRONG;
}

function print(report: object): void {
  const text = JSON.stringify(report, (_key, value: unknown) => value ?? null, 2);
  process.stdout.write(`${text}\n`);
}

async function isServing(config: OracleConfig, gateway: string | undefined): Promise<boolean> {
  try {
    return (await readStatus(urlOf(config)!)).gateway === gateway;
  } catch (error) {
    if (error instanceof BaseError) return false;
    throw error;
  }
}

/** A row a finding; below a problem what to do about it. */
function formatFindings(findings: readonly Finding[]): string {
  const rows = findings.map(({ what, where, ok, finding }) => [
    ok ? "ok" : "PROBLEM",
    what,
    where,
    finding,
  ]);
  const lines = formatTable([["", "what", "where", "finding"], ...rows], 4).split("\n");
  const [head, ...checked] = lines.map((line, index) => {
    const remedy = findings[index - 1]?.remedy;
    return remedy === undefined ? line : `${line}\n         > ${printable(remedy)}`;
  });
  const wrong = findings.filter(({ ok }) => !ok).length;
  const sum =
    wrong === 0
      ? `All ${findings.length} checks are good.`
      : `${wrong} of ${findings.length} checks found a problem.`;
  return [head, ...checked, "", sum].join("\n");
}

/** `sealwatt oracle check --config FILE [--offline] [--json]` */
export function configure(command: Command): void {
  addConfigOption(command)
    .option("--offline", "do not read the meters", false)
    .option("--json", "write one JSON object", false)
    .addHelpText(
      "after",
      "\nChecks the file; then the key, the store, the port for status, the MQTT broker, each node, the gateway's account," +
        "\nthe clock, and for each meter its binding in the market and one read of the device. It changes nothing." +
        "\nExits with 0 where all is good, with 1 where something that the file names is not, with 2 where the file is" +
        "\nwrong: then each problem is a line FILE:LINE:COLUMN on standard error.",
    )
    .action(check);
}
