//! What the theorem is asked for beside the network's side.

use crate::error::ParameterError;
use crate::parameters::range::Range;
use crate::parameters::{Asked, Key, Setting};

pub(super) const D: Key<u64> =
    Key::whole("d", "input dimension", 9, [3, 11], "three Gram matrices of 2^d points are held").symbol("d");
pub(super) const SIZE: Key<u64> =
    Key::whole("k", "coordinates of the hidden set A", 3, [1, 11], "y is the parity of k coordinates, k odd")
        .symbol("k");
pub(super) const GAP: Key<f64> = Key::real(
    "gap",
    "by how much the network must be ahead of every fixed map",
    0.2,
    Range::new("between 0 and 1, both excluded", |x| x > 0.0 && x < 1.0),
    "the network is ahead of every fixed map",
)
.symbol("gap");
pub(super) const GAP_SHARE: Key<f64> = Key::real(
    "gap_share",
    "largest share of the runs in which it may be less",
    0.1,
    Range::AT_MOST_HALF,
    "the network is ahead more often than not",
)
.symbol("gap_share");
pub(super) const FIXED_BOUND: Key<f64> = Key::real(
    "fixed_bound",
    "mean loss that no fixed map beats: what fixes their norm budgets",
    0.35,
    Range::new("from 0 to 0.49", |x| (0.0..=0.49).contains(&x)),
    "0.5 (1 - B sqrt(W_k/C(d,k))) of every map",
);
pub(super) const FIXED_NEURONS: Key<u64> = Key::whole(
    "fixed_neurons",
    "neurons of the random features and of the tangent kernel",
    200,
    [1, 2000],
    "the fixed maps are made of a random network",
);

/// Parameters of the fixed side, valid by construction.
pub(super) struct Own {
    pub(super) size: usize,
    pub(super) gap: Setting<f64>,
    pub(super) gap_share: Setting<f64>,
    pub(super) fixed_bound: Setting<f64>,
    pub(super) fixed_neurons: Setting<u64>,
}

impl Own {
    /// # Errors
    /// Values out of range.
    pub(super) fn read(p: &Asked) -> Result<Self, ParameterError> {
        Ok(Self {
            size: p.get(&SIZE)?.get() as usize,
            gap: p.get(&GAP)?,
            gap_share: p.get(&GAP_SHARE)?,
            fixed_bound: p.get(&FIXED_BOUND)?,
            fixed_neurons: p.get(&FIXED_NEURONS)?,
        })
    }
}
