//! The fixed-feature side of docs/theory.md §5.7: weak and strong duality, Parseval, the bound over all sets A, and what the
//! bound would wrongly say if the number of features did not matter.

use nalgebra::{DMatrix, DVector};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};
use provably::distributions::{Distribution, UniformHypercube};
use provably::features::fixed::{Entrant, FixedContest, FixedFeatures, ReluNetwork, parseval_bound, random_set};
use provably::features::{BallLoss, BallProblem, Effort, Gram};
use provably::statistics::streams::{Purpose, Stream, stream};
use rand::RngExt;
use rand_distr::StandardNormal;

fn config(cases: u32) -> Config {
    Config { cases, rng_seed: RngSeed::Fixed(31), failure_persistence: None, ..Config::default() }
}

fn cube(d: usize) -> DMatrix<f64> {
    UniformHypercube::new(d).unwrap().support().unwrap().points.clone()
}

/// The three maps, of one network where they have one.
fn maps(d: usize, neurons: usize, rng: &mut Stream) -> [FixedFeatures; 3] {
    let network = ReluNetwork::draw(d, neurons, rng).unwrap();
    [
        FixedFeatures::RandomRelu { network: network.clone() },
        FixedFeatures::TangentKernel { network },
        FixedFeatures::GaussianKernel { width: (d as f64).sqrt() },
    ]
}

fn entrants(d: usize, k: usize, neurons: usize, bound: f64, rng: &mut Stream) -> Vec<Entrant> {
    maps(d, neurons, rng).map(|f| Entrant::with_bound(f, d, k, bound).unwrap()).into()
}

/// All sets of k coordinates below d.
fn all_sets(d: usize, k: u32) -> Vec<Vec<usize>> {
    let chosen = |bits: u32| (0..d).filter(|l| bits >> l & 1 == 1).collect();
    (0..1_u32 << d).filter(|bits| bits.count_ones() == k).map(chosen).collect()
}

/// Mean over all A of every entrant's certified losses.
fn averages(contest: &FixedContest) -> Vec<BallLoss> {
    let sets = all_sets(contest.dimension(), contest.size() as u32);
    let losses: Vec<Vec<BallLoss>> = sets.iter().map(|a| contest.best_losses(a, Effort::default()).unwrap()).collect();
    let mean = |i: usize, of: fn(&BallLoss) -> f64| losses.iter().map(|l| of(&l[i])).sum::<f64>() / sets.len() as f64;
    (0..losses[0].len())
        .map(|i| BallLoss { primal: mean(i, |l| l.primal), dual: mean(i, |l| l.dual), iterations: 0 })
        .collect()
}

