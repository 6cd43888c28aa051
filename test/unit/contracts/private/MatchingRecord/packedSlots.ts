// The layouts that MatchingRecord draws beside its variables, read from the raw slots.
import { expect } from "chai";
import { AbiCoder, id, keccak256, toBeHex, type BytesLike } from "ethers";
import { at } from "../../../../helpers/market.ts";
import { stagePool } from "../../../../helpers/privateMarket.ts";
import type { Proposal } from "../../../../helpers/privateVerbs.ts";
import {
  agree,
  announce,
  deliveryEnd,
  logOpening,
  makeReady,
  plansEnd,
  proposeSome,
  recordVerdicts,
} from "../../../../helpers/recordVerbs.ts";
import { storageLayoutOf } from "../../../../helpers/storage.ts";

const MOST_COUNT = 2 ** 32 - 1;
const PERIOD = 5;

describe("MatchingRecord's packed slots", () => {
  const scene = stagePool(async (fixture) => {
    await makeReady(fixture);
    const [first, second] = (await proposeSome(fixture, PERIOD, 2)) as [Proposal, Proposal];
    for (const proposal of [first, second]) await agree(fixture, proposal);
    return { within: first.record, beyond: second.record };
  });

  async function slotOf(label: string): Promise<bigint> {
    const { storage } = await storageLayoutOf("private/MatchingRecord");
    return BigInt(storage.find((variable) => variable.label === label)!.slot);
  }
  async function words(slot: bigint, count: number): Promise<bigint[]> {
    const address = await scene.record.getAddress();
    const read = (i: number) => scene.ethers.provider.getStorage(address, slot + BigInt(i));
    return Promise.all(Array.from({ length: count }, async (_, i) => BigInt(await read(i))));
  }
  const keyed = (slot: bigint, type: string, key: unknown) =>
    BigInt(keccak256(AbiCoder.defaultAbiCoder().encode([type, "uint256"], [key, slot])));
  const word = (hash: BytesLike) => BigInt(hash.toString());
  /** A word of fields: [value, first bit]. */
  const fields = (...values: [bigint | number, number][]) =>
    values.reduce((sum, [value, bit]) => sum | (BigInt(value) << BigInt(bit)), 0n);

  it("epoch: first period, time; manifest", async () => {
    const { genesis } = scene;
    await at(scene, 0, -5_000);
    await announce(scene, 9_999, id("a manifest"));
    const first = BigInt(keccak256(toBeHex(await slotOf("_epochs"), 32)));
    expect(await words(first, 3)).to.deep.equal([
      fields([9_999, 0], [genesis - 5_000, 24]),
      word(id("a manifest")),
      0n,
    ]);
  });

  it("seed: first period, time; commitment", async () => {
    const { genesis, record, actors } = scene;
    await announce(scene, 7);
    await at(scene, 0, plansEnd(7));
    await record.connect(actors.matcher).commitSeed(1, id("a seed"));
    const ofEpoch = keyed(await slotOf("_seeds"), "uint256", 1);
    expect(await words(keyed(ofEpoch, "address", actors.matcher.address), 3)).to.deep.equal([
      fields([8, 0], [genesis + plansEnd(7), 24]),
      word(id("a seed")),
      0n,
    ]);
  });

  it("opening: period, time, count at its largest; content", async () => {
    const { genesis } = scene;
    await announce(scene, PERIOD);
    await at(scene, 0, plansEnd(PERIOD));
    const [round, content] = [id("a round"), id("a content")];
    await logOpening(scene, { period: PERIOD, round, content, count: MOST_COUNT });
    const ofKind = keyed(await slotOf("_openings"), "uint256", 0);
    expect(await words(keyed(ofKind, "bytes32", round), 3)).to.deep.equal([
      fields([PERIOD, 0], [genesis + plansEnd(PERIOD), 24], [MOST_COUNT, 64]),
      word(content),
      0n,
    ]);
  });

  it("verdict: verdict, time, in one slot", async () => {
    const { genesis, within, beyond } = scene;
    await at(scene, 0, deliveryEnd(PERIOD));
    await recordVerdicts(scene, PERIOD, [within, beyond], [true, false]);
    const slot = await slotOf("_verdicts");
    for (const [record, number] of [
      [within, 1],
      [beyond, 2],
    ] as const) {
      expect(await words(keyed(slot, "uint256", record), 2)).to.deep.equal([
        fields([number, 0], [genesis + deliveryEnd(PERIOD), 8]),
        0n,
      ]);
    }
  });
});
