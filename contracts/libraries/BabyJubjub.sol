// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @dev Order of BN254's scalar field, over which Baby Jubjub is.
uint256 constant FIELD_ORDER =
    21888242871839275222246405745257275088548364400416034343698204186575808495617;

/// @notice The twisted Edwards curve `a·x² + y² = 1 + d·x²·y²` of EIP-2494, of order 8·l.
library BabyJubjub {
    uint256 private constant A = 168700;
    uint256 private constant D = 168696;

    /// @notice Whether both coordinates are canonical and fit the curve's equation.
    function isOnCurve(uint256 x, uint256 y) internal pure returns (bool) {
        if (x >= FIELD_ORDER || y >= FIELD_ORDER) return false;
        uint256 xx = mulmod(x, x, FIELD_ORDER);
        uint256 yy = mulmod(y, y, FIELD_ORDER);
        uint256 left = addmod(mulmod(A, xx, FIELD_ORDER), yy, FIELD_ORDER);
        return left == addmod(1, mulmod(D, mulmod(xx, yy, FIELD_ORDER), FIELD_ORDER), FIELD_ORDER);
    }

    /// @notice Whether a point is of order l, which its eighth shows: eight times a point of the curve is of order l
    /// or the identity.
    /// @param eighth A point of which the other is eight times.
    function isOfPrimeOrder(
        uint256[2] calldata point,
        uint256[2] calldata eighth
    ) internal pure returns (bool) {
        (uint256 x, uint256 y) = (point[0], point[1]);
        // Of the points with x = 0 none is of order l: the identity, and (0, -1) of order 2.
        if (x == 0 || x >= FIELD_ORDER || y >= FIELD_ORDER) return false;
        if (!isOnCurve(eighth[0], eighth[1])) return false;
        (uint256 px, uint256 py, uint256 pz) = _double(eighth[0], eighth[1], 1);
        (px, py, pz) = _double(px, py, pz);
        (px, py, pz) = _double(px, py, pz);
        return mulmod(x, pz, FIELD_ORDER) == px && mulmod(y, pz, FIELD_ORDER) == py;
    }

    /// @dev In projective coordinates (Bernstein, Birkner, Joye, Lange, Peters 2008): z never becomes 0 on the curve,
    /// since a is a square and d is none.
    function _double(
        uint256 x,
        uint256 y,
        uint256 z
    ) private pure returns (uint256, uint256, uint256) {
        uint256 xx = mulmod(x, x, FIELD_ORDER);
        uint256 yy = mulmod(y, y, FIELD_ORDER);
        uint256 cross = mulmod(2, mulmod(x, y, FIELD_ORDER), FIELD_ORDER);
        uint256 axx = mulmod(A, xx, FIELD_ORDER);
        uint256 sum = addmod(axx, yy, FIELD_ORDER);
        uint256 zz = mulmod(z, z, FIELD_ORDER);
        uint256 rest = addmod(sum, FIELD_ORDER - mulmod(2, zz, FIELD_ORDER), FIELD_ORDER);
        uint256 difference = addmod(axx, FIELD_ORDER - yy, FIELD_ORDER);
        return (
            mulmod(cross, rest, FIELD_ORDER),
            mulmod(sum, difference, FIELD_ORDER),
            mulmod(sum, rest, FIELD_ORDER)
        );
    }
}
