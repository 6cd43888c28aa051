// Where the market's state lies, from the compiler's storage layout.
import { readFile } from "node:fs/promises";
import { keccak256, toBeHex } from "ethers";
import hre from "hardhat";
import type { MarketFixture } from "./market.ts";

interface StorageLayout {
  storage: { label: string; slot: string; offset: number; type: string }[];
  types: Record<string, { label: string; base?: string; numberOfBytes: string }>;
}

const layouts = new Map<string, Promise<StorageLayout>>();

/** The storage layout of a contract, as the compiler reports it. @param contract with its folder below contracts/ */
export function storageLayoutOf(contract: string): Promise<StorageLayout> {
  let layout = layouts.get(contract);
  if (layout === undefined) {
    layout = readLayout(contract);
    layouts.set(contract, layout);
  }
  return layout;
}

async function readLayout(contract: string): Promise<StorageLayout> {
  const name = contract.slice(contract.lastIndexOf("/") + 1);
  const id = await hre.artifacts.getBuildInfoId(`contracts/${contract}.sol:${name}`);
  if (id === undefined) throw new Error(`${contract} is not compiled.`);
  const file = await hre.artifacts.getBuildInfoOutputPath(id);
  if (file === undefined) throw new Error(`${contract} has no build output.`);
  const { output } = JSON.parse(await readFile(file, "utf8")) as {
    output: { contracts: Record<string, Record<string, { storageLayout?: StorageLayout }>> };
  };
  const layout = output.contracts[`project/contracts/${contract}.sol`]?.[name]?.storageLayout;
  if (layout === undefined) throw new Error(`The compiler gave no storage layout of ${contract}.`);
  return layout;
}

/** The slot of a variable, or of an element of a fixed array whose elements fill slots. */
export async function slotOf(label: string, index: number | bigint = 0): Promise<bigint> {
  const { storage, types } = await storageLayoutOf("EnergyMarket");
  const variable = storage.find((candidate) => candidate.label === label);
  if (variable === undefined) throw new Error(`${label} is not stored.`);
  const base = types[variable.type]!.base;
  const slots = base === undefined ? 1n : (BigInt(types[base]!.numberOfBytes) + 31n) / 32n;
  return BigInt(variable.slot) + BigInt(index) * slots;
}

/** The slot of a value of a mapping. */
export async function mappedSlotOf(label: string, key: string | number | bigint): Promise<bigint> {
  const slot = await slotOf(label);
  return BigInt(keccak256(toBeHex(key, 32) + toBeHex(slot, 32).slice(2)));
}

/** The word of a slot of the market. */
export async function wordAt(
  { ethers, marketAddress }: MarketFixture,
  slot: bigint,
): Promise<bigint> {
  return BigInt(await ethers.provider.getStorage(marketAddress, slot));
}

/** Gives an account a balance that no verb would lead to; the vault's sum does not follow. */
export async function setBalance(
  fixture: MarketFixture,
  participant: number,
  balanceNano: bigint,
): Promise<void> {
  const slot = await slotOf("_accounts", participant);
  const word = ((await wordAt(fixture, slot)) >> 88n) << 88n;
  await fixture.networkHelpers.setStorageAt(fixture.marketAddress, slot, word | balanceNano);
}
