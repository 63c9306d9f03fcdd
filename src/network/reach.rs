//! How large a network's hidden layer and output can be over all inputs of a bounded size (docs/theory.md §4, Reach).

use super::State;
use nalgebra::{DMatrix, DVector};

/// The inputs: ‖x‖₂ ≤ `norm` and |x_l| ≤ `coordinate`, either of which may be infinite, not both.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reach {
    /// Largest ‖x‖₂.
    pub norm: f64,
    /// Largest |x_l|.
    pub coordinate: f64,
}

impl Reach {
    /// An upper bound on |⟨v,x⟩|.
    fn along(&self, v: impl Iterator<Item = f64>) -> f64 {
        let (square, sum) = v.fold((0.0, 0.0), |(square, sum), c: f64| (square + c * c, sum + c.abs()));
        least(square.sqrt() * self.norm, sum * self.coordinate)
    }

    /// An upper bound on ‖Vᵀx‖²: λ_max(VVᵀ)‖x‖², and over a box Σ|(VVᵀ)_{kl}| times its side's square.
    fn quadratic(&self, v: &DMatrix<f64>) -> f64 {
        // Of the two Gram matrices the smaller.
        let (gram, over_inputs) = if v.nrows() <= v.ncols() { (v * v.transpose(), true) } else { (v.tr_mul(v), false) };
        let boxed = if over_inputs { gram.iter().map(|g| g.abs()).sum::<f64>() } else { f64::INFINITY };
        least(gram.symmetric_eigenvalues().max().max(0.0) * self.norm.powi(2), boxed * self.coordinate.powi(2))
    }

    /// An upper bound on ‖h(x)‖ up to rounding: ‖(σ(−sᵢ))‖ + ‖Vᵀx‖; for mirrored pairs also sqrt(2·pairs + ‖V'ᵀx‖²), as the
    /// squares of a pair are at most 2 + 2z² (s = −1) or z² (s = +1) together; and the sum of each neuron's or pair's own
    /// largest; the smallest of them.
    #[must_use]
    pub fn hidden_norm(&self, state: &State) -> f64 {
        let negative = state.signs.iter().filter(|s| **s < 0.0).count() as f64;
        let plain = negative.sqrt() + self.quadratic(&state.v).sqrt();
        let z = self.responses(state);
        if !mirrored(state) {
            let own: f64 = z.iter().zip(state.signs.iter()).map(|(z, s)| (z - s).max(0.0).powi(2)).sum();
            return plain.min(own.sqrt());
        }
        let mut halved = state.v.clone();
        for (mut v, s) in halved.column_iter_mut().zip(state.signs.iter()) {
            // Each pair stands twice: z² is half of each of its neurons'.
            v *= if *s > 0.0 { 0.5_f64.sqrt() } else { 1.0 };
        }
        let pair = |z: f64, s: f64| match s {
            s if s > 0.0 => (z - 1.0).max(0.0).powi(2),
            _ if z > 1.0 => (1.0 + z).powi(2),
            _ => 2.0 + 2.0 * z * z,
        };
        let half = z.len() / 2;
        let own: f64 = z.iter().zip(state.signs.iter()).take(half).map(|(z, s)| pair(*z, *s)).sum();
        plain.min((negative + self.quadratic(&halved)).sqrt()).min(own.sqrt())
    }

    /// An upper bound on |f(x)| up to rounding: ‖α‖‖h(x)‖, or the larger of what the positive and the negative outer weights
    /// reach, where a mirrored pair takes its largest value at the end of an interval.
    #[must_use]
    pub fn output(&self, state: &State) -> f64 {
        let z = self.responses(state);
        let pairs = mirrored(state);
        let side = |sign: f64| -> f64 {
            let weight = |i: usize| (sign * state.alpha[i]).max(0.0);
            let at = |i: usize, z: f64| weight(i) * (z - state.signs[i]).max(0.0);
            if !pairs {
                return (0..z.len()).map(|i| at(i, z[i])).sum();
            }
            let half = z.len() / 2;
            (0..half).map(|i| (at(i, z[i]) + at(i + half, -z[i])).max(at(i, -z[i]) + at(i + half, z[i]))).sum()
        };
        side(1.0).max(side(-1.0)).min(state.alpha.norm() * self.hidden_norm(state))
    }

    fn responses(&self, state: &State) -> DVector<f64> {
        DVector::from_iterator(state.v.ncols(), state.v.column_iter().map(|v| self.along(v.iter().copied())))
    }
}

/// The smaller of two bounds, of which an infinite factor times 0 is none.
fn least(a: f64, b: f64) -> f64 {
    if a.is_nan() || b < a { b } else { a }
}

