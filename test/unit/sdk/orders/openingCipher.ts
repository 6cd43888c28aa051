import { expect } from "chai";
import { getBytes, hexlify, id, randomBytes, SigningKey } from "ethers";
import {
  decryptOpening,
  encryptOpening,
  UnreadableCiphertextError,
  type CipherContext,
} from "../../../../sdk/orders/openingCipher.ts";

describe("openingCipher", () => {
  const operator = new SigningKey(id("operator"));
  const context: CipherContext = {
    domain: id("a market"),
    participant: 7,
    kind: "order",
    index: 42,
  };
  const plaintext = randomBytes(40);

  async function refuses(promise: Promise<unknown>): Promise<void> {
    const error = await promise.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).to.be.instanceOf(UnreadableCiphertextError);
  }

  it("gives the operator what was encrypted, with 49 bytes more", async () => {
    const ciphertext = await encryptOpening(operator.compressedPublicKey, context, plaintext);
    expect(getBytes(ciphertext)).to.have.length(plaintext.length + 49);
    expect(hexlify(await decryptOpening(operator, context, ciphertext))).to.equal(
      hexlify(plaintext),
    );
  });

  it("takes an uncompressed key of the operator for the same key", async () => {
    const ciphertext = await encryptOpening(operator.publicKey, context, plaintext);
    expect(hexlify(await decryptOpening(operator, context, ciphertext))).to.equal(
      hexlify(plaintext),
    );
  });

  it("never gives the same ciphertext twice", async () => {
    const [a, b] = await Promise.all([
      encryptOpening(operator.compressedPublicKey, context, plaintext),
      encryptOpening(operator.compressedPublicKey, context, plaintext),
    ]);
    expect(a).not.to.equal(b);
    expect(a.slice(0, 68)).not.to.equal(b.slice(0, 68));
  });

  const elsewhere: [string, Partial<CipherContext>][] = [
    ["another market", { domain: id("another market") }],
    ["another participant", { participant: 8 }],
    ["another period", { index: 43 }],
    ["a schedule", { kind: "schedule" }],
  ];
  for (const [name, change] of elsewhere) {
    it(`does not open for ${name}`, async () => {
      const ciphertext = await encryptOpening(operator.compressedPublicKey, context, plaintext);
      await refuses(decryptOpening(operator, { ...context, ...change }, ciphertext));
    });
  }

  it("does not open with another key", async () => {
    const ciphertext = await encryptOpening(operator.compressedPublicKey, context, plaintext);
    await refuses(decryptOpening(new SigningKey(id("somebody")), context, ciphertext));
  });

  it("does not open where any byte was changed", async () => {
    const ciphertext = getBytes(
      await encryptOpening(operator.compressedPublicKey, context, plaintext),
    );
    for (const place of [0, 1, 20, 33, 60, ciphertext.length - 1]) {
      const changed = Uint8Array.from(ciphertext);
      changed[place]! ^= 1;
      await refuses(decryptOpening(operator, context, hexlify(changed)));
    }
  });

  for (const garbage of ["0x", "0x02", hexlify(new Uint8Array(48)), hexlify(new Uint8Array(80))]) {
    it(`refuses ${garbage.length / 2 - 1} bytes of garbage`, async () => {
      await refuses(decryptOpening(operator, context, garbage));
    });
  }
});
