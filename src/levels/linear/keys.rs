//! Parameters of theorems on linear data.

use crate::parameters::Key;
use crate::parameters::range::Range;

/// The distributions by name, the one that is taken where none is named first.
pub(crate) const DISTRIBUTION: Key<Option<&'static str>> = Key::word(
    "distribution",
    "uniform-hypercube or margin-ball",
    &["uniform-hypercube", "margin-ball"],
    "uniform-hypercube or margin-ball (or --data FILE)",
)
.tag("data");
pub(crate) const DIMENSION: Key<u64> =
    Key::whole("d", "input dimension", 10, [1, 100_000], "inputs lie in R^d").symbol("d");
pub(crate) const DATA_MARGIN: Key<f64> = Key::real(
    "data_margin",
    "smaller distance of the margin ball's points from the boundary",
    0.3,
    Range::POSITIVE,
    "margin y<D,x> >= mu > 0",
)
.symbol("data_margin");
pub(crate) const DATA_REACH: Key<f64> = Key::real(
    "data_reach",
    "larger distance of the margin ball's points from the boundary",
    0.6,
    Range::POSITIVE,
    "|<D,x>| <= B",
)
.symbol("data_reach");
pub(crate) const RADIUS: Key<f64> =
    Key::real("radius", "radius of the margin ball", 1.0, Range::POSITIVE, "|x| <= B_x").symbol("radius");
pub(crate) const MARGIN: Key<Option<f64>> =
    Key::real_or_found("margin", "margin parameter mu of the target", Range::POSITIVE, "margin y<D,x> >= mu > 0")
        .symbol("mu");
pub(crate) const WINDOW: Key<f64> = Key::real(
    "window",
    "lower end of the window of hits",
    0.5,
    Range::new("between 0.01 and 0.99", |x| (0.01..=0.99).contains(&x)),
    "0 < c < 1",
)
.symbol("window");
/// In units of the window; the pilot's, at the posterior level, is in units of its own.
pub(crate) const THETA_FACTOR: Key<f64> = Key::real(
    "theta_factor",
    "size of the first step",
    0.736,
    Range::new("between 0.01 and 100", |x| (0.01..=100.0).contains(&x)),
    "theta > 0",
)
.symbol("theta_factor");