/// Whether the live neurons are mirrored pairs: v and s of one are −v and s of the other.
fn mirrored(state: &State) -> bool {
    let half = state.index.len() / 2;
    state.index.len().is_multiple_of(2)
        && (0..half).all(|i| {
            state.signs[i].total_cmp(&state.signs[i + half]).is_eq()
                && state.v.column(i).iter().zip(state.v.column(i + half).iter()).all(|(a, b)| (a + b).abs() <= 0.0)
        })
}

#[cfg(test)]
mod tests {
    use super::{Reach, mirrored};
    use crate::network::State;
    use crate::statistics::streams::{Purpose, stream};
    use nalgebra::{DMatrix, DVector};
    use rand::RngExt;

    /// Pairs of neurons, mirrored or with one of them moved.
    fn state(pairs: usize, moved: bool) -> State {
        let mut rng = stream(9, pairs as u64, Purpose::Probe);
        let half = DMatrix::from_fn(3, pairs, |_, _| 2.0 * rng.random::<f64>() - 1.0);
        let mut v = DMatrix::zeros(3, 2 * pairs);
        v.columns_mut(0, pairs).copy_from(&half);
        v.columns_mut(pairs, pairs).copy_from(&-half);
        v[(0, 0)] += if moved { 0.5 } else { 0.0 };
        let signs = DVector::from_fn(2 * pairs, |i, _| if i % pairs < pairs / 2 { 1.0 } else { -1.0 });
        let alpha = DVector::from_fn(2 * pairs, |_, _| rng.random::<f64>() - 0.5);
        State { alpha, v, signs, index: (0..2 * pairs).collect(), b_tilde: 1.0 }
    }

    fn largest(state: &State, points: &[DVector<f64>]) -> (f64, f64) {
        let hidden = |x: &DVector<f64>| (state.v.tr_mul(x) - &state.signs).map(|z| z.max(0.0));
        let of = |number: &dyn Fn(&DVector<f64>) -> f64| points.iter().map(number).fold(0.0, f64::max);
        (of(&|x| hidden(x).norm()), of(&|x| hidden(x).dot(&state.alpha).abs()))
    }

    /// The bounds against many inputs, with room of at most the geometry's: they must not be bounds on half of the neurons, nor
    /// so large as to say nothing.
    #[test]
    fn hidden_layers_and_outputs_stay_below_their_bounds() {
        let mut rng = stream(10, 0, Purpose::Probe);
        for (pairs, moved) in [(2, false), (6, false), (6, true), (40, false)] {
            let state = state(pairs, moved);
            assert_eq!(mirrored(&state), !moved);
            for norm in [0.1, 1.0, 10.0] {
                let points: Vec<DVector<f64>> = (0..4000)
                    .map(|_| DVector::from_fn(3, |_, _| rng.random::<f64>() - 0.5).normalize() * norm)
                    .collect();
                let corners: Vec<DVector<f64>> = (0..8)
                    .map(|bits| DVector::from_fn(3, |l, _| if bits >> l & 1 == 0 { norm } else { -norm }))
                    .collect();
                let ball = Reach { norm, coordinate: f64::INFINITY };
                let cube = Reach { norm: f64::INFINITY, coordinate: norm };
                for (reach, inputs) in [(ball, points), (cube, corners)] {
                    let (hidden, output) = largest(&state, &inputs);
                    assert!(hidden <= reach.hidden_norm(&state) * (1.0 + 1e-12), "{pairs} pairs, {reach:?}");
                    assert!(reach.hidden_norm(&state) <= 2.5 * hidden, "{pairs} pairs, {reach:?}: {hidden}");
                    assert!(output <= reach.output(&state) * (1.0 + 1e-12), "{pairs} pairs, {reach:?}");
                    assert!(reach.output(&state) <= 40.0 * output, "{pairs} pairs, {reach:?}: {output}");
                    let both = Reach { norm, coordinate: norm };
                    assert!(both.hidden_norm(&state) <= reach.hidden_norm(&state));
                    assert!(both.output(&state) <= reach.output(&state));
                }
            }
        }
    }

    /// One pair, one input coordinate: the bounds are attained.
    #[test]
    fn one_pair_attains_its_bounds() {
        let v = DMatrix::from_row_slice(1, 2, &[2.0, -2.0]);
        let of = |s: f64, alpha: [f64; 2]| State {
            alpha: DVector::from_column_slice(&alpha),
            v: v.clone(),
            signs: DVector::repeat(2, s),
            index: vec![0, 1],
            b_tilde: 1.0,
        };
        let reach = Reach { norm: 1.0, coordinate: 1.0 };
        for (s, alpha, hidden, output) in
            [(-1.0, [1.0, 0.5], 3.0, 3.0), (1.0, [1.0, -3.0], 1.0, 3.0), (1.0, [1.0, 1.0], 1.0, 1.0)]
        {
            let state = of(s, alpha);
            assert!((reach.hidden_norm(&state) - hidden).abs() < 1e-12);
            assert!((reach.output(&state) - output).abs() < 1e-12, "{s} {alpha:?}: {}", reach.output(&state));
        }
    }
}
