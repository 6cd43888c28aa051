import PrivateMarket from "../../../ignition/modules/PrivateMarket.ts";
import { verifierParameters } from "../../../scripts/keys/verifierKeys.ts";
import {
  defaultAddressBookFile,
  writeAddressBook,
} from "../../../sdk/deployment/addressBookFile.ts";
import { openMarketAs, type CommonOptions, type MarketContext } from "../../context.ts";
import { explained } from "../../explain.ts";
import { print } from "../../output.ts";
import { planPoolTerms } from "../../poolTerms.ts";
import { simulatePool } from "../../poolDeployment.ts";
import { guardedVerifierKeys } from "../../poolVerifiers.ts";
import { TaskInputError } from "../../taskError.ts";
import { address, type Given } from "../../values.ts";

interface DeployOptions extends CommonOptions {
  terms: Given;
  matcher: Given;
  keyHolder: Given;
  ceremony: Given;
  development: boolean;
  replace: boolean;
}

const ADMIN_ROLE = 0n;

/** The deployment sets who may call what, which an admin with a delay cannot do at once. */
async function requirePromptAdmin(
  { accessManager }: Pick<MarketContext, "accessManager">,
  account: string,
): Promise<void> {
  const { isMember, executionDelay } = await accessManager.hasRole(ADMIN_ROLE, account);
  if (isMember && executionDelay === 0n) return;
  throw new TaskInputError(
    isMember
      ? `${account} is an admin with a delay of ${executionDelay} s.`
      : `${account} is no admin of the market.`,
    "Act as an admin without a delay: the admin grants the role to a key for the deployment, and revokes it after.",
  );
}

export default explained<DeployOptions>(async (options, hre) => {
  const matcher = address("--matcher", options.matcher);
  const keyHolder =
    options.keyHolder === undefined ? matcher : address("--key-holder", options.keyHolder);
  const context = await openMarketAs(hre, options);
  const { chain, book, signer } = context;
  if (book.privateMarket !== undefined && !options.replace) {
    throw new TaskInputError(
      `The address book names the private market ${book.privateMarket.pool}.`,
      "Add --replace to forget it; what is in it stays there.",
    );
  }
  const terms = await planPoolTerms(options.terms, book);
  const keys = await guardedVerifierKeys(hre, chain.provider, {
    ceremony: options.ceremony,
    isDevelopment: options.development,
  });
  await requirePromptAdmin(context, signer.address);
  const { accessManager, market, token } = book.addresses;
  const configuration = { accessManager, market, token, terms };
  await simulatePool(hre, chain.provider, configuration);
  const latest = await chain.provider.getBlock("latest");
  const deployed = await chain.connection.ignition.deploy(PrivateMarket, {
    parameters: {
      PrivateMarket: {
        ...configuration,
        matcher,
        keyHolder,
        terms: { ...terms },
        ...verifierParameters(keys),
      },
    },
    defaultSender: signer.address,
  });
  const [pool, matchingRecord] = await Promise.all([
    deployed.pool.getAddress(),
    deployed.record.getAddress(),
  ]);
  const privateMarket = { pool, matchingRecord, deploymentBlock: (latest?.number ?? 0) + 1 };
  const file = options.deployment ?? defaultAddressBookFile(chain.chainId);
  await writeAddressBook(file, { ...book, privateMarket });
  print(
    options.json,
    {
      file,
      ...privateMarket,
      matcher,
      keyHolder,
      terms,
      isDevelopment: options.ceremony === undefined,
    },
    `Deployed the private market ${pool}, and wrote it into ${file}. Set its audit key and gateways next.`,
  );
});
