import Sealwatt from "../../ignition/modules/Sealwatt.ts";
import packageJson from "../../package.json" with { type: "json" };
import { ADDRESS_BOOK_VERSION, type AddressBook } from "../../sdk/deployment/addressBook.ts";
import {
  defaultAddressBookFile,
  readAddressBook,
  writeAddressBook,
} from "../../sdk/deployment/addressBookFile.ts";
import { checkDeployment } from "../../sdk/deployment/checkDeployment.ts";
import { connect, type Chain, type CommonOptions } from "../context.ts";
import { planDeployment, type DeploymentOptions } from "../deploymentPlan.ts";
import { explained } from "../explain.ts";
import { print } from "../output.ts";
import { TaskInputError } from "../taskError.ts";

interface DeployOptions extends CommonOptions, DeploymentOptions {
  replace: boolean;
}

async function refuseToForget(chain: Chain, file: string): Promise<void> {
  let book: AddressBook;
  try {
    book = await readAddressBook(file);
    await checkDeployment(chain.provider, book);
  } catch {
    // None, or one of a chain that is gone.
    return;
  }
  throw new TaskInputError(
    `${file} holds the live market ${book.addresses.market}.`,
    "Name another file with --deployment, or add --replace to forget it.",
  );
}

export default explained<DeployOptions>(async (options, hre) => {
  const chain = await connect(hre, options);
  const file = options.deployment ?? defaultAddressBookFile(chain.chainId);
  if (!options.replace) await refuseToForget(chain, file);
  const deployer = await chain.signer();
  const signers = await chain.ethers.getSigners();
  const latest = await chain.provider.getBlock("latest");
  const plan = await planDeployment(options, {
    chainId: chain.chainId,
    accounts: [
      deployer.address,
      ...signers.map((signer) => signer.address).filter((one) => one !== deployer.address),
    ],
    now: latest?.timestamp ?? 0,
  });
  const { core, registry, token, forwarder, accessManager } =
    await chain.connection.ignition.deploy(Sealwatt, {
      parameters: { Sealwatt: { ...plan.roles, ...plan.settings, parameters: { ...plan.rules } } },
      defaultSender: deployer.address,
    });
  const [market, registryAddress, tokenAddress, forwarderAddress, accessManagerAddress] =
    await Promise.all(
      [core, registry, token, forwarder, accessManager].map((contract) => contract.getAddress()),
    );
  const book: AddressBook = {
    version: ADDRESS_BOOK_VERSION,
    chainId: Number(chain.chainId),
    addresses: {
      market: market!,
      registry: registryAddress!,
      token: tokenAddress!,
      forwarder: forwarderAddress!,
      accessManager: accessManagerAddress!,
    },
    genesis: plan.settings.genesis,
    periodLength: plan.settings.periodLength,
    deploymentBlock: (latest?.number ?? 0) + 1,
    sealwattVersion: packageJson.version,
  };
  await writeAddressBook(file, book);
  print(
    options.json,
    { file, ...book },
    `Deployed the market ${book.addresses.market}; its address book is ${file}.`,
  );
});
