import type { Command } from "commander";
import { ceremonyCommands } from "./ceremony/index.ts";
import { keyholderCommands } from "./keyholder/index.ts";
import { oracleCommands } from "./oracle/index.ts";

/** What a file in this folder exports: the options and the action of one command. */
export interface CommandModule {
  configure(command: Command): void;
}

/** A command that runs, that has others below it, or both. */
export type CommandEntry = { name: string; summary: string } & (
  | {
      /** Called for the one command that runs, so that a command costs nothing to the others. */
      load(): Promise<CommandModule>;
      subcommands?: readonly CommandEntry[];
    }
  | { load?: undefined; subcommands: readonly CommandEntry[] }
);

export const commands: readonly CommandEntry[] = [
  {
    name: "start",
    summary: "run a neighbourhood that trades, with meters, agents and operator",
    load: () => import("./start.ts"),
  },
  {
    name: "demo",
    summary: "run a neighbourhood for some periods and report every figure",
    load: () => import("./demo.ts"),
  },
  {
    name: "match",
    summary: "form the trades of one delivery period from its orders",
    load: () => import("./match.ts"),
  },
  {
    name: "audit",
    summary:
      "replay a market from its chain and compare every figure, also a private one with a key",
    load: () => import("./audit.ts"),
    subcommands: [
      {
        name: "keygen",
        summary: "make the regulator's audit key for private markets",
        load: () => import("./auditKeygen.ts"),
      },
    ],
  },
  {
    name: "keygen",
    summary: "make the key of a service or an operator, in an encrypted keystore",
    load: () => import("./keygen.ts"),
  },
  {
    name: "simulate-meter",
    summary: "serve simulated meters, with faults from a file",
    load: () => import("./simulateMeter.ts"),
  },
  {
    name: "relay",
    summary: "send a private market's calls for whoever asks, so that nobody sees whose they are",
    load: () => import("./relay.ts"),
  },
  {
    name: "private-gateway",
    summary: "vouch for energy that is sold privately, before it flows and after delivery",
    load: () => import("./privateGateway.ts"),
  },
  {
    name: "matcher",
    summary: "rank encrypted plans of a private market with its key holder, and see none of them",
    load: () => import("./matcher.ts"),
  },
  {
    name: "keyholder",
    summary: "hold the keys of matching under encryption: open ranks and pairs, propose matches",
    load: () => import("./keyholder/run.ts"),
    subcommands: keyholderCommands,
  },
  {
    name: "matcher-worker",
    summary: "compute for a matcher on another machine",
    load: () => import("./matcherWorker.ts"),
  },
  {
    name: "oracle",
    summary: "the gateway between meters and market: check, scan, read, run, status and more",
    subcommands: oracleCommands,
  },
  {
    name: "ceremony",
    summary: "make the proofs' keys with others: start, contribute, verify, beacon, finish",
    subcommands: ceremonyCommands,
  },
];
