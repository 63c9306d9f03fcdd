//! Hits by windows (docs/theory.md §3, families of targets): f* is a piecewise linear function of s = Σ_{l≤k} x_l on a lattice,
//! and each of its knots may lie anywhere in a window, so that no neuron has to be near a point.

use super::Comparator;
use nalgebra::{DMatrix, DVector};

/// Where a knot 1/t of a neuron σ(ts − sign b) may lie, and the sign of its bias.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Window {
    /// sign b.
    pub sign: f64,
    /// Least 1/|t|.
    pub low: f64,
    /// Largest 1/|t|.
    pub high: f64,
}

/// Which neurons have G along 1_A, and what f* is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Lattice {
    /// k odd, f*(s) = (−1)^{(k−s)/2} odd in s: neurons with negative bias and ‖u‖ at most this are active on all inputs.
    Odd {
        /// Largest ‖u‖.
        inner_norm: f64,
    },
    /// k even, f*(s) = (−1)^{(k−s)/2} even in s: neurons whose first k signs agree.
    Even,
}

/// How the comparator of window hits is found. The first window is that of the linear (odd) or constant (even) term, the
/// others those of the knots, in increasing order.
#[derive(Clone, Debug, PartialEq)]
pub struct WindowHits {
    /// Which lattice.
    pub lattice: Lattice,
    /// k.
    pub size: usize,
    /// |t| of a neuron with |g| = 1.
    pub unit: f64,
    /// The windows.
    pub windows: Vec<Window>,
    /// κ.
    pub copies: usize,
    /// Factor on α̃.
    pub scale: f64,
}

impl WindowHits {
    /// α̃ over the live neurons, numbered as in the network of 4m neurons; `None` where a window has fewer than κ hits. `u` is
    /// d × 2m, `g` and `signs` have length 2m.
    #[must_use]
    pub fn comparator(
        &self,
        u: &DMatrix<f64>,
        g: &DVector<f64>,
        signs: &DVector<f64>,
        live: &[usize],
    ) -> Option<Comparator> {
        let distinct = g.len();
        let hits = |w: &Window| -> Vec<usize> {
            let at = |i: &usize| (w.low..=w.high).contains(&self.knot(g[*i]));
            (0..distinct).filter(|i| signs[*i] * w.sign > 0.0 && self.along(u, *i) && at(i)).take(self.copies).collect()
        };
        let all: Vec<Vec<usize>> = self.windows.iter().map(hits).collect();
        if all.iter().any(|h| h.len() < self.copies) {
            return None;
        }
        let mut weights = DVector::zeros(2 * distinct);
        for copy in 0..self.copies {
            let neurons: Vec<usize> = all.iter().map(|h| h[copy]).collect();
            let knots: Vec<f64> = neurons.iter().map(|&i| self.knot(g[i])).collect();
            for (&i, strength) in neurons.iter().zip(self.strengths(&knots)) {
                let size = strength * self.scale / self.copies as f64;
                let (first, mirrored) = match self.lattice {
                    Lattice::Odd { .. } => (size * g[i].signum(), -size * g[i].signum()),
                    Lattice::Even => (size, size),
                };
                weights[i] += first;
                weights[i + distinct] += mirrored;
            }
        }
        Some(Comparator { weights: DVector::from_iterator(live.len(), live.iter().map(|&i| weights[i])) })
    }

    /// 1/|t|.
    fn knot(&self, g: f64) -> f64 {
        1.0 / (self.unit * g.abs())
    }

    /// Whether neuron i has its gradient along 1_A.
    fn along(&self, u: &DMatrix<f64>, i: usize) -> bool {
        match self.lattice {
            Lattice::Odd { inner_norm } => u.column(i).norm() <= inner_norm,
            Lattice::Even => u.column(i).iter().take(self.size).all(|c| c * u[(0, i)] > 0.0),
        }
    }

