import { expect } from "chai";
import type { BaseContract } from "ethers";

/** Expects a call to be refused with an error of a contract and exactly these values. */
export async function expectRefusal(
  call: Promise<unknown>,
  contract: BaseContract,
  error: string,
  ...values: unknown[]
): Promise<void> {
  const assertion = expect(call).to.be.revertedWithCustomError(contract, error);
  if (values.length > 0) await assertion.withArgs(...values);
  else await assertion;
}
