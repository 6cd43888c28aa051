import type { CommandEntry } from "../index.ts";

export const oracleCommands: readonly CommandEntry[] = [
  {
    name: "read",
    summary: "read one meter, without a configuration",
    load: () => import("./read.ts"),
  },
  {
    name: "check",
    summary: "check a configuration and all that it names",
    load: () => import("./check.ts"),
  },
  {
    name: "run",
    summary: "run a gateway until Ctrl-C",
    load: () => import("./run.ts"),
  },
];