    /// α of each neuron (of its mirror: minus that on the odd lattice, the same on the even one) with which f* takes its values
    /// ±1 on the lattice exactly, the knots being where they are.
    fn strengths(&self, knots: &[f64]) -> Vec<f64> {
        let odd = matches!(self.lattice, Lattice::Odd { .. });
        // f* at the least non-negative lattice point, and the slope before the first knot.
        let first = if (self.size / 2).is_multiple_of(2) { 1.0 } else { -1.0 };
        let mut slope = if odd { first } else { 0.0 };
        let (mut strengths, mut turns) = (vec![0.0], 0.0);
        for (j, knot) in knots.iter().enumerate().skip(1) {
            let below = 2.0 * (j as f64 - 1.0) + f64::from(u8::from(odd));
            let rise = if j % 2 == 0 { 2.0 * first } else { -2.0 * first };
            // The slope's change γ at the knot that takes f* to its next value.
            let turn = (rise - 2.0 * slope) / (below + 2.0 - knot);
            slope += turn;
            turns += turn;
            // On the odd lattice σ(s + b) − σ(b − s) = 2s − (s − b)₊ turns the other way, and its 2s is taken back below.
            strengths.push(if odd { -turn * knot } else { turn * knot });
        }
        let term = if odd { (first + 2.0 * turns) / 2.0 * knots[0] } else { first / 2.0 };
        strengths[0] = term;
        strengths
    }
}

#[cfg(test)]
mod tests {
    use super::{Lattice, Window, WindowHits};
    use nalgebra::{DMatrix, DVector};

    /// f on the lattice for knots anywhere in their windows, against y = (−1)^{(k−s)/2}, times the scale.
    fn check(lattice: Lattice, size: usize, offsets: &[f64], term: f64) {
        let odd = matches!(lattice, Lattice::Odd { .. });
        let start = if odd { 1.0 } else { 0.0 };
        let mut knots = vec![term];
        knots.extend(offsets.iter().enumerate().map(|(j, h)| start + 2.0 * j as f64 + h));
        let windows: Vec<Window> = knots
            .iter()
            .enumerate()
            .map(|(j, b)| Window { sign: if odd || j == 0 { -1.0 } else { 1.0 }, low: b * 0.999, high: b * 1.001 })
            .collect();
        let n = knots.len();
        let hits = WindowHits { lattice, size, unit: 0.5, windows: windows.clone(), copies: 1, scale: 1.5 };
        // One neuron a window, every other one with negative g.
        let g = DVector::from_fn(n, |i, _| (if i % 2 == 0 { 2.0 } else { -2.0 }) / knots[i]);
        let (u, signs) = (DMatrix::repeat(size + 1, n, -1.0), DVector::from_fn(n, |i, _| windows[i].sign));
        let live: Vec<usize> = (0..2 * n).collect();
        let alpha = hits.comparator(&u, &g, &signs, &live).expect("every window is hit").weights;
        let k = size as i64;
        for s in (-k..=k).step_by(2) {
            let t = |i: usize| 0.5 * g[i % n] * if i < n { 1.0 } else { -1.0 };
            let f: f64 = (0..2 * n).map(|i| alpha[i] * (t(i) * s as f64 - signs[i % n]).max(0.0)).sum();
            let y = if (k - s) / 2 % 2 == 0 { 1.0 } else { -1.0 };
            assert!((f - 1.5 * y).abs() < 1e-9, "{size} {s}: {f} {y}");
        }
        let twice = WindowHits { copies: 2, ..hits };
        assert!(twice.comparator(&u, &g, &signs, &live).is_none());
    }

    #[test]
    fn targets_are_met_exactly() {
        let odd = Lattice::Odd { inner_norm: 100.0 };
        check(odd, 3, &[0.3], 4.0);
        check(odd, 5, &[0.0, 0.7], 5.0);
        check(odd, 7, &[0.4, 0.1, 0.3], 9.0);
        check(Lattice::Even, 2, &[0.9], 3.0);
        check(Lattice::Even, 4, &[0.7, 0.2], 4.0);
        check(Lattice::Even, 6, &[0.2, 0.4, 0.0], 60.0);
    }

    #[test]
    fn only_neurons_along_the_block_hit() {
        let windows = vec![Window { sign: -1.0, low: 1.9, high: 2.1 }, Window { sign: 1.0, low: 0.9, high: 1.1 }];
        let hits = WindowHits { lattice: Lattice::Even, size: 2, unit: 1.0, windows, copies: 1, scale: 1.0 };
        let (g, signs) = (DVector::from_column_slice(&[0.5, 1.0]), DVector::from_column_slice(&[-1.0, 1.0]));
        let good = DMatrix::from_column_slice(3, 2, &[1.0, 1.0, -1.0, -1.0, -1.0, 1.0]);
        assert!(hits.comparator(&good, &g, &signs, &[0, 1, 2, 3]).is_some());
        let bad = DMatrix::from_column_slice(3, 2, &[1.0, -1.0, -1.0, -1.0, -1.0, 1.0]);
        assert!(hits.comparator(&bad, &g, &signs, &[0, 1, 2, 3]).is_none());
    }
}
