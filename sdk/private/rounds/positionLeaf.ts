import { AbiCoder, keccak256 } from "ethers";
import { sideCode, type Side } from "../notes.ts";

/** Who has which position in a round: secret until the pair that it is in is opened. */
export interface RoundPosition {
  /** 32 bytes, of this position alone. */
  salt: string;
  side: Side;
  /** Among its side's, from 0. */
  position: number;
  plan: bigint;
  contentHash: string;
}

/** What a matcher commits to a position by. */
export function positionLeaf({ salt, side, position, plan, contentHash }: RoundPosition): string {
  return keccak256(
    AbiCoder.defaultAbiCoder().encode(
      ["string", "bytes32", "uint8", "uint256", "uint256", "bytes32"],
      ["sealwatt position 1", salt, sideCode(side), position, plan, contentHash],
    ),
  );
}
