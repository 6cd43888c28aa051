import { hkdfSync } from "node:crypto";
import { expect } from "chai";
import { SigningKey, TypedDataEncoder, Wallet } from "ethers";
import {
  MalformedKeySignatureError,
  OtherOwnerError,
  OtherWalletError,
  PrivateAccountError,
  UnstableSignatureError,
} from "../../../../sdk/private/accountError.ts";
import { BASE_POINT, isOfPrimeOrder, multiplyPoint } from "../../../../sdk/private/babyJubjub.ts";
import {
  derivePrivateAccount,
  type TypedDataSigner,
} from "../../../../sdk/private/derivePrivateAccount.ts";
import { FIELD_ORDER, SUBGROUP_ORDER } from "../../../../sdk/private/field.ts";
import { accountOfSeed } from "../../../../sdk/private/keys.ts";
import {
  PRIVATE_ACCOUNT_TYPES,
  privateAccountMessage,
  seedOfSignature,
} from "../../../../sdk/private/keySignature.ts";
import { hash } from "../../../../sdk/private/poseidon.ts";
import { poolDomain } from "../../../../sdk/private/pool.ts";
import { TAGS } from "../../../../sdk/private/tags.ts";
import { account, POOL } from "./scene.ts";
import { rejection } from "../../../helpers/rejection.ts";

const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const wallet = new Wallet(`0x${"11".repeat(32)}`);
const stranger = new Wallet(`0x${"22".repeat(32)}`);

const sign = (index = 0n, signer = wallet) =>
  signer.signTypedData(poolDomain(POOL), PRIVATE_ACCOUNT_TYPES, privateAccountMessage(index));

/** A wallet of an address that answers with the given signatures, in turn. */
function scripted(...signatures: string[]): TypedDataSigner & { asked: number } {
  const signer = {
    asked: 0,
    getAddress: () => Promise.resolve(wallet.address),
    signTypedData: () => Promise.resolve(signatures[signer.asked++]!),
  };
  return signer;
}

/** The signature with n - s and the other parity: anybody can make it. */
function twin(signature: string): string {
  const s = ORDER - BigInt(`0x${signature.slice(66, 130)}`);
  const v = signature.endsWith("1b") ? "1c" : "1b";
  return signature.slice(0, 66) + s.toString(16).padStart(64, "0") + v;
}

async function refused(
  promise: Promise<unknown>,
  type: new (...args: never[]) => Error,
): Promise<Error> {
  const error = await rejection(promise);
  expect(error).to.be.instanceOf(type);
  return error;
}

describe("derivePrivateAccount", () => {
  it("derives the same account from the same wallet, and another for another index", async () => {
    const first = await derivePrivateAccount(wallet, POOL, { registeredOwner: undefined });
    const again = await derivePrivateAccount(wallet, POOL, { registeredOwner: first.owner });
    const second = await derivePrivateAccount(wallet, POOL, {
      index: 1n,
      registeredOwner: undefined,
    });
    expect(again).to.deep.equal(first);
    expect(second.owner).to.not.equal(first.owner);
  });

  it("derives other keys for another pool, chain or wallet", async () => {
    const owners = await Promise.all(
      [
        derivePrivateAccount(wallet, POOL, { registeredOwner: undefined }),
        derivePrivateAccount(stranger, POOL, { registeredOwner: undefined }),
        derivePrivateAccount(wallet, { ...POOL, chainId: 1n }, { registeredOwner: undefined }),
        derivePrivateAccount(
          wallet,
          { ...POOL, pool: stranger.address },
          { registeredOwner: undefined },
        ),
      ].map(async (derived) => (await derived).owner),
    );
    expect(new Set(owners).size).to.equal(4);
  });

  it("asks twice for a new account, once for a registered one", async () => {
    const signature = await sign();
    const fresh = scripted(signature, signature);
    const { owner } = await derivePrivateAccount(fresh, POOL, { registeredOwner: undefined });
    expect(fresh.asked).to.equal(2);
    const known = scripted(signature);
    await derivePrivateAccount(known, POOL, { registeredOwner: owner });
    expect(known.asked).to.equal(1);
  });

  it("takes both twins of a signature for one, also with v of 0 and 1", async () => {
    const signature = await sign();
    const plainV = signature.slice(0, 130) + (signature.endsWith("1b") ? "00" : "01");
    for (const other of [twin(signature), plainV]) {
      expect(seedOfSignature(POOL, wallet.address, 0n, other)).to.deep.equal(
        seedOfSignature(POOL, wallet.address, 0n, signature),
      );
    }
    const { owner } = await derivePrivateAccount(scripted(signature, twin(signature)), POOL, {
      registeredOwner: undefined,
    });
    expect(owner).to.be.a("bigint");
  });

  it("refuses a wallet that signs differently each time", async () => {
    // Another valid signature of the same message and key: ethers signs with the nonce of RFC 6979 alone, so another
    // k is taken by hand.
    const unstable = scripted(await sign(), signatureWithOtherNonce());
    await refused(
      derivePrivateAccount(unstable, POOL, { registeredOwner: undefined }),
      UnstableSignatureError,
    );
  });

  it("refuses a signature of another key or of another message", async () => {
    for (const signature of [await sign(0n, stranger), await sign(1n)]) {
      const error = await refused(
        derivePrivateAccount(scripted(signature, signature), POOL, { registeredOwner: undefined }),
        OtherWalletError,
      );
      expect(error.message).to.include(wallet.address);
    }
  });

  it("derives nothing where another owner is registered", async () => {
    const error = await refused(
      derivePrivateAccount(wallet, POOL, { registeredOwner: account(9).owner }),
      OtherOwnerError,
    );
    expect(error.message).to.include(account(9).owner.toString());
  });

  it("refuses what is no signature, and tells none of it", async () => {
    const signature = await sign();
    const broken = [
      "0x",
      signature.slice(0, -2),
      `${signature}00`,
      signature.slice(2),
      `${signature.slice(0, 130)}1d`,
      `0x${"00".repeat(32)}${signature.slice(66)}`,
      `${signature.slice(0, 66)}${"00".repeat(32)}1b`,
      `0x${ORDER.toString(16)}${signature.slice(66)}`,
      `${signature.slice(0, 66)}${ORDER.toString(16)}1b`,
      // r = 5 is the x of no point.
      `0x${"00".repeat(31)}05${signature.slice(66)}`,
    ];
    for (const each of broken) {
      const error = await refused(
        derivePrivateAccount(scripted(each, each), POOL, { registeredOwner: undefined }),
        MalformedKeySignatureError,
      );
      expect(error).to.be.instanceOf(PrivateAccountError);
      expect(error.cause).to.equal(undefined);
      expect(error.message).to.not.include(signature.slice(70, 120));
    }
  });
});

