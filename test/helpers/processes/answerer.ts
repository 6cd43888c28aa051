// A process that answers questions, and asks back.
import { Channel } from "../../../scripts/neighbourhood/processes/channel.ts";
import { BaseError } from "../../../sdk/errors.ts";

export interface Sum {
  what: "double" | "refuse" | "break" | "die" | "askBack";
  value: bigint;
}

function answer(): void {
  const channel: Channel<bigint, Sum> = new Channel<bigint, Sum>(
    process,
    async ({ what, value }) => {
      switch (what) {
        case "double":
          return 2n * value;
        case "askBack":
          return channel.ask(value);
        case "refuse":
          throw new BaseError("That is too much.", {
            metaMessages: ["Ask for less."],
            details: "12",
          });
        case "break":
          throw new TypeError("defect");
        case "die":
          return process.exit(3);
      }
    },
  );
  process.channel!.ref();
}

// Test runners load every file of this folder.
if (process.argv[1] === import.meta.filename) answer();
