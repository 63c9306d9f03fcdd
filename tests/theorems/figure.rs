//! The paper's Figure 1 on the XOR of Gaussians: before the first step neurons point anywhere, after it a known share of them
//! points along the features found.

use nalgebra::{DMatrix, DVector};
use provably::distributions::GaussianMixture;
use provably::features::{FeatureQuery, angles, discover};
use provably::network::{GradientSource, Initialisation, Scales, first_step};
use provably::statistics::streams::{Purpose, stream};
use statrs::distribution::{Binomial, DiscreteCDF};
use statrs::function::beta::beta_reg;

/// Chance that a correct program fails each of the two comparisons, were the seed not fixed.
const ERROR: f64 = 1e-6;
/// Pairs of positive bias.
const PAIRS: usize = 2000;
const DIMENSION: usize = 10;
const GAMMA: f64 = 0.01;

/// Numbers of the instance `main --preset xor`, with features counted on their own stream.
#[test]
fn xor_neurons_turn_to_the_features() {
    let law = GaussianMixture::xor(DIMENSION, 12.0, 1.0).unwrap();
    let query = FeatureQuery { beta: 12.0, sign: 1.0, gamma: GAMMA, norm: 1.5, draws: 2000, share: 0.05 };
    let features = discover(&law, &query, &mut stream(5, 1, Purpose::Pilot)).unwrap();
    assert_eq!(features.len(), 2, "the two axes");
    let columns: Vec<DVector<f64>> = features.iter().map(|f| f.direction.clone()).collect();
    let directions = DMatrix::from_columns(&columns);
    let initialisation = Initialisation::draw(DIMENSION, PAIRS, &mut stream(5, 0, Purpose::Initialisation));
    let scales = Scales { b_tilde: 1.0, beta: 12.0, theta: 1.0, sigma_a: 1.0, slope: 1.0 };
    let state = first_step(&initialisation, &scales, GradientSource::Population(&law)).unwrap().state;
    // The cone of width γ has this half angle.
    let width = (1.0 - GAMMA).acos();
    let near =
        |weights: &DMatrix<f64>| angles(weights, &directions).row_iter().filter(|row| row.min() <= width).count();
    let before = near(&initialisation.u.columns(0, PAIRS).into_owned());
    // One of each pair: its mirror has the opposite direction, and the same angle up to sign.
    let positive: Vec<usize> = (0..state.index.len()).filter(|&i| state.index[i] < PAIRS).collect();
    let after = near(&state.v.select_columns(&positive));
    // For u ~ N(0, I) and a fixed D, sin² of the angle is Beta((d−1)/2, 1/2).
    let chance = 2.0 * beta_reg((DIMENSION as f64 - 1.0) / 2.0, 0.5, width.sin().powi(2));
    let most = Binomial::new(chance, PAIRS as u64).unwrap().inverse_cdf(1.0 - ERROR);
    // The cones are disjoint, and p is a lower bound for each but with probability ERROR/2.
    let p: f64 = features.iter().map(|f| f.probability(ERROR / 2.0)).sum();
    let least = Binomial::new(p, PAIRS as u64).unwrap().inverse_cdf(ERROR);
    assert!(least > 100 && most <= 1, "the test has power: {least}, {most}");
    assert!(before as u64 <= most, "{before} of {PAIRS} neurons near a feature before the first step, at most {most}");
    assert!(after as u64 >= least, "{after} of {PAIRS} neurons near a feature after it, at least {least}");
}
