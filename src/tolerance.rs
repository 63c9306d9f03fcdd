//! Every numerical tolerance, named, with its reason.

/// Unit roundoff of f64.
pub const UNIT_ROUNDOFF: f64 = f64::EPSILON / 2.0;

/// Relative slack on a trajectory obligation (Φ, drift, hidden norm): each is a sum of at most 10⁶ products whose relative
/// rounding error is below 10⁶ · 2⁻⁵³ ≈ 10⁻¹⁰. A step that breaks the proof breaks it by far more.
pub const OBLIGATION_RELATIVE: f64 = 1e-9;

/// Width of the interval around 0 in which the first literal update may differ from Lemma 1's closed form, in units of the
/// rounding error of one dot product of the terms involved.
pub const LEMMA_1_UNITS: f64 = 16.0;

/// What a gradient that is integrated numerically may be off in each coordinate (distributions say so under `# Precision`), with
/// a factor 10 for what is computed from it.
pub const CLOSED_FORM: f64 = 1e-9;
