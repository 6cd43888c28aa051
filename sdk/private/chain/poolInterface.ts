import { Interface } from "ethers";
import { PRIVATE_MARKET_ABI } from "../../abi/privateMarket.ts";

/** What the private market's logs and reads look like. */
export const poolInterface = new Interface(PRIVATE_MARKET_ABI);
