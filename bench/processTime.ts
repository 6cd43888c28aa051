import { readFileSync } from "node:fs";

/** What Linux counts processors' time in. */
const TICKS_PER_S = 100;

/** The processor's time that a process has taken with all of its threads, in s. Linux only. */
export function processorS(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The name in front may hold spaces.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_S;
}
