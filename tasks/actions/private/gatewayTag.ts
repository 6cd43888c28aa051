import { openKeystoreFile } from "../../../sdk/keystore/openKeystoreFile.ts";
import { gatewayKeysOf } from "../../../sdk/private/gateway/gatewayKeys.ts";
import type { CommonOptions } from "../../context.ts";
import { explained } from "../../explain.ts";
import { print } from "../../output.ts";
import { required } from "../../values.ts";

export default explained<CommonOptions>(async (options) => {
  const keystore = required("--keystore", options.keystore);
  const { address: gateway, privateKey } = await openKeystoreFile(keystore);
  const { tag, spendKey } = gatewayKeysOf(privateKey);
  print(
    options.json,
    { gateway, tag, x: spendKey[0], y: spendKey[1] },
    `The gateway ${gateway} has the tag ${tag} in private markets.`,
  );
});
