import type { DeliveryState } from "./deliveryStore.ts";

/** What a private gateway tells of itself: sums, and nothing of whose they are. */
export interface PrivateGatewayStatus {
  /** The address that it sends from. */
  gateway: string;
  /** What notes and plans call it. */
  tag: bigint;
  chainId: bigint;
  pool: string;
  version: string;
  /** The last block that it has read. */
  readTo: number;
  /** Requests that are being answered. */
  waiting: number;
  /** Since it was started. */
  issued: number;
  attested: number;
  failed: number;
  /** Generation notes that were made and may not be on the chain yet. */
  unsettledNotes: number;
  /** What the matcher was to be brought, ever; undefined where there is none. */
  deliveries: (Record<DeliveryState, number> & { failure: string | undefined }) | undefined;
}
