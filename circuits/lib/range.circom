pragma circom 2.2.0;

include "circomlib/circuits/bitify.circom";

// ═════════════════════════════════════════════════════════════════════════════
// Range: 0 <= in < 2^bits.
// Field elements have no sign and no size: what is subtracted below 0 comes out
// near p, a huge amount. Nothing is added, multiplied or compared before this.
// ═════════════════════════════════════════════════════════════════════════════

template Range(bits) {
    // bits <= 252: else two sets of bits, of a number and of it plus p, would do
    assert(bits <= 252);

    // The quantity
    signal input in;

    signal digits[bits] <== Num2Bits(bits)(in);
}

// Widths of quantities, those of the contract's types.

function AMOUNT_BITS() {
    return 64; // nano-currency
}

function ENERGY_BITS() {
    return 28; // Wh
}

function PRICE_BITS() {
    return 32; // micro-currency per kWh
}

function PERIOD_BITS() {
    return 24;
}

function STRIKES_BITS() {
    return 16;
}