describe("keys", () => {
  it("makes every key from the seed, none the same as another", () => {
    const one = account(1);
    expect(new Set([one.spendScalar, one.nullifierKey, one.viewScalar]).size).to.equal(3);
    expect(one.signKey).to.have.length(32);
    expect(one.spendKey).to.deep.equal(multiplyPoint(BASE_POINT, one.spendScalar));
    expect(one.viewKey).to.deep.equal(multiplyPoint(BASE_POINT, one.viewScalar));
    expect(isOfPrimeOrder(one.spendKey) && isOfPrimeOrder(one.viewKey)).to.be.true;
  });

  it("are what another HKDF gives", () => {
    const seed = new Uint8Array(32).fill(1);
    const wide = (info: string) =>
      Buffer.from(hkdfSync("sha256", seed, "sealwatt/private/1", info, 64)).toString("hex");
    const one = accountOfSeed(seed);
    expect(one.spendScalar).to.equal(BigInt(`0x${wide("spend")}`) % SUBGROUP_ORDER);
    expect(one.viewScalar).to.equal(BigInt(`0x${wide("view")}`) % SUBGROUP_ORDER);
    expect(one.nullifierKey).to.equal(BigInt(`0x${wide("nullifier")}`) % FIELD_ORDER);
    expect(Buffer.from(one.signKey).toString("hex")).to.equal(wide("sign").slice(0, 64));
    expect(one.account).to.equal(hash(TAGS.account, ...one.spendKey, one.nullifierKey));
    expect(one.owner).to.equal(hash(TAGS.owner, one.account, ...one.viewKey));
  });

  it("refuses a seed that has not 32 bytes", () => {
    expect(() => accountOfSeed(new Uint8Array(31))).to.throw(RangeError);
  });
});

/** Signs by the textbook with k = 2, so that r is another than RFC 6979 gives. */
function signatureWithOtherNonce(): string {
  const digest = BigInt(
    TypedDataEncoder.hash(poolDomain(POOL), PRIVATE_ACCOUNT_TYPES, privateAccountMessage(0n)),
  );
  const k = 2n;
  const point = new SigningKey(`0x${k.toString(16).padStart(64, "0")}`).publicKey;
  const r = BigInt(`0x${point.slice(4, 68)}`);
  const inverse = (ORDER + 1n) / 2n;
  const s = (inverse * (digest + r * BigInt(wallet.privateKey))) % ORDER;
  const parity = Number(BigInt(`0x${point.slice(68)}`) & 1n);
  const hex = (value: bigint) => value.toString(16).padStart(64, "0");
  return `0x${hex(r)}${hex(s)}${parity === 1 ? "1c" : "1b"}`;
}
