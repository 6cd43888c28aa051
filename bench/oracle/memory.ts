import { readFileSync } from "node:fs";

/** The memory of a process that is in RAM, in MB. Linux only. */
export function residentMb(pid: number, what: "now" | "peak" = "now"): number {
  const name = what === "now" ? "VmRSS" : "VmHWM";
  const match = new RegExp(`${name}:\\s+(\\d+) kB`).exec(
    readFileSync(`/proc/${pid}/status`, "utf8"),
  );
  return Number(match![1]) / 1000;
}
