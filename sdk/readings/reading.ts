import { Signature, type Signer, type TypedDataDomain } from "ethers";

/** The registers of a meter at the end of a period. */
export interface Reading {
  /** Account number of the participant whose meter it is. */
  participant: number;
  /** The meter's number in the market, which changes with every binding. */
  meterId: number;
  period: number;
  importWh: bigint;
  exportWh: bigint;
}

/** A reading as `reportReading` takes it: one word and an EIP-2098 signature. */
export interface SignedReading {
  reading: bigint;
  r: string;
  vs: string;
}

/** The EIP-712 type that a gateway signs. */
export const READING_TYPES = {
  Reading: [
    { name: "participant", type: "uint24" },
    { name: "meterId", type: "uint32" },
    { name: "period", type: "uint24" },
    { name: "importWh", type: "uint48" },
    { name: "exportWh", type: "uint48" },
  ],
};

/** The EIP-712 domain of a market, for readings and mandates. */
export function marketDomain(chainId: bigint | number, market: string): TypedDataDomain {
  return { name: "Sealwatt", version: "1", chainId, verifyingContract: market };
}

/** The reading as one word, see `PackedReading` in `contracts/types/Meter.sol`. */
export function packReading(reading: Omit<Reading, "meterId">): bigint {
  return (
    BigInt(reading.participant) |
    (BigInt(reading.period) << 24n) |
    (reading.importWh << 48n) |
    (reading.exportWh << 96n)
  );
}

/** Signs a reading with the gateway's key. */
export async function signReading(
  gateway: Signer,
  domain: TypedDataDomain,
  reading: Reading,
): Promise<SignedReading> {
  const signature = Signature.from(await gateway.signTypedData(domain, READING_TYPES, reading));
  return { reading: packReading(reading), r: signature.r, vs: signature.yParityAndS };
}
