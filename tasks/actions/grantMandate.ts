import { signMandate } from "../../sdk/mandates/mandate.ts";
import { marketDomain } from "../../sdk/readings/reading.ts";
import { marketInterface, readView } from "../../sdk/clients/contractHandle.ts";
import { openMarketAs, ownParticipant, type CommonOptions } from "../context.ts";
import { explained } from "../explain.ts";
import { print } from "../output.ts";
import { send } from "../send.ts";
import { address, amountNano, wholeNumber, type Given } from "../values.ts";

interface GrantMandateOptions extends CommonOptions {
  agent: Given;
  minPriceMicroPerKwh: Given;
  maxPriceMicroPerKwh: Given;
  spendingLimit: Given;
  expiry: Given;
}

export default explained<GrantMandateOptions>(async (options, hre) => {
  const context = await openMarketAs(hre, options);
  const { market, book, chain, signer } = context;
  const mandate = {
    participant: await ownParticipant(context),
    agent: address("--agent", options.agent),
    minPriceMicroPerKwh: wholeNumber("--min-price-micro-per-kwh", options.minPriceMicroPerKwh),
    maxPriceMicroPerKwh: wholeNumber("--max-price-micro-per-kwh", options.maxPriceMicroPerKwh),
    spendingLimitNano: amountNano("--spending-limit", options.spendingLimit),
    expiry: wholeNumber("--expiry", options.expiry),
  };
  const { market: at } = book.addresses;
  const [nonce] = await readView(chain.provider, at, marketInterface, "nonces", [signer.address]);
  const domain = marketDomain(chain.chainId, at);
  const signature = await signMandate(signer, domain, mandate, nonce as bigint);
  await send(market.grantMandate(mandate, signature));
  const until = new Date(mandate.expiry * 1000).toISOString();
  print(options.json, mandate, `Granted ${mandate.agent} a mandate until ${until}.`);
});
