import { expect } from "chai";
import type { ContractTransactionResponse } from "ethers";
import { RandomSource } from "../../../helpers/randomSource.ts";
import { stage } from "../../../helpers/stage.ts";
import { sent } from "../../../helpers/verbs.ts";

const PERIOD = 5;
const SELL = 1n << 248n;
const GREEN = 1n << 249n;
const FLAGS = [0n, SELL, GREEN, SELL | GREEN] as const;

interface Entry {
  id: number;
  price: number;
  list: number;
  hint?: number;
}

describe("SortedLists", () => {
  const scene = stage(async ({ ethers }) => {
    const contract = await ethers.deployContract("Libraries");
    await contract.getFunction("begin")(PERIOD);
    return { contract };
  });

  async function insert(entries: readonly Entry[]): Promise<bigint> {
    const { gasUsed } = await sent(
      scene.contract.getFunction("insert")(
        PERIOD,
        entries.map(({ id, price, list, hint = 0 }) => [id, price, FLAGS[list], hint]),
      ) as Promise<ContractTransactionResponse>,
    );
    return gasUsed;
  }

  async function read(list: number): Promise<number[]> {
    const [ids] = (await scene.contract.getFunction("read")(PERIOD, list)) as [bigint[]];
    return [...ids].map(Number);
  }

  /** What a list should hold: the best price first, then the lower participant. */
  const sorted = (entries: readonly Entry[], list: number) =>
    entries
      .filter((entry) => entry.list === list)
      .sort((a, b) => (list % 2 === 1 ? a.price - b.price : b.price - a.price) || a.id - b.id)
      .map(({ id }) => id);

  it("keeps offers from the lowest price up and bids from the highest down", async () => {
    const entries = [1, 0].flatMap((list) =>
      [300, 100, 200].map((price, i) => ({ id: 2 + i + 10 * list, price, list })),
    );
    await insert(entries);
    expect(await read(1)).to.deep.equal([13, 14, 12]);
    expect(await read(0)).to.deep.equal([2, 4, 3]);
  });

  it("gives a tie to the lower participant, whoever came first", async () => {
    await insert([7, 3, 9, 5].map((id) => ({ id, price: 100, list: 1 })));
    expect(await read(1)).to.deep.equal([3, 5, 7, 9]);
  });

  it("keeps the four lists apart", async () => {
    await insert([0, 1, 2, 3].map((list) => ({ id: 10 + list, price: 100, list })));
    for (const list of [0, 1, 2, 3]) expect(await read(list)).to.deep.equal([10 + list]);
  });

  it("starts a new best at the head, and goes on from there in the same call", async () => {
    const entries = [5, 4, 3, 2, 6].map((price, i) => ({ id: 20 + i, price, list: 1 }));
    await insert(entries);
    expect(await read(1)).to.deep.equal(sorted(entries, 1));
    const more = [{ id: 40, price: 1, list: 1 }];
    await insert(more);
    expect(await read(1)).to.deep.equal(sorted([...entries, ...more], 1));
  });

  describe("a hint", () => {
    const ten = Array.from({ length: 10 }, (_, i) => ({
      id: 10 + i,
      price: 100 * (i + 1),
      list: 1,
    }));
    const end = { id: 50, price: 2_000, list: 1 };

    it("that is right saves the walk", async () => {
      await insert(ten);
      const before = await scene.networkHelpers.takeSnapshot();
      const walked = await insert([end]);
      await before.restore();
      const hinted = await insert([{ ...end, hint: 19 }]);
      expect(await read(1)).to.deep.equal(sorted([...ten, end], 1));
      expect(hinted).to.be.lessThan(walked - 10_000n);
    });

    const wrong: [string, number][] = [
      ["of nobody", 99],
      ["of a participant in another list", 60],
      ["of an order that sorts behind", 19],
      ["of itself", 50],
      ["beyond all participants", 2 ** 24 - 1],
      ["beyond the slots", 2 ** 24],
      ["of the order's own rank's other side", 14],
    ];
    for (const [name, hint] of wrong) {
      it(`${name} does no harm`, async () => {
        const middle = { id: 50, price: 450, list: 1, hint };
        const elsewhere = { id: 60, price: 100, list: 3 };
        await insert([...ten, elsewhere]);
        await insert([middle]);
        expect(await read(1)).to.deep.equal(sorted([...ten, middle], 1));
        expect(await read(3)).to.deep.equal([60]);
      });
    }

    it("of a participant whose order is of eight periods ago does no harm", async () => {
      await insert([{ id: 70, price: 100, list: 1 }]);
      await scene.contract.getFunction("begin")(PERIOD + 8);
      await scene.contract.getFunction("insert")(PERIOD + 8, [
        [71, 200, SELL, 70],
        [72, 300, SELL, 70],
      ]);
      const [ids] = (await scene.contract.getFunction("read")(PERIOD + 8, 1)) as [bigint[]];
      expect([...ids]).to.deep.equal([71n, 72n]);
    });
  });

  it("sorts random orders in random batches with random hints", async () => {
    const random = new RandomSource(3);
    const entries: Entry[] = Array.from({ length: 120 }, (_, i) => ({
      id: 2 + ((i * 37) % 120),
      price: random.integer(1, 25),
      list: random.integer(0, 3),
      hint: random.integer(0, 130),
    }));
    for (let start = 0; start < entries.length;) {
      const size = random.integer(1, 15);
      await insert(entries.slice(start, start + size));
      start += size;
    }
    for (const list of [0, 1, 2, 3]) expect(await read(list)).to.deep.equal(sorted(entries, list));
    const [, opened] = (await scene.contract.getFunction("read")(PERIOD, 0)) as [unknown, bigint];
    expect(opened).to.equal(120n);
  });

  it("ranks by price, then participant; the better is lower", async () => {
    const rank = async (price: number, flags: bigint, id: number) =>
      (await scene.contract.getFunction("rankOf")(price, flags, id)) as bigint;
    expect(await rank(5, SELL, 9)).to.equal((5n << 24n) | 9n);
    expect(await rank(5, 0n, 9)).to.equal(((2n ** 32n - 6n) << 24n) | 9n);
    expect(await rank(2 ** 32 - 1, GREEN, 2)).to.equal(2n);
    for (const list of [0, 1, 2, 3]) {
      expect(await scene.contract.getFunction("listOf")(FLAGS[list])).to.equal(BigInt(list));
    }
    expect(await scene.contract.getFunction("slotOf")(3, 21)).to.equal(29n);
  });
});
