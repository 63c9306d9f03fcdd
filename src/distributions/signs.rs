//! Signs from random bits.

use crate::statistics::streams::Stream;
use rand::Rng;

/// Signs that one draw of 64 bits gives.
const SIGNS_PER_DRAW: usize = 64;

/// Independent uniform signs.
pub(super) fn fill_signs(rng: &mut Stream, point: &mut [f64]) {
    for block in point.chunks_mut(SIGNS_PER_DRAW) {
        let bits = rng.next_u64();
        block.iter_mut().enumerate().for_each(|(i, c)| *c = sign(bits >> i));
    }
}

/// +1 for an even number, −1 for an odd one, without a branch.
pub(super) fn sign(bits: u64) -> f64 {
    f64::from_bits(1.0_f64.to_bits() | ((bits & 1) << 63))
}
