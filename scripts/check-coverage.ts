// Fails where the tests run too few lines of the contracts. Reads what `hardhat test --coverage` wrote.
import fs from "node:fs";
import path from "node:path";
import { parseLcov, summarise } from "./lcov.ts";

const MIN_PERCENT = 98;
const REPORT = path.join(import.meta.dirname, "..", "coverage", "lcov.info");
const GENERATED = "contracts/verifiers/";

if (!fs.existsSync(REPORT)) {
  console.error(
    "coverage/lcov.info is missing. Run `npm run coverage`, which writes and checks it.",
  );
  process.exit(1);
}

const files = parseLcov(fs.readFileSync(REPORT, "utf8")).filter(
  ({ source }) => source.startsWith("contracts/") && !source.startsWith(GENERATED),
);
const { lines, covered, percent } = summarise(files);
for (const { source, uncovered } of files) {
  if (uncovered.length > 0) console.log(`${source}: lines ${uncovered.join(", ")} are not run`);
}
console.log(`contracts: ${covered} of ${lines} lines run, ${percent.toFixed(2)}%`);

if (percent < MIN_PERCENT) {
  console.error(`Coverage of contracts/ is below ${MIN_PERCENT}%. Test the lines listed above.`);
  process.exitCode = 1;
}