proptest! {
    #![proptest_config(config(64))]

    /// No ω of the ball beats a dual value, whatever the dual point; no upper bound is below it; and the solution's interval
    /// is where random search says.
    #[test]
    fn nothing_in_the_ball_beats_the_dual(seed: u64, n in 1..9_usize, features in 1..5_usize, budget in 0.0..4.0_f64) {
        let mut rng = stream(seed, 0, Purpose::Probe);
        let psi = DMatrix::from_fn(features, n, |_, _| rng.sample::<f64, _>(StandardNormal));
        let labels = DVector::from_fn(n, |_, _| if rng.random::<bool>() { 1.0 } else { -1.0 });
        let weights = DVector::from_fn(n, |_, _| rng.random::<f64>());
        // The products of ten or fewer numbers: each is off by less than 10ε of the norms.
        let gram = Gram { entries: psi.tr_mul(&psi), error: 10.0 * f64::EPSILON * psi.norm_squared() };
        let problem = BallProblem::new(&gram, &labels, &weights, budget).unwrap();
        let solution = problem.solve(Effort::default());
        prop_assert!(solution.dual <= solution.primal && solution.primal - solution.dual <= 0.01, "{solution:?}");
        let loss = |omega: &DVector<f64>| {
            let short = psi.tr_mul(omega).component_mul(&labels).map(|z| (1.0 - z).max(0.0));
            short.dot(&weights)
        };
        for _ in 0..300 {
            let masses = DVector::from_fn(n, |j, _| weights[j] * rng.random::<f64>());
            let coefficients = DVector::from_fn(n, |_, _| rng.sample::<f64, _>(StandardNormal));
            let direction = DVector::from_fn(features, |_, _| rng.sample::<f64, _>(StandardNormal));
            let omega = direction.normalize() * budget * rng.random::<f64>().powf(0.3);
            // This test's own loss is a sum of some fifty roundings of numbers below 10n.
            let slack = 1e-12;
            let value = loss(&omega) + slack;
            prop_assert!(problem.lower(&masses) <= value && solution.dual <= value);
            prop_assert!(problem.lower(&masses) <= problem.upper(&coefficients));
            prop_assert!(problem.lower(&masses) <= solution.primal && solution.dual <= problem.upper(&coefficients));
            // The upper bound is no more than what the whole budget along these coefficients gives. Rounding is counted as up to
            // s = 22ε‖Ψ‖² a product of ‖c‖₁ = 1, which may shorten ω by 3s/2‖v‖² and costs s/‖v‖ a value: 55ε(‖Ψ‖/‖v‖)² together.
            let along = &psi * &coefficients;
            let full = loss(&(&along * (budget / along.norm())));
            let cancelled = (psi.norm() * coefficients.lp_norm(1) / along.norm()).powi(2);
            let counted = 55.0 * f64::EPSILON * cancelled * budget * psi.norm() * n as f64;
            prop_assert!(problem.upper(&coefficients) <= full + counted + slack);
        }
    }

    /// The contest's problems close their gap, from bound ½ (no budget) down to bound 0.
    #[test]
    fn the_gap_is_reached(seed: u64, d in 4..9_usize, k in prop_oneof![Just(1_usize), Just(3)], neurons in 4..200_usize, bound in 0.0..0.5_f64) {
        let mut rng = stream(seed, 0, Purpose::Probe);
        let contest = FixedContest::new(d, k, entrants(d, k, neurons, bound, &mut rng)).unwrap();
        let set = random_set(d, k, &mut rng);
        for loss in contest.best_losses(&set, Effort::default()).unwrap() {
            prop_assert!(loss.dual <= loss.primal && loss.primal - loss.dual <= 0.01, "{loss:?}");
            // ω = 0 has loss 1; the last digits are the certificate's rounding of at most 2⁸ + 6 sums.
            prop_assert!(loss.primal <= 1.0 + 300.0 * f64::EPSILON);
        }
    }

    /// Σ over all A of ‖Ψ̂(A)‖² is E‖Ψ‖², so over the sets of one size it is no more; `mean_square` is that number rounded up; and
    /// the Gram matrix is the features' own within its error, hence positive semidefinite within it.
    #[test]
    fn parseval_and_gram(seed: u64, d in 1..7_usize, neurons in 1..40_usize) {
        let mut rng = stream(seed, 0, Purpose::Probe);
        let (points, n) = (cube(d), 1_usize << d);
        for map in maps(d, neurons, &mut rng) {
            let gram = map.gram(&points).unwrap();
            let mean_square = map.mean_square(d).unwrap();
            if let Some(first) = map.vector(points.column(0).as_slice()) {
                let mut psi = DMatrix::zeros(first.len(), n);
                for (j, x) in points.column_iter().enumerate() {
                    psi.set_column(j, &map.vector(x.as_slice()).unwrap());
                }
                let squares: Vec<f64> = (0..n)
                    .map(|bits| {
                        let chosen = |l: &usize| bits >> l & 1 == 1;
                        let chi = |x: &[f64]| (0..d).filter(chosen).map(|l| x[l]).product::<f64>();
                        let walsh = DVector::from_fn(n, |j, _| chi(points.column(j).as_slice()) / n as f64);
                        (&psi * walsh).norm_squared()
                    })
                    .collect();
                // Sums of n and of psi.len() numbers, twice each.
                let slack = 4.0 * (n + first.len() + 8) as f64 * f64::EPSILON;
                let total = squares.iter().sum::<f64>();
                prop_assert!((total - mean_square).abs() <= slack * mean_square, "{total} {mean_square}");
                for k in 0..=d as u32 {
                    let level = (0..n).filter(|bits| bits.count_ones() == k).map(|bits| squares[bits]).sum::<f64>();
                    prop_assert!(level <= mean_square * (1.0 + slack));
                }
                // The direct products have the same kind of error as the Gram matrix has.
                prop_assert!((&gram.entries - psi.tr_mul(&psi)).amax() <= 2.0 * gram.error.max(f64::MIN_POSITIVE));
            } else {
                let square = |i: usize, j: usize| (points.column(i) - points.column(j)).norm_squared();
                let kernel = DMatrix::from_fn(n, n, |i, j| (-square(i, j) / (2.0 * d as f64)).exp());
                prop_assert!((&gram.entries - kernel).amax() <= 2.0 * gram.error);
            }
            // With z of norm 1 the entries' errors move zᵀKz by at most n times the largest; the solver's own error is like it.
            let symmetric = (&gram.entries + gram.entries.transpose()) / 2.0;
            let scale = gram.error + f64::EPSILON * gram.entries.amax();
            prop_assert!(symmetric.symmetric_eigenvalues().min() >= -8.0 * n as f64 * scale);
        }
    }

    /// The tangent features are the network's derivatives. In every single weight the output is linear as long as no neuron
    /// switches, so that a difference quotient has no error but rounding.
    #[test]
    fn tangent_features_are_derivatives(seed: u64, d in 1..6_usize, neurons in 1..6_usize) {
        let mut rng = stream(seed, 0, Purpose::Probe);
        let network = ReluNetwork::draw(d, neurons, &mut rng).unwrap();
        let x: Vec<f64> = (0..d).map(|_| if rng.random::<bool>() { 1.0 } else { -1.0 }).collect();
        let step = 2.0_f64.powi(-20);
        let at = DVector::from_column_slice(&x);
        let switches = network.weights().tr_mul(&at) - network.biases();
        prop_assume!(switches.iter().all(|z| z.abs() > 2.0 * step));
        let moved = |weights: &DMatrix<f64>, outer: &DVector<f64>| {
            let network = ReluNetwork::new(weights.clone(), network.biases().clone(), outer.clone()).unwrap();
            network.output(&x).unwrap()
        };
        let here = network.output(&x).unwrap();
        let outer = (0..neurons).map(|i| {
            let mut outer = network.outer().clone();
            outer[i] += step;
            moved(network.weights(), &outer)
        });
        let inner = (0..neurons * d).map(|l| {
            let mut weights = network.weights().clone();
            weights[l] += step;
            moved(&weights, network.outer())
        });
        let quotients = DVector::from_iterator(neurons * (d + 1), outer.chain(inner).map(|f| (f - here) / step));
        let features = FixedFeatures::TangentKernel { network: network.clone() }.vector(&x).unwrap();
        // Two outputs, each d + N + 4 roundings of numbers below the sum of all moduli.
        let size = network.outer().amax() * (network.weights().lp_norm(1) + network.biases().lp_norm(1) + 1.0);
        let tolerance = 2.0 * (d + neurons + 4) as f64 * f64::EPSILON * size * neurons as f64 / step;
        prop_assert!((&features - quotients).amax() <= tolerance);
        prop_assert!(tolerance < 1e-5);
        let hidden = FixedFeatures::RandomRelu { network }.vector(&x).unwrap();
        prop_assert_eq!(hidden.as_slice(), &features.as_slice()[..neurons]);
    }
}

