import { expect } from "chai";
import { classifySendError } from "../../../../oracle/sending/sendRefusal.ts";
import { REFUSALS } from "../../../helpers/fakeChain.ts";

describe("classifySendError", () => {
  for (const [refusal, wordings] of Object.entries(REFUSALS)) {
    for (const [client, [code, message]] of Object.entries(wordings)) {
      it(`finds ${refusal} in the words of ${client}`, () => {
        expect(classifySendError({ code, message })).to.equal(refusal);
      });
    }
  }

  const OTHERS: readonly (readonly [string, number, string])[] = [
    ["known", -32_010, "Transaction with the same hash was already imported."],
    ["known", -32_000, "AlreadyKnown"],
    ["nonceTooLow", -32_000, "OldNonce"],
    ["nonceTooLow", -32_000, "nonce has already been used"],
    ["nonceTooHigh", -32_006, "Nonce too high"],
    ["nonceTooHigh", -32_000, "Transaction nonce is too distant from current sender nonce"],
    [
      "nonceTooHigh",
      -32_000,
      "Nonce too high. Expected nonce to be 3 but got 9. Note that transactions can't be queued when automining.",
    ],
    ["replacementUnderpriced", -32_000, "could not replace existing tx"],
    ["replacementUnderpriced", -32_000, "ReplacementNotAllowed"],
    [
      "underpriced",
      -32_000,
      "transaction gas price below minimum: gas tip cap 0, minimum needed 1",
    ],
    ["underpriced", -32_009, "Gas price below current base fee"],
    ["underpriced", -32_000, "FeeTooLow"],
    ["wrongChain", -32_000, "Wrong chainId"],
    [
      "wrongChain",
      -32_602,
      "Trying to send a raw transaction with an invalid chainId. The expected chainId is 31337",
    ],
    ["wrongChain", -32_000, "invalid sender: invalid chain id for signer: have 5 want 1337"],
    [
      "nonceTooLow",
      -32_000,
      "Nonce too low. Expected nonce to be 2 but got 0. Note that transactions can't be queued when automining.",
    ],
    ["invalid", -32_000, "Transaction requires at least 21000 gas but got 20000"],
    [
      "invalid",
      -32_000,
      "Transaction gas limit is 17000000 and exceeds transaction gas cap of 16777216",
    ],
    ["invalid", -32_000, "intrinsic gas too high -- tx.gas_limit > env.block.gas_limit"],
    ["wrongChain", -32_000, "invalid chain id for signer: have 1 want 2"],
    [
      "wrongChain",
      -32_000,
      "Trying to send an incompatible EIP-155 transaction, signed for another chain.",
    ],
    ["busy", -32_000, "txpool is full"],
    ["busy", -32_008, "Initial sync is still in progress"],
    ["busy", -32_005, "daily request count exceeded, request rate limited: limit exceeded"],
    ["busy", 429, "Too Many Requests"],
    ["invalid", -32_000, "exceeds block gas limit"],
    ["invalid", -32_000, "transaction gas limit too high (cap: 16777216, tx: 20000000)"],
    ["invalid", -32_000, "oversized data: transaction size 140000, limit 131072"],
    ["invalid", -32_000, "tx fee (2.00 ether) exceeds the configured cap (1.00 ether)"],
    ["invalid", -32_602, "Invalid transaction type"],
    ["insufficientFunds", -32_004, "words that nobody knows"],
    ["underpriced", -32_009, "words that nobody knows"],
    ["unknown", -32_000, "words that nobody knows"],
    ["unknown", -32_603, "Internal error"],
  ];
  for (const [refusal, code, message] of OTHERS) {
    it(`finds ${refusal} in ${code} "${message.slice(0, 40)}"`, () => {
      expect(classifySendError({ code, message })).to.equal(refusal);
    });
  }
});
