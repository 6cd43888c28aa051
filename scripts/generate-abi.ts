// Writes sdk/abi/ from the build's artifacts, so that the SDK needs none of them when it runs.
//
//   node scripts/generate-abi.ts           writes the files
//   node scripts/generate-abi.ts --check   fails where a committed file is not what the contracts give
//
// Run `hardhat build` first.
import fs from "node:fs";
import path from "node:path";
import { format as prettify, resolveConfig } from "prettier";
import { formatAbi, mergeAbis, toAbiModule, type AbiSource } from "./abiModule.ts";

const ROOT = path.join(import.meta.dirname, "..");
const ABI_DIR = path.join(ROOT, "sdk/abi");

/** One file each. The market's parts share an address, and their errors come from it. */
const SOURCES: readonly AbiSource[] = [
  {
    file: "energyMarket.ts",
    constant: "ENERGY_MARKET_ABI",
    summary:
      "The open market: all its parts behind its one address, with the errors of what it uses.",
    artifacts: [
      "contracts/interfaces/IEnergyMarket.sol/IEnergyMarket.json",
      "contracts/EnergyMarket.sol/EnergyMarket.json",
      "contracts/MarketExtension.sol/MarketExtension.json",
      "contracts/MarketReads.sol/MarketReads.json",
    ],
  },
  {
    file: "registry.ts",
    constant: "REGISTRY_ABI",
    summary: "Participants' profiles and meters' history.",
    artifacts: ["contracts/Registry.sol/Registry.json"],
  },
  {
    file: "privateMarket.ts",
    constant: "PRIVATE_MARKET_ABI",
    summary: "The private market: notes, plans, matches and their settlement, each with a proof.",
    artifacts: ["contracts/private/PrivateMarket.sol/PrivateMarket.json"],
  },
  {
    file: "matchingRecord.ts",
    constant: "MATCHING_RECORD_ABI",
    summary:
      "What the private market's matcher and key holder bind themselves to, and what is opened.",
    artifacts: ["contracts/private/MatchingRecord.sol/MatchingRecord.json"],
  },
  {
    file: "communityCurrency.ts",
    constant: "COMMUNITY_CURRENCY_ABI",
    summary: "The settlement token: ERC-20 with EIP-2612 permits and a treasurer who mints.",
    artifacts: ["contracts/tokens/CommunityCurrency.sol/CommunityCurrency.json"],
  },
  {
    file: "wrappedEther.ts",
    constant: "WRAPPED_ETHER_ABI",
    summary: "Ether as a settlement token.",
    artifacts: ["contracts/tokens/WrappedEther.sol/WrappedEther.json"],
  },
  {
    file: "forwarder.ts",
    constant: "FORWARDER_ABI",
    summary: "The ERC-2771 forwarder that relays signed calls.",
    artifacts: ["contracts/Forwarder.sol/Forwarder.json"],
  },
  {
    file: "accessManager.ts",
    constant: "ACCESS_MANAGER_ABI",
    summary: "Who may call what is restricted, and with which delay.",
    artifacts: ["@openzeppelin/contracts/access/manager/AccessManager.sol/AccessManager.json"],
  },
];

function readAbi(artifact: string): readonly object[] {
  const file = path.join(ROOT, "artifacts", artifact);
  if (!fs.existsSync(file)) throw new Error(`There is no ${file}: run hardhat build first.`);
  return (JSON.parse(fs.readFileSync(file, "utf8")) as { abi: object[] }).abi;
}

async function reconcile(source: AbiSource, isCheck: boolean): Promise<void> {
  const file = path.join(ABI_DIR, source.file);
  const lines = formatAbi(mergeAbis(source.artifacts.map(readAbi)));
  const config = await resolveConfig(file);
  const text = await prettify(toAbiModule(source, lines), { ...config, parser: "typescript" });
  if (fs.existsSync(file) && fs.readFileSync(file, "utf8") === text) return;
  if (!isCheck) {
    fs.mkdirSync(ABI_DIR, { recursive: true });
    fs.writeFileSync(file, text);
    console.log(`sdk/abi/${source.file}: written, ${lines.length} entries`);
    return;
  }
  console.error(
    `sdk/abi/${source.file} is not what the contracts give. Run npm run generate:abi and commit the file.`,
  );
  process.exitCode = 1;
}

for (const source of SOURCES) await reconcile(source, process.argv.includes("--check"));