/// The theorem over all 20 sets: certified losses average to at least the bound, for every map and every budget.
#[test]
fn over_all_sets_the_bound_holds() {
    let (d, k) = (6, 3);
    let mut rng = stream(3, 0, Purpose::Probe);
    for bound in [0.45, 0.25, 0.1, 0.01] {
        for neurons in [8, 128] {
            let contest = FixedContest::new(d, k, entrants(d, k, neurons, bound, &mut rng)).unwrap();
            for (mean, entrant) in averages(&contest).iter().zip(contest.entrants()) {
                let square = entrant.features.mean_square(d).unwrap();
                let claimed = parseval_bound(entrant.budget, square, d, k);
                // `with_bound` and `parseval_bound` are some ten roundings apart.
                assert!((claimed - bound).abs() < 10.0 * f64::EPSILON);
                assert!(mean.primal >= claimed, "{} at {bound}: {mean:?}", entrant.features.name());
            }
        }
    }
}

/// Without a budget the Gaussian kernel interpolates: its loss is certified below 0.01, and the bound says nothing. So what
/// keeps the losses up is the norm and not the features.
#[test]
fn without_a_budget_the_gaussian_kernel_learns_everything() {
    let (d, k, budget) = (6, 3, 1e6);
    let features = FixedFeatures::GaussianKernel { width: (d as f64).sqrt() };
    let contest = FixedContest::new(d, k, vec![Entrant { features, budget }]).unwrap();
    assert!(averages(&contest)[0].primal <= 0.01);
    assert!(parseval_bound(budget, 1.0, d, k) <= 0.0);
}

