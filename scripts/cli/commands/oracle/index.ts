import type { CommandEntry } from "../index.ts";

export const oracleCommands: readonly CommandEntry[] = [
  {
    name: "keygen",
    summary: "make a gateway's key, in an encrypted keystore",
    load: () => import("./keygen.ts"),
  },
  {
    name: "scan",
    summary: "find the meters on a line",
    load: () => import("./scan.ts"),
  },
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
  {
    name: "status",
    summary: "show how a gateway is, and what waits for its operator",
    load: () => import("./status.ts"),
  },
  {
    name: "release",
    summary: "take a value out of quarantine and go on from it",
    load: () => import("./release.ts"),
  },
  {
    name: "reject",
    summary: "take a value out of quarantine for good",
    load: () => import("./reject.ts"),
  },
  {
    name: "switch",
    summary: "switch the relay of a participant's meter",
    load: () => import("./switch.ts"),
  },
];
