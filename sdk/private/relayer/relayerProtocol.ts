/** What a relayer tells of itself: `GET /`. */
export interface RelayerTerms {
  format: typeof RELAYER_FORMAT;
  chainId: string;
  pool: string;
  /** Who gets the fee of a withdrawal. */
  relayer: string;
  /** Of a withdrawal, decimal; 0 for none. */
  feeNano: string;
}

export const RELAYER_FORMAT = "sealwatt relayer 1";

/** `POST /relay`. */
export interface RelayRequest {
  pool: string;
  /** Calldata of one of the pool's verbs that anybody may send. */
  data: string;
}

/** What it answers where the call was mined. */
export interface RelayAnswer {
  hash: string;
  blockNumber: number;
}

/** What it answers else. */
export interface RelayRefusal {
  error: { message: string; remedies: readonly string[] };
}

/** No body is larger: the largest proof's calldata has 3 kB. */
export const MOST_BODY_BYTES = 32_768;
