import type { JsonSchema } from "./field.ts";
import { configFile } from "./shape.ts";

/** The file as editors know it; `scripts/generate-config-schema.ts` writes it to `docs/schemas`. */
export const configSchema: JsonSchema = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  $id: "urn:sealwatt:schema:oracle",
  title: "Configuration of the oracle",
  description:
    "The file of `sealwatt oracle`, see docs/operations/oracle.yaml. Which keys a line takes depends on its protocol, and participants, ports, units and addresses differ; `sealwatt oracle check` checks that too.",
  ...configFile.schema,
};
