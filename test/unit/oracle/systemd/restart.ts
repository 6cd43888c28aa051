import { expect } from "chai";
import { EXIT_DEFECT, EXIT_MAY_PASS, EXIT_USAGE } from "../../../../scripts/cli/exitCodes.ts";
import { isStartedAgain, LEFT_ALONE_AFTER } from "../../../helpers/systemdUnit.ts";

describe("sealwatt-oracle.service and exit codes", () => {
  it("leaves alone what somebody has to mend, and nothing else", () => {
    expect(LEFT_ALONE_AFTER).to.deep.equal([EXIT_USAGE]);
    for (const code of [EXIT_DEFECT, EXIT_MAY_PASS, null])
      expect(isStartedAgain(code), `${code}`).to.equal(true);
  });
});
