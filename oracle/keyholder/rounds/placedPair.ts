/** A bid and the offer that it took, by their secret positions in a round. */
export interface PlacedPair {
  bid: number;
  offer: number;
}
