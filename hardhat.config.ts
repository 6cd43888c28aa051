import { createRequire } from "node:module";
import HardhatToolboxMochaEthers from "@nomicfoundation/hardhat-toolbox-mocha-ethers";
import { configVariable, defineConfig } from "hardhat/config";
import { marketTasks } from "./tasks/index.ts";

// The compiler comes from npm, so that nothing is downloaded outside the registry.
const solcPath = createRequire(import.meta.url).resolve("solc/soljson.js");
const compiler = {
  version: "0.8.37",
  path: solcPath,
  settings: {
    evmVersion: "cancun",
    optimizer: { enabled: true, runs: 800 },
    // Tests read raw slots by it.
    outputSelection: { "*": { "*": ["storageLayout"] } },
  },
};

export default defineConfig({
  plugins: [HardhatToolboxMochaEthers],
  tasks: marketTasks,
  solidity: {
    npmFilesToBuild: [
      "@openzeppelin/contracts/access/manager/AccessManager.sol",
      "poseidon-solidity/PoseidonT3.sol",
    ],
    compilers: [compiler],
    // A hash costs 18,000 gas instead of 29,000 where its constants stand in the code and are not copied from its end.
    overrides: {
      "poseidon-solidity/PoseidonT3.sol": {
        ...compiler,
        settings: { ...compiler.settings, optimizer: { enabled: true, runs: 1_000_000 } },
      },
    },
  },
  // The generated namespaces hold types alone, which the check for erasable syntax does not see.
  typechain: { tsNocheck: true },
  networks: {
    default: { type: "edr-simulated", chainType: "l1" },
    // A chain of your own: with a key file (--keystore), or with a key of Hardhat's keystore.
    chain: { type: "http", chainType: "l1", url: configVariable("SEALWATT_RPC_URL") },
    chainWithKey: {
      type: "http",
      chainType: "l1",
      url: configVariable("SEALWATT_RPC_URL"),
      accounts: [configVariable("SEALWATT_KEY")],
    },
  },
});
