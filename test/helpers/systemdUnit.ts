import { readFileSync } from "node:fs";

/** The gateway's unit. */
const UNIT = new URL("../../oracle/systemd/sealwatt-oracle.service", import.meta.url);

const [, notAfter = ""] = /^RestartPreventExitStatus=(.*)$/m.exec(readFileSync(UNIT, "utf8")) ?? [];
/** After these exit codes systemd leaves a gateway alone. */
export const LEFT_ALONE_AFTER: readonly number[] = notAfter.split(" ").map(Number);

/** Whether systemd starts a gateway again that has failed, as its unit says; `null` where a signal has ended it. */
export function isStartedAgain(exitCode: number | null): boolean {
  return exitCode === null || !LEFT_ALONE_AFTER.includes(exitCode);
}
