/** The order of secp256k1, which Ethereum's keys and signatures are of. */
export const SECP256K1_ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
