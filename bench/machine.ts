import { availableParallelism, cpus, totalmem } from "node:os";

/** What the figures of a run were measured on. */
export interface Machine {
  processor: string;
  cores: number;
  memoryGiB: number;
  platform: string;
  node: string;
}

export function describeMachine(): Machine {
  return {
    processor: cpus()[0]?.model.trim() ?? "unknown",
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    platform: `${process.platform} ${process.arch}`,
    node: process.versions.node,
  };
}
