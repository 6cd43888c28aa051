import { expect } from "chai";
import type { FaultName } from "../../../../../oracle/simulator/faults/faultKinds.ts";
import { planReply } from "../../../../../oracle/simulator/faults/replyFaults.ts";
import { seededRandom } from "../../../../../sdk/seededRandom.ts";
import { plannedFault } from "../../../../helpers/plannedFault.ts";

const REPLY = Buffer.from("0103020102cc16", "hex");
const REQUEST = Buffer.from("aabb", "hex");

type Step = [afterMs: number, hexOrReset: string];

function plan(...entries: ({ fault: FaultName } & Record<string, unknown>)[]): Step[] {
  const faults = entries.map((entry) => ({
    ...plannedFault(entry),
    sinceS: 0,
    random: seededRandom(1, entry.fault),
  }));
  return planReply(REPLY, REQUEST, faults).map((step) => [
    step.afterMs,
    "bytes" in step ? step.bytes.toString("hex") : "reset",
  ]);
}

const hex = REPLY.toString("hex");

describe("planReply", () => {
  const cases: [string, ({ fault: FaultName } & Record<string, unknown>)[], Step[]][] = [
    ["no fault", [], [[0, hex]]],
    ["a fault that is not of the reply", [{ fault: "zeroOnce" }], [[0, hex]]],
    ["silent", [{ fault: "silent" }], []],
    ["late", [{ fault: "late", delayMs: 20 }], [[20, hex]]],
    ["badCrc", [{ fault: "badCrc" }], [[0, "01030201023316"]]],
    [
      "duplicate",
      [{ fault: "duplicate", copies: 2, gapMs: 5 }],
      [
        [0, hex],
        [5, hex],
        [5, hex],
      ],
    ],
    [
      "echo",
      [{ fault: "echo" }],
      [
        [0, "aabb"],
        [0, hex],
      ],
    ],
    [
      "split",
      [{ fault: "split", bytes: 3, gapMs: 4 }],
      [
        [0, "010302"],
        [4, "0102cc"],
        [4, "16"],
      ],
    ],
    [
      "slow",
      [{ fault: "slow", delayMs: 7, bytesPerSecond: 500 }],
      [...REPLY].map((byte, index): Step => [
        index === 0 ? 7 : 2,
        byte.toString(16).padStart(2, "0"),
      ]),
    ],
    [
      "resetMidReply",
      [{ fault: "resetMidReply", afterBytes: 2 }],
      [
        [0, "0103"],
        [0, "reset"],
      ],
    ],
    ["resetMidReply at once", [{ fault: "resetMidReply", afterBytes: 0 }], [[0, "reset"]]],
    [
      "late and in pieces, whatever the order",
      [
        { fault: "late", delayMs: 9 },
        { fault: "split", bytes: 4, gapMs: 1 },
      ],
      [
        [9, "01030201"],
        [1, "02cc16"],
      ],
    ],
    [
      "late and reset",
      [
        { fault: "resetMidReply", afterBytes: 1 },
        { fault: "late", delayMs: 9 },
      ],
      [
        [9, "01"],
        [0, "reset"],
      ],
    ],
    [
      "an echo that is cut off",
      [{ fault: "echo" }, { fault: "resetMidReply", afterBytes: 3 }],
      [
        [0, "aabb"],
        [0, "01"],
        [0, "reset"],
      ],
    ],
  ];
  for (const [condition, entries, steps] of cases)
    it(`sends what it should under ${condition}`, () => {
      expect(plan(...entries)).to.deep.equal(steps);
    });

  it("adds the same noise for the same seed, before or after", () => {
    const [noise, reply] = plan({ fault: "noise", bytes: 5 });
    expect(noise![1]).to.match(/^[0-9a-f]{10}$/);
    expect(reply).to.deep.equal([0, hex]);
    expect(plan({ fault: "noise", bytes: 5, place: "after" })).to.deep.equal([reply, noise]);
  });
});
