pragma circom 2.2.0;

include "circomlib/circuits/comparators.circom";
include "range.circom";

// ═════════════════════════════════════════════════════════════════════════════
// Delivered: what counts as delivered of a match. All of it within the tolerance
// (formula |v_a − v_m| · 10000 <= σ · v_m), else at most what was metered.
// ═════════════════════════════════════════════════════════════════════════════

template Delivered() {
    // v_a, metered
    signal input actualEnergyWh;
    // v_m, agreed
    signal input matchEnergyWh;
    // σ, the pool's tolerance in basis points
    signal input toleranceBps;
    // v_f
    signal output energyWh;

    // 1. Ranges; with σ = 10000 nothing delivered would be within it
    Range(ENERGY_BITS())(actualEnergyWh);
    Range(ENERGY_BITS())(matchEnergyWh);
    Range(14)(toleranceBps);
    signal isTolerance <== LessThan(14)([toleranceBps, 10000]);
    isTolerance === 1;

    // 2. The gap, and whether it is a shortfall
    signal isShort <== LessThan(ENERGY_BITS())([actualEnergyWh, matchEnergyWh]);
    signal gapWh <== (1 - 2 * isShort) * (actualEnergyWh - matchEnergyWh);

    // 3. Whether it is within the tolerance; both sides are below 2^28 · 2^14
    signal allowed <== toleranceBps * matchEnergyWh;
    signal isWithin <== LessEqThan(42)([10000 * gapWh, allowed]);

    // 4. What counts
    signal isMissing <== isShort * (1 - isWithin);
    energyWh <== matchEnergyWh - isMissing * gapWh;
}
