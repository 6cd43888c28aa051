import { expect } from "chai";
import { freeNonce, missingNonces } from "../../../../oracle/sending/nonces.ts";

describe("freeNonce", () => {
  it("is the account's next where nothing waits", () => {
    expect(freeNonce(5, [])).to.equal(5);
  });

  it("follows those that wait", () => {
    expect(freeNonce(5, [5, 6])).to.equal(7);
  });

  it("is in a hole first", () => {
    expect(freeNonce(5, [5, 7])).to.equal(6);
  });
});

describe("missingNonces", () => {
  it("are none where those that wait follow one another", () => {
    expect(missingNonces(5, [5, 6], [5, 6])).to.deep.equal([]);
    expect(missingNonces(5, [], [])).to.deep.equal([]);
    expect(missingNonces(9, [5], [5])).to.deep.equal([]);
  });

  it("are those below the highest that waits", () => {
    expect(missingNonces(5, [6, 9], [6, 9])).to.deep.equal([5, 7, 8]);
  });

  it("are not those that are in a block already", () => {
    expect(missingNonces(5, [7], [5, 7])).to.deep.equal([6]);
  });
});
