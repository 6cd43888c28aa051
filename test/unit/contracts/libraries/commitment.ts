import { expect } from "chai";
import { commitmentDomain, hashOrder } from "../../../../sdk/orders/commitment.ts";
import { packOrder, type SealableOrder } from "../../../../sdk/orders/packedOrder.ts";
import { rootOf, sealSchedule } from "../../../../sdk/orders/schedule.ts";
import { stage } from "../../../helpers/stage.ts";
import { saltOf } from "../../../helpers/verbs.ts";

const ORDER: SealableOrder = {
  participant: 7,
  period: 96,
  side: "sell",
  energyWh: 1_000,
  priceMicroPerKwh: 200_000,
};

describe("Commitment: as in the SDK", () => {
  const scene = stage(async ({ ethers }) => {
    const contract = await ethers.deployContract("Libraries");
    return {
      call: (name: string, ...args: unknown[]): Promise<unknown> =>
        contract.getFunction(name).staticCall(...args) as Promise<unknown>,
    };
  });

  it("binds chain, market, order and salt", async () => {
    const { call, marketAddress, domain } = scene;
    expect(await call("domain", 31337, marketAddress)).to.equal(domain);
    for (const [chainId, market] of [
      [1, marketAddress],
      [31337, scene.actors.grid.address],
    ] as const) {
      const other = await call("domain", chainId, market);
      expect(other).to.equal(commitmentDomain(chainId, market));
      expect(other).not.to.equal(domain);
    }
    const salt = saltOf(1, 2);
    expect(await call("hashOrder", domain, packOrder(ORDER), salt)).to.equal(
      hashOrder(domain, ORDER, salt),
    );
  });

  it("finds the root from every place of the day, and from no other", async () => {
    const { call, domain } = scene;
    const orders = Array.from({ length: 96 }, (_, i) => ({ ...ORDER, period: 96 + i }));
    let count = 0;
    const day = sealSchedule(domain, 1, orders, () => saltOf(7, ++count));
    for (const index of [0, 1, 2, 3, 15, 16, 31, 32, 33, 63, 64, 65, 94, 95]) {
      const { order, salt, proof } = day.openings.get(96 + index)!;
      const leaf = hashOrder(domain, order, salt);
      expect(await call("rootOf", leaf, index, proof), `place ${index}`).to.equal(day.root);
      for (const other of [index ^ 1, index ^ 16, (index + 32) % 96, (index + 64) % 96]) {
        if (other === index || other >= 96) continue;
        const root = await call("rootOf", leaf, other, proof);
        expect(root, `${index} as ${other}`).not.to.equal(day.root);
        expect(root).to.equal(rootOf(leaf, other, proof));
      }
    }
  });

  it("stores a root with the periods that it was sealed for", async () => {
    const { call, ethers } = scene;
    const root = saltOf(1, 1);
    expect(await call("hashSchedule", root, 5)).to.equal(
      ethers.keccak256(ethers.concat([root, ethers.toBeHex(5, 32)])),
    );
  });

  it("keeps 224 bits of the hash beside the tag and the mandate's bit", async () => {
    const { call, ethers } = scene;
    const hash = ethers.id("order");
    const stored = (await call("seal", hash, 2 ** 24 - 1, false)) as bigint;
    expect(stored >> 32n).to.equal(BigInt(hash) >> 32n);
    expect(stored & 0xffffffffn).to.equal((2n ** 24n - 1n) << 1n);
    const mandated = (await call("seal", hash, 5, true)) as bigint;
    expect(await call("tagOf", mandated)).to.equal(5n);
    expect(await call("isMandated", mandated)).to.be.true;
    expect(await call("isMandated", stored)).to.be.false;
  });

  it("matches its own hash and tag, whoever sealed it, and no other", async () => {
    const { call, ethers } = scene;
    const hash = ethers.id("order");
    for (const byAgent of [false, true]) {
      const stored = await call("seal", hash, 5, byAgent);
      expect(await call("matches", stored, hash, 5)).to.be.true;
      expect(await call("matches", stored, hash, 4)).to.be.false;
      expect(await call("matches", stored, ethers.id("other"), 5)).to.be.false;
      // The first and the last of the 224 bits.
      for (const bit of [255n, 32n]) {
        const flipped = ethers.toBeHex(BigInt(hash) ^ (1n << bit), 32);
        expect(await call("matches", stored, flipped, 5)).to.be.false;
      }
    }
    expect(await call("matches", 0, hash, 0)).to.be.false;
  });
});
