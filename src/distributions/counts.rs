//! How often each point of a support is drawn in n independent draws, without making the draws one by one.

use super::Support;
use crate::statistics::streams::Stream;
use rand::Rng;

impl Support {
    /// How often each point is drawn in `samples` independent draws; `None` where the points have different weights.
    ///
    /// # Guarantee
    /// The counts are exactly multinomial, given uniform random bits: every split is a binomial count whose probability is a
    /// ratio of whole numbers, taken digit by digit of its binary expansion, so that nothing is rounded and nothing is
    /// approximated however large `samples` is. The cost is at most two random bits a draw and halving of the support.
    #[must_use]
    pub fn counts(&self, samples: u64, rng: &mut Stream) -> Option<Vec<u64>> {
        if self.weights.as_slice().windows(2).any(|w| w[0].total_cmp(&w[1]).is_ne()) {
            return None;
        }
        let mut counts = vec![0; self.labels.len()];
        split(&mut counts, samples, rng);
        Some(counts)
    }
}

/// Spreads `samples` draws over the places, each as likely as any other.
fn split(places: &mut [u64], samples: u64, rng: &mut Stream) {
    match places {
        [] => {}
        [one] => *one = samples,
        many => {
            let (whole, half) = (many.len() as u64, many.len() / 2);
            let (left, right) = many.split_at_mut(half);
            let first = binomial(samples, half as u64, whole, rng);
            split(left, first, rng);
            split(right, samples - first, rng);
        }
    }
}

/// A draw from Bin(samples, numerator/denominator): each sample is a uniform number below the probability or not, which its
/// first binary digit that differs from the probability's decides.
fn binomial(samples: u64, numerator: u64, denominator: u64, rng: &mut Stream) -> u64 {
    let (mut undecided, mut rest, mut below) = (samples, numerator, 0);
    while undecided > 0 && rest > 0 {
        rest *= 2;
        let digit = rest >= denominator;
        let ones = heads(undecided, rng);
        if digit {
            rest -= denominator;
            below += undecided - ones;
            undecided = ones;
        } else {
            undecided -= ones;
        }
    }
    below
}

/// Ones among this many random bits.
fn heads(bits: u64, rng: &mut Stream) -> u64 {
    let whole: u64 = (0..bits / 64).map(|_| u64::from(rng.next_u64().count_ones())).sum();
    let left = bits % 64;
    whole + if left == 0 { 0 } else { u64::from((rng.next_u64() >> (64 - left)).count_ones()) }
}

#[cfg(test)]
mod tests {
    use super::{Support, binomial};
    use crate::statistics::streams::{Purpose, stream};
    use nalgebra::{DMatrix, DVector};

    fn support(points: usize) -> Support {
        let weights = DVector::repeat(points, 1.0 / points as f64);
        Support { points: DMatrix::zeros(1, points), labels: DVector::repeat(points, 1.0), weights }
    }

    /// Mean and variance of Bin(n, p) over 2,000 draws, within six standard deviations of their estimates.
    #[test]
    fn binomials_have_their_moments() {
        let mut rng = stream(1, 0, Purpose::Probe);
        for (n, a, b) in [(1_u64, 1_u64, 3_u64), (7, 2, 7), (1000, 1, 2), (100_000, 3, 5), (1_000_003, 50, 99)] {
            let (draws, p) = (2000, a as f64 / b as f64);
            let (mean, variance) = (n as f64 * p, n as f64 * p * (1.0 - p));
            let all: Vec<f64> = (0..draws).map(|_| binomial(n, a, b, &mut rng) as f64 - mean).collect();
            let (first, second) = (all.iter().sum::<f64>(), all.iter().map(|x| x * x).sum::<f64>());
            let draws = f64::from(draws);
            assert!(first.abs() <= 6.0 * (draws * variance).sqrt(), "mean of Bin({n}, {a}/{b})");
            let fourth = 3.0 * variance * variance + variance;
            assert!(
                (second - draws * variance).abs() <= 6.0 * (draws * fourth).sqrt(),
                "variance of Bin({n}, {a}/{b})"
            );
        }
    }

    /// All of three draws over three places, against 1/27 a sequence: chi-squared with nine degrees of freedom, below 50 but
    /// with probability 10⁻⁷.
    #[test]
    fn counts_are_multinomial() {
        let (mut rng, three, draws) = (stream(2, 0, Purpose::Probe), support(3), 54_000);
        let mut seen = std::collections::BTreeMap::new();
        for _ in 0..draws {
            *seen.entry(three.counts(3, &mut rng).unwrap()).or_insert(0_u32) += 1;
        }
        let factorial = |n: &u64| (1..=*n).product::<u64>() as f64;
        let expected = |c: &Vec<u64>| f64::from(draws) * 6.0 / c.iter().map(factorial).product::<f64>() / 27.0;
        let distance: f64 = seen.iter().map(|(c, n)| (f64::from(*n) - expected(c)).powi(2) / expected(c)).sum();
        assert!(seen.len() == 10 && distance < 50.0, "{distance}");
    }

    #[test]
    fn counts_add_up_and_need_equal_weights() {
        let mut rng = stream(3, 0, Purpose::Probe);
        for (points, samples) in [(1, 5), (2, 0), (100, 12_345_678), (1024, 3)] {
            let counts = support(points).counts(samples, &mut rng).unwrap();
            assert!(counts.len() == points && counts.iter().sum::<u64>() == samples);
        }
        let mut unequal = support(3);
        unequal.weights[0] = 0.5;
        assert_eq!(unequal.counts(3, &mut rng), None);
    }
}
