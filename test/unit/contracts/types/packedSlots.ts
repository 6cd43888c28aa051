// The layouts that the rulers in contracts/types draw, read from the raw slots.
import { expect } from "chai";
import { goTo, join, pay } from "../../../helpers/market.ts";
import { stage } from "../../../helpers/stage.ts";
import { mappedSlotOf, setBalance, slotOf, wordAt } from "../../../helpers/storage.ts";
import { buy, report, sealAndOpen, sell, settle, submit } from "../../../helpers/verbs.ts";

const PERIOD = 5;

describe("packed slots", () => {
  const scene = stage(
    async (fixture) => {
      await goTo(fixture, PERIOD - 1, 1);
      const [a, b] = fixture.actors.people;
      const alice = await join(fixture, a!, { greenSupply: true, ratedPowerW: 2 ** 32 - 1 });
      const bob = await join(fixture, b!);
      return { alice, bob };
    },
    { parameters: { maxEnergyWh: 2 ** 28 - 1, maxPriceMicroPerKwh: 2 ** 28 } },
  );
  const word = async (label: string, index: number | bigint = 0) =>
    wordAt(scene, await slotOf(label, index));
  const ring = (participant: number, period: number) => participant * 8 + (period % 8);
  /** A word of fields: [value, first bit]. */
  const fields = (...values: [bigint | number, number][]) =>
    values.reduce((sum, [value, bit]) => sum | (BigInt(value) << BigInt(bit)), 0n);
  const AUTHORISED = 192;
  const METERED = 193;
  const FROZEN = 194;
  const GREEN_SUPPLY = 196;
  const OPEN = 199;

  it("Account: balance, reputation, missed readings, flags", async () => {
    const { alice, market, actors } = scene;
    expect(await word("_accounts", alice.id)).to.equal(
      fields(
        [1_000_000_000_000n, 0],
        [100, 176],
        [1, AUTHORISED],
        [1, METERED],
        [1, GREEN_SUPPLY],
        [1, OPEN],
      ),
    );
    await market.connect(actors.regulator).setFrozen(alice.id, true);
    expect(((await word("_accounts", alice.id)) >> BigInt(FROZEN)) & 1n).to.equal(1n);
  });

  it("Account: the largest balance leaves its neighbours alone", async () => {
    const { alice, market } = scene;
    const before = (await word("_accounts", alice.id)) >> 88n;
    const { balanceNano } = await market.accountOf(alice.id);
    await pay(
      scene,
      alice.id,
      2n ** 88n - 1n - balanceNano - (await market.accountOf(3)).balanceNano,
    );
    expect((await word("_accounts", alice.id)) >> 88n).to.equal(before);
    await setBalance(scene, alice.id, 2n ** 88n - 1n);
    expect((await market.accountOf(alice.id)).balanceNano).to.equal(2n ** 88n - 1n);
    expect((await market.accountOf(alice.id)).reputation).to.equal(100n);
  });

  it("Account: missed readings and the last active period", async () => {
    const { alice, market } = scene;
    await goTo(scene, PERIOD + 6, 0);
    await market.settle(PERIOD, 2, 10);
    await market.connect(alice.owner).leaveMarket();
    const account = await word("_accounts", alice.id);
    expect((account >> 184n) & 0xffn).to.equal(1n);
    expect((account >> 200n) & 0xffffffn).to.equal(BigInt(PERIOD + 6));
    expect((account >> BigInt(AUTHORISED)) & 1n).to.equal(0n);
  });

  it("Order: period, quantity, limit, fill, value, next, flags, at their largest", async () => {
    const { alice, bob, market } = scene;
    const [energyWh, price] = [2 ** 28 - 1, 2 ** 28];
    await pay(scene, bob.id, 2n ** 57n);
    await sealAndOpen(scene, PERIOD, [
      [alice, sell(energyWh, price)],
      [bob, buy(energyWh, price)],
    ]);
    const sealed = fields([PERIOD, 0], [energyWh, 24], [price, 52]);
    const flags = fields([1, 248], [1, 249]);
    expect(await word("_orders", ring(alice.id, PERIOD))).to.equal(sealed | flags);
    expect(await word("_orders", ring(bob.id, PERIOD))).to.equal(sealed);
    await goTo(scene, PERIOD - 1, 420);
    await market.clear(PERIOD, 1);
    const traded = fields([energyWh, 84], [BigInt(energyWh) * BigInt(price), 112]);
    expect(await word("_orders", ring(alice.id, PERIOD))).to.equal(sealed | flags | traded);
    expect(await word("_orders", ring(bob.id, PERIOD))).to.equal(sealed | traded);
    expect(await word("_totals", PERIOD % 8)).to.equal(
      fields([energyWh, 0], [BigInt(energyWh) * BigInt(price), 64], [1, 160], [PERIOD, 192]),
    );
  });

  it("Order: links to the next of its list; PeriodBook: heads, counts, phase, openingEnd", async () => {
    const { alice, bob, market } = scene;
    const [carol, dave] = [
      await join(scene, scene.actors.people[2]!),
      await join(scene, scene.actors.people[3]!),
    ];
    await sealAndOpen(scene, PERIOD, [
      [alice, sell(1, 20_000)],
      [bob, sell(1, 30_000)],
      [carol, sell(1, 20_000)],
      [dave, buy(1, 20_000)],
    ]);
    const order = await word("_orders", ring(carol.id, PERIOD));
    expect((order >> 224n) & 0xffffffn).to.equal(BigInt(bob.id));
    const book = fields([PERIOD, 0], [4, 120], [1, 194], [420, 195]);
    const heads = fields([dave.id, 24], [carol.id, 48], [0, 72], [alice.id, 96]);
    expect(await word("_books", PERIOD % 8)).to.equal(book | heads);
    await goTo(scene, PERIOD - 1, 420);
    await market.clear(PERIOD, 10);
    await goTo(scene, PERIOD + 1, 0);
    await report(scene, alice, PERIOD, 0, 1);
    await settle(scene, PERIOD);
    expect(await word("_books", PERIOD % 8)).to.equal(
      book | fields([carol.id, 48], [1, 144], [4, 168], [3, 192]),
    );
    expect(await word("_settledWords", BigInt(PERIOD % 8) * (2n ** 24n / 224n + 1n))).to.equal(
      fields([1, alice.id], [PERIOD + 1, 224]),
    );
  });

  it("MeterBinding: gateway, rated power, number, first period", async () => {
    const { alice, actors } = scene;
    expect(await word("_bindings", alice.id)).to.equal(
      fields(
        [BigInt(actors.gateway.address), 0],
        [2 ** 32 - 1, 160],
        [alice.meterId, 192],
        [PERIOD - 1, 224],
      ),
    );
  });

  it("MeterState, LateReading: registers, energies, period", async () => {
    const { alice } = scene;
    const [first, second] = [2n ** 28n - 1n, 2n ** 28n + 5n];
    await goTo(scene, PERIOD + 2, 0);
    await report(scene, alice, PERIOD, first, 7);
    expect(await word("_meters", alice.id)).to.equal(
      fields([first, 0], [7, 48], [first, 96], [7, 128], [PERIOD, 160], [1, 184]),
    );
    await report(scene, alice, PERIOD + 1, second, 7);
    expect(await word("_meters", alice.id)).to.equal(
      fields([second, 0], [7, 48], [6, 96], [0, 128], [PERIOD + 1, 160], [1, 184]),
    );
    expect(await word("_lateReadings", ring(alice.id, PERIOD))).to.equal(
      fields([first, 0], [7, 32], [PERIOD, 64], [1, 88]),
    );
  });

  it("seals: 224 bits of the commitment, period, mandate", async () => {
    const { alice, market } = scene;
    await submit(scene, alice, PERIOD, sell(1, 20_000));
    const stored = await word("_seals", alice.id * 16 + (PERIOD % 16));
    expect(stored & 0xffffffffn).to.equal(BigInt(PERIOD) << 1n);
    expect(await market.sealOf(alice.id, PERIOD)).to.equal(stored);
  });

  it("owners and dues are kept by participant", async () => {
    const { alice } = scene;
    expect(await wordAt(scene, await mappedSlotOf("_ownerOf", alice.id))).to.equal(
      BigInt(alice.owner.address),
    );
  });
});
