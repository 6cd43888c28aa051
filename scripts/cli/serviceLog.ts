import { Secret } from "../../oracle/config/secret.ts";
import { Log, writeLinesTo } from "../../oracle/operations/log.ts";
import { jsonLine, textLine } from "../../oracle/operations/logLine.ts";

/**
 * What a service says of its work, on standard error: as JSON where that is asked for or no terminal, so that programs read it.
 * @param secrets taken out of every line; URLs may hold a password or a node's token
 */
export function serviceLog(
  { json }: { json?: boolean | undefined },
  secrets: readonly string[],
): Log {
  return new Log({
    write: writeLinesTo(process.stderr),
    format: json === true || !process.stderr.isTTY ? jsonLine : textLine,
    secrets: secrets.map((text) => new Secret(text)),
  });
}
