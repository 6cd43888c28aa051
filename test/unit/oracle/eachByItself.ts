import { expect } from "chai";
import { eachByItself } from "../../../oracle/eachByItself.ts";
import { StoreDamagedError } from "../../../oracle/store/errors.ts";
import { rejection } from "../../helpers/rejection.ts";

describe("eachByItself", () => {
  it("does every step in turn, and throws what the first of them threw in the end", async () => {
    const done: number[] = [];
    const failing = (step: number) => async () => {
      await Promise.resolve();
      done.push(step);
      throw new Error(`step ${step}`);
    };
    const steps = [() => done.push(1), failing(2), failing(3), () => done.push(4)];
    expect((await rejection(eachByItself(steps))).message).to.equal("step 2");
    expect(done).to.deep.equal([1, 2, 3, 4]);
  });

  it("does nothing more where the store is damaged", async () => {
    const damaged = new StoreDamagedError("a.sqlite", "A page is torn.");
    const steps = [
      () => {
        throw damaged;
      },
      () => expect.fail("It went on."),
    ];
    expect(await rejection(eachByItself(steps))).to.equal(damaged);
  });
});
