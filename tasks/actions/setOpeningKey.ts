import { openMarketAs, type CommonOptions } from "../context.ts";
import { explained } from "../explain.ts";
import { makeOpeningKey, readOpeningKey } from "../openingKeyFile.ts";
import { print } from "../output.ts";
import { send } from "../send.ts";
import { required, type Given } from "../values.ts";

interface SetOpeningKeyOptions extends CommonOptions {
  keyFile: Given;
}

export default explained<SetOpeningKeyOptions>(async (options, hre) => {
  const keyFile = required("--key-file", options.keyFile);
  const { registry } = await openMarketAs(hre, options);
  // On the disk before it is published: what is encrypted to a key that is lost opens for nobody.
  const made = await makeOpeningKey(keyFile);
  const { compressedPublicKey: publicKey } = await readOpeningKey("--key-file", keyFile);
  await send(registry.setOpeningKey(publicKey));
  print(
    options.json,
    { publicKey, keyFile, made },
    `Published the opening key ${publicKey}; what reads the openings is in ${keyFile}${made ? ", made anew" : ""}.`,
  );
});
