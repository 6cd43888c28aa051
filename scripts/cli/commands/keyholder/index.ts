import type { CommandEntry } from "../index.ts";

/** What runs beside `sealwatt keyholder` itself. */
export const keyholderCommands: readonly CommandEntry[] = [
  {
    name: "rotate",
    summary: "have a running key holder begin its next epoch as soon as it can",
    load: () => import("./rotate.ts"),
  },
  {
    name: "evidence",
    summary: "show whom the key holder on this machine has found lying, and what shows it",
    load: () => import("./evidence.ts"),
  },
];
