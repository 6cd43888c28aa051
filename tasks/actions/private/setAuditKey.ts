import { auditKeyOf } from "../../../sdk/private/auditKey.ts";
import { makeAuditKeyFile, readAuditKeyFile } from "../../../sdk/private/auditKeyFile.ts";
import type { CommonOptions } from "../../context.ts";
import { explained } from "../../explain.ts";
import { print } from "../../output.ts";
import { openPrivateMarketAs } from "../../privateContext.ts";
import { send } from "../../send.ts";
import { required, type Given } from "../../values.ts";

interface SetAuditKeyOptions extends CommonOptions {
  keyFile: Given;
}

export default explained<SetAuditKeyOptions>(async (options, hre) => {
  const keyFile = required("--key-file", options.keyFile);
  const { pool } = await openPrivateMarketAs(hre, options);
  // On the disk before it is published: what is encrypted to a key that is lost can never be audited.
  const made = await makeAuditKeyFile("--key-file", keyFile);
  const { key, eighth } = auditKeyOf(await readAuditKeyFile("--key-file", keyFile));
  await send(pool.setAuditKey([...key], [...eighth]));
  const { version } = await pool.auditKey();
  print(
    options.json,
    { version, x: key[0], y: key[1], keyFile, made },
    `Set the audit key, version ${version}; what reads with it is in ${keyFile}${made ? ", made anew" : ""}. Keep it for ever.`,
  );
});
