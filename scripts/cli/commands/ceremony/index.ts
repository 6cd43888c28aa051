import type { CommandEntry } from "../index.ts";

export const ceremonyCommands: readonly CommandEntry[] = [
  {
    name: "start",
    summary: "make the keys that contributions begin with",
    load: () => import("./start.ts"),
  },
  {
    name: "contribute",
    summary: "mix a secret of your own into every key",
    load: () => import("./contribute.ts"),
  },
  {
    name: "verify",
    summary: "check a ceremony from the circuits' sources on",
    load: () => import("./verify.ts"),
  },
  {
    name: "beacon",
    summary: "close the contributions with a public random number",
    load: () => import("./beacon.ts"),
  },
  {
    name: "finish",
    summary: "check a closed ceremony and write its keys and verifiers",
    load: () => import("./finish.ts"),
  },
];
