import { expect } from "chai";
import { formatTable } from "../../../sdk/formatTable.ts";

describe("formatTable", () => {
  it("puts texts to the left and figures to the right", () => {
    const rows = [
      ["what", "Wh"],
      ["a", "1000"],
    ];
    expect(formatTable(rows)).to.equal("what    Wh\na     1000");
  });

  it("shows what would steer the terminal as its code, and keeps a row on its line", () => {
    const rows = [
      ["SN\u001b[2J\u001b[31m", "\u009b1A"],
      ["a\nb", "\u202e1"],
    ];
    expect(formatTable(rows, 2)).to.equal(
      String.raw`SN\u{1b}[2J\u{1b}[31m  \u{9b}1A` +
        "\n" +
        String.raw`a b                    \u{202e}1`,
    );
  });
});
