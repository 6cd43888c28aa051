// Writes docs/protocol-vectors.json, the test vectors of docs/protocol.md.
//
//   node scripts/generate-protocol-vectors.ts           writes the file
//   node scripts/generate-protocol-vectors.ts --check   fails where the committed file is not what sdk/private gives
import fs from "node:fs";
import path from "node:path";
import { format, resolveConfig } from "prettier";
import { protocolVectors } from "./protocolVectors.ts";

const FILE = path.join(import.meta.dirname, "../docs/protocol-vectors.json");

const json = JSON.stringify(await protocolVectors(), (_, value: unknown) =>
  typeof value === "bigint" ? value.toString() : value,
);
const text = await format(json, { ...(await resolveConfig(FILE)), filepath: FILE });
const isSame = fs.existsSync(FILE) && fs.readFileSync(FILE, "utf8") === text;
if (process.argv.includes("--check")) {
  if (!isSame) {
    console.error(
      "docs/protocol-vectors.json is not what sdk/private gives. Where the protocol changed on purpose, run node scripts/generate-protocol-vectors.ts and commit the file.",
    );
    process.exitCode = 1;
  }
} else if (!isSame) {
  fs.writeFileSync(FILE, text);
  console.log("docs/protocol-vectors.json: written");
}
