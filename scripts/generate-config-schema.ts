// Writes docs/schemas/oracle.schema.json from the keys that the oracle's configuration takes.
//
//   node scripts/generate-config-schema.ts
import { writeFileSync } from "node:fs";
import path from "node:path";
import { format, resolveConfig } from "prettier";
import { configSchema } from "../oracle/config/configSchema.ts";

const FILE = path.join(import.meta.dirname, "../docs/schemas/oracle.schema.json");

const text = await format(JSON.stringify(configSchema), {
  ...(await resolveConfig(FILE)),
  filepath: FILE,
});
writeFileSync(FILE, text);
