import { expect } from "chai";
import { AbiCoder, keccak256 } from "ethers";
import {
  authorisationMessage,
  outcomeOf,
  subjectOfNullifiers,
} from "../../../../sdk/private/authorisation.ts";
import { addressWord, CIRCUIT_IDS, contextOf } from "../../../../sdk/private/context.ts";
import { FIELD_ORDER } from "../../../../sdk/private/field.ts";
import { hash } from "../../../../sdk/private/poseidon.ts";
import { poolDomain, scopeOf } from "../../../../sdk/private/pool.ts";
import { TAGS } from "../../../../sdk/private/tags.ts";
import { POOL } from "./scene.ts";

const coder = AbiCoder.defaultAbiCoder();
const PAYER = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";

describe("context", () => {
  it("is what Solidity makes of chain, pool, circuit, deadline and the rest", () => {
    const encoded = coder.encode(
      ["uint256", "address", "uint8", "uint40", "address"],
      [POOL.chainId, POOL.pool, 1, 1_900_000_000, PAYER],
    );
    expect(contextOf(POOL, "Deposit", 1_900_000_000n, [addressWord(PAYER)])).to.equal(
      BigInt(keccak256(encoded)) >> 8n,
    );
  });

  it("is another for every chain, pool, circuit, deadline and bound word", () => {
    const contexts = [
      contextOf(POOL, "Merge", 5n),
      contextOf(POOL, "Merge", 6n),
      contextOf(POOL, "Refund", 5n),
      contextOf(POOL, "Merge", 5n, [0n]),
      contextOf(POOL, "Merge", 5n, [1n]),
      contextOf({ ...POOL, chainId: 1n }, "Merge", 5n),
      contextOf({ ...POOL, pool: PAYER }, "Merge", 5n),
    ];
    expect(new Set(contexts).size).to.equal(contexts.length);
    expect(contexts.every((context) => context < 2n ** 248n && context < FIELD_ORDER)).to.be.true;
  });

  it("reads an address in any case, and refuses what is none", () => {
    expect(addressWord(PAYER.toLowerCase())).to.equal(BigInt(PAYER));
    expect(() => addressWord("0x12")).to.throw("address");
  });
});

describe("scope", () => {
  it("is what Solidity makes of chain and pool, modulo the field's order", () => {
    const encoded = coder.encode(["uint256", "address"], [POOL.chainId, POOL.pool]);
    expect(scopeOf(POOL)).to.equal(BigInt(keccak256(encoded)) % FIELD_ORDER);
  });

  it("does not depend on how the pool's address is written", () => {
    const lower = { ...POOL, pool: POOL.pool.toLowerCase() };
    expect(scopeOf(lower)).to.equal(scopeOf(POOL));
    expect(poolDomain(lower)).to.deep.equal(poolDomain(POOL));
  });
});

describe("authorisation", () => {
  it("folds what a proof creates from the left", () => {
    expect(outcomeOf(5n)).to.equal(5n);
    expect(outcomeOf(5n, 6n)).to.equal(hash(TAGS.outputs, 5n, 6n));
    expect(outcomeOf(5n, 6n, 7n)).to.equal(hash(TAGS.outputs, hash(TAGS.outputs, 5n, 6n), 7n));
  });

  it("is another message for every circuit, subject, outcome and context", () => {
    const messages = [
      authorisationMessage("Withdraw", 1n, 2n, 3n),
      authorisationMessage("Merge", 1n, 2n, 3n),
      authorisationMessage("Withdraw", 9n, 2n, 3n),
      authorisationMessage("Withdraw", 1n, 9n, 3n),
      authorisationMessage("Withdraw", 1n, 2n, 9n),
      authorisationMessage("Withdraw", subjectOfNullifiers(1n, 1n), 2n, 3n),
    ];
    expect(new Set(messages).size).to.equal(messages.length);
    expect(messages[0]).to.equal(hash(TAGS.authorise, CIRCUIT_IDS.Withdraw, 1n, 2n, 3n));
  });
});
