import { expect } from "chai";
import type { AbstractSigner, Provider } from "ethers";
import {
  ChainUnreachableError,
  ContractRevertedError,
} from "../../../../sdk/clients/revertError.ts";
import { TransactionSender } from "../../../../sdk/clients/transactionSender.ts";
import { poolInterface } from "../../../../sdk/private/chain/poolInterface.ts";
import { rejection } from "../../../helpers/rejection.ts";

const ADDRESS = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
const CALL = { to: ADDRESS, data: "0x" };

/** A sender of a chain that takes the call and fails to say what it costs. */
async function senderWhereEstimateFails(failure: Error) {
  const done: string[] = [];
  const provider = {
    call: () => Promise.resolve("0x"),
    getBlock: () => Promise.resolve({ baseFeePerGas: 0n }),
    getNetwork: () => Promise.resolve({ chainId: 1n }),
    getTransactionCount: () => Promise.resolve(0),
    estimateGas: () => Promise.reject(failure),
    broadcastTransaction: () => Promise.resolve(done.push("sent")),
  } as unknown as Provider;
  const signer = {
    provider,
    getAddress: () => Promise.resolve(ADDRESS),
    signTransaction: () => Promise.resolve(String(done.push("signed"))),
  } as unknown as AbstractSigner;
  return { sender: await TransactionSender.of(signer), done };
}

describe("TransactionSender", () => {
  it("tells why a call reverts from when its gas is asked for on", async () => {
    const data = poolInterface.encodeErrorResult("NothingToInsert", []);
    const { sender, done } = await senderWhereEstimateFails(
      Object.assign(new Error("execution reverted"), { code: "CALL_EXCEPTION", data }),
    );
    const error = await rejection(sender.send(CALL));
    expect(error).to.be.instanceOf(ContractRevertedError);
    expect(error).to.have.nested.property("reason.name", "NothingToInsert");
    expect(done).to.be.empty;
  });

  it("tells that the chain cannot be reached when its gas is asked for", async () => {
    const { sender, done } = await senderWhereEstimateFails(new Error("connect ECONNREFUSED"));
    expect(await rejection(sender.send(CALL))).to.be.instanceOf(ChainUnreachableError);
    expect(done).to.be.empty;
  });
});