/// A falsehood: N features that are not divided by sqrt N, with E‖Ψ‖² taken as 1. Then a budget of 2 would leave a loss of at least
/// ½(1 − 2/sqrt 20) ≈ 0.276, and less is certified; with the right E‖Ψ‖² ≈ N the bound is rightly 0.
#[test]
fn the_number_of_features_belongs_in_the_bound() {
    let (d, k, neurons, budget) = (6, 3, 400, 2.0);
    let drawn = ReluNetwork::draw(d, neurons, &mut stream(4, 0, Purpose::Probe)).unwrap();
    let unscaled = (neurons as f64).sqrt();
    let (weights, biases) = (drawn.weights() * unscaled, drawn.biases() * unscaled);
    let network = ReluNetwork::new(weights, biases, drawn.outer().clone()).unwrap();
    let features = FixedFeatures::RandomRelu { network };
    let square = features.mean_square(d).unwrap();
    let contest = FixedContest::new(d, k, vec![Entrant { features, budget }]).unwrap();
    let mean = averages(&contest)[0];
    assert!(mean.primal < parseval_bound(budget, 1.0, d, k), "{mean:?}");
    assert!(mean.primal >= parseval_bound(budget, square, d, k));
}

/// A kernel of distances does not see which coordinates A has: the certified intervals meet.
#[test]
fn the_gaussian_kernel_does_not_see_which_set() {
    let features = FixedFeatures::GaussianKernel { width: 2.0 };
    let contest = FixedContest::new(7, 3, vec![Entrant::with_bound(features, 7, 3, 0.25).unwrap()]).unwrap();
    let losses: Vec<BallLoss> =
        all_sets(7, 3).iter().map(|a| contest.best_losses(a, Effort::default()).unwrap()[0]).collect();
    let highest = losses.iter().map(|l| l.dual).fold(0.0, f64::max);
    assert!(losses.iter().all(|l| l.primal >= highest));
}

/// Each of the 10 sets comes up a tenth of the time: Hoeffding's deviation over 10 sets at a chance of 10⁻⁹ in all.
#[test]
fn random_sets_are_uniform() {
    let (draws, sets) = (20_000, all_sets(5, 2));
    let mut rng = stream(5, 0, Purpose::Probe);
    let mut counts = vec![0_u32; sets.len()];
    for _ in 0..draws {
        let set = random_set(5, 2, &mut rng);
        counts[sets.iter().position(|s| *s == set).unwrap()] += 1;
    }
    let deviation = (f64::from(draws) * (20.0 / 1e-9_f64).ln() / 2.0).sqrt();
    assert!(counts.iter().all(|c| (f64::from(*c) - f64::from(draws) / 10.0).abs() <= deviation), "{counts:?}");
    assert_eq!(random_set(3, 5, &mut rng), [0, 1, 2]);
}

#[test]
fn bad_contests_are_refused() {
    let mut rng = stream(6, 0, Purpose::Probe);
    let [relu, tangent, gaussian] = maps(5, 4, &mut rng);
    let contest = |d, k, features: &FixedFeatures, budget| {
        FixedContest::new(d, k, vec![Entrant { features: features.clone(), budget }])
    };
    assert!(contest(5, 3, &relu, 1.0).is_ok() && contest(1, 1, &gaussian, 0.0).is_ok());
    for (d, k) in [(12, 3), (0, 1), (5, 2), (5, 0), (5, 7)] {
        assert!(contest(d, k, &gaussian, 1.0).is_err(), "{d} {k}");
    }
    assert!(contest(6, 3, &relu, 1.0).is_err() && contest(6, 3, &tangent, 1.0).is_err());
    for budget in [f64::NAN, f64::INFINITY, -1.0] {
        assert!(contest(5, 3, &relu, budget).is_err());
    }
    for width in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(contest(5, 3, &FixedFeatures::GaussianKernel { width }, 1.0).is_err());
    }
    assert!(relu.gram(&DMatrix::zeros(5, 2)).is_err() && gaussian.gram(&DMatrix::repeat(5, 2, f64::NAN)).is_err());
    assert!(relu.vector(&[1.0; 4]).is_none() && relu.mean_square(4).is_none() && gaussian.vector(&[1.0; 5]).is_none());
    assert!(ReluNetwork::draw(0, 3, &mut rng).is_err() && ReluNetwork::draw(3, 0, &mut rng).is_err());
    let fine = contest(5, 3, &relu, 1.0).unwrap();
    for set in [&[0, 1][..], &[0, 1, 1], &[0, 1, 5], &[0, 1, 2, 3]] {
        assert!(fine.best_losses(set, Effort::default()).is_err(), "{set:?}");
    }
    assert_eq!(fine.best_losses(&[4, 0, 2], Effort::default()).unwrap().len(), 1);
}
