/**
 * Leaves that one transaction inserts: as many as can wait. Every wallet sends the same, so that the call tells nothing,
 * and relayers take no other.
 */
export const LEAVES_AT_ONCE = 64;
