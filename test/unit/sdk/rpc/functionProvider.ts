import { expect } from "chai";
import { ChainUnreachableError } from "../../../../sdk/clients/revertError.ts";
import { FunctionProvider } from "../../../../sdk/rpc/functionProvider.ts";

const failureOf = (promise: Promise<unknown>) =>
  promise.then(
    () => expect.fail("It did not fail."),
    (error: unknown) => error as Error & { code?: string; data?: unknown },
  );

describe("FunctionProvider", () => {
  const address = `0x${"11".repeat(20)}`;

  it("asks the function", async () => {
    const provider = new FunctionProvider(async (method) => {
      expect(method).to.equal("eth_getCode");
      return "0x1234";
    }, 5n);
    expect(await provider.getCode(address)).to.equal("0x1234");
  });

  it("passes on that no node answers as it is", async () => {
    const unreachable = new ChainUnreachableError("None answers.");
    const provider = new FunctionProvider(() => Promise.reject(unreachable), 5n);
    expect(await failureOf(provider.getCode(address))).to.equal(unreachable);
  });

  it("makes an error of ethers of what a node answers with", async () => {
    const refusal = Object.assign(new Error("execution reverted"), { code: 3, data: "0x12345678" });
    const provider = new FunctionProvider(() => Promise.reject(refusal), 5n);
    const { code, data } = await failureOf(provider.call({ to: address }));
    expect({ code, data }).to.deep.equal({ code: "CALL_EXCEPTION", data: "0x12345678" });
  });
});
