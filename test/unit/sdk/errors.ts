import { expect } from "chai";
import { BaseError, showValue } from "../../../sdk/errors.ts";

describe("BaseError", () => {
  it("says what happened, what to do and the details", () => {
    const cause = new Error("EIO");
    const error = new BaseError("It broke.", {
      metaMessages: ["Mend it.", "Or not."],
      details: "EIO",
      cause,
    });
    expect(error.message).to.equal("It broke.\nMend it.\nOr not.\nDetails: EIO");
    expect(error.shortMessage).to.equal("It broke.");
    expect(error.cause).to.equal(cause);
  });

  it("is its short message where there is no more to say", () => {
    expect(new BaseError("It broke.").message).to.equal("It broke.");
  });
});

describe("showValue", () => {
  it("keeps to one line of limited length", () => {
    expect(showValue("a\nb")).to.equal('"a\\nb"');
    expect(showValue(1n)).to.equal("1");
    expect(showValue(NaN)).to.equal("NaN");
    expect(showValue(undefined)).to.equal("undefined");
    expect(showValue("x".repeat(59))).to.have.length(61);
    expect(showValue("x".repeat(58))).to.equal(`"${"x".repeat(58)}"`);
  });
});
