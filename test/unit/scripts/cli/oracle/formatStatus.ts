import { expect } from "chai";
import { jsonText } from "../../../../../oracle/http/httpReply.ts";
import type { ServedStatus } from "../../../../../scripts/cli/oracle/daemonClient.ts";
import { formatStatus } from "../../../../../scripts/cli/oracle/formatStatus.ts";
import { STATUS } from "../../../../helpers/gatewayView.ts";

const SERVED = JSON.parse(jsonText(STATUS)) as ServedStatus;
const STEERING = "\u001b[2J\u009b31m\u202e";

/** The status with every text of a device or a node ending in what a terminal obeys. */
function steered(): ServedStatus {
  const foreign = new Set(["serialNumber", "message", "failure", "reason", "value", "source"]);
  return JSON.parse(JSON.stringify(SERVED), (key, value: unknown) =>
    typeof value === "string" && foreign.has(key) ? `${value}${STEERING}\nx` : value,
  ) as ServedStatus;
}

describe("formatStatus", () => {
  it("has the same lines whatever devices and nodes tell, and none that steers the terminal", () => {
    const text = formatStatus(steered());
    expect(text).to.not.match(/[^\P{Cc}\n]|\p{Cf}/u);
    expect(text).to.include(String.raw`No answer within 500 ms.\u{1b}[2J\u{9b}31m\u{202e} x`);
    expect(text.split("\n")).to.have.length(formatStatus(SERVED).split("\n").length);
  });
});
