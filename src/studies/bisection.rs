//! The least of some values at which a claim holds, by decisions that may each err.

/// What a search found, as positions in the list of values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bracket {
    /// The largest position decided to fail; `None` where none was.
    pub fails: Option<usize>,
    /// The least position decided to hold; `None` where the last value fails.
    pub holds: Option<usize>,
}

/// Decisions that a search over so many values makes at most: fixed beforehand, so that an error rate can be split over them.
#[must_use]
pub fn decisions(values: usize) -> u32 {
    // The last value first, then halving of what is left.
    1 + values.max(1).ilog2() + 1
}

/// Searches values in increasing order for the least at which the claim holds, taking it to hold at every larger one too.
///
/// # Errors
/// What a decision ends in.
///
/// # Guarantee
/// If every decision is right (at most [`decisions`] are made), the claim fails at `fails` and holds at `holds`, and these are
/// neighbours.
pub fn search<E>(values: usize, mut holds: impl FnMut(usize) -> Result<bool, E>) -> Result<Bracket, E> {
    let Some(last) = values.checked_sub(1) else { return Ok(Bracket { fails: None, holds: None }) };
    if !holds(last)? {
        return Ok(Bracket { fails: Some(last), holds: None });
    }
    // Positions are shifted by one: 0 stands before the first.
    let (mut low, mut high) = (0, last + 1);
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if holds(middle - 1)? { high = middle } else { low = middle }
    }
    Ok(Bracket { fails: low.checked_sub(1), holds: Some(high - 1) })
}

/// Whole numbers from 1 to `most`, each at most 15 % larger than the one before where that is one at all.
#[must_use]
pub fn whole_numbers(most: u64) -> Vec<u64> {
    let next = |value: &u64| Some((value + 1).max((*value as f64 * RATIO) as u64)).filter(|v| *v < most);
    std::iter::successors(Some(1).filter(|v| *v < most), next).chain(std::iter::once(most)).collect()
}

/// Values from `most`/`span` to `most`, at most 15 % apart.
#[must_use]
pub fn fractions(most: f64, span: f64) -> Vec<f64> {
    let steps = (span.ln() / RATIO.ln()).ceil() as u32;
    (0..=steps).rev().map(|k| most * (-f64::from(k) / f64::from(steps) * span.ln()).exp()).collect()
}

/// Neighbouring values.
const RATIO: f64 = 1.15;
