//! Ranges that numbers must lie in.

/// A range of real numbers, in words and as a test.
#[derive(Clone, Copy, Debug)]
pub struct Range {
    /// What a number must be, from both ends.
    pub words: &'static str,
    /// Whether a finite number is in it.
    pub contains: fn(f64) -> bool,
}

impl Range {
    /// A range.
    #[must_use]
    pub const fn new(words: &'static str, contains: fn(f64) -> bool) -> Self {
        Self { words, contains }
    }

    /// A positive number that no computation overflows on.
    pub const POSITIVE: Self = Self::new("greater than 0 and below 1e12", |x| x > 0.0 && x < 1e12);
    /// A factor such as M of Theorem C.
    pub const FACTOR: Self = Self::new("greater than 1 and at most 1e6", |x| x > 1.0 && x <= 1e6);
    /// An error or a failure probability.
    pub const UNIT: Self = Self::new("between 1e-9 and 1, both excluded", |x| x > 1e-9 && x < 1.0);
    /// A share of the runs in which what is claimed may fail: a claim that holds less often than it fails says the opposite of its
    /// words. Also the weight of each of two events of one kind.
    pub const AT_MOST_HALF: Self = Self::new("greater than 0 and at most 0.5", |x| x > 0.0 && x <= 0.5);
    /// A weight of each of two events that may be none.
    pub const HALF: Self = Self::new("from 0 to 0.5", |x| (0.0..=0.5).contains(&x));
    /// The slack of a norm.
    pub const SLACK: Self = Self::new("greater than 0 and at most 100", |x| x > 0.0 && x <= 100.0);
}
