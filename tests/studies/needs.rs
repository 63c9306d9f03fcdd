//! Needs, on experiments whose failure rate is known at every value.

use provably::distributions::{Distribution, UniformHypercube};
use provably::experiment::{Experiment, Fixed, Quantity, StopReason, TrialError, TrialOutcome};
use provably::statistics::streams::{Purpose, stream};
use provably::studies::need::{Need, NeedError, Stopping, Study};
use rand::RngExt;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// A trial at width m fails with probability `rate(m)`; one that does not stops at a step uniform in 1..=100.
#[derive(Clone)]
struct Coin {
    width: f64,
    seed: u64,
    rate: fn(f64) -> f64,
    distribution: Arc<dyn Distribution>,
}

impl Experiment for Coin {
    fn seed(&self) -> u64 {
        self.seed
    }
    fn distribution(&self) -> &Arc<dyn Distribution> {
        &self.distribution
    }
    fn run(&self, trial: u64, _: &AtomicBool) -> Result<TrialOutcome, TrialError> {
        // One stream for every width and trial, so that decisions are independent.
        let mut rng = stream(self.seed ^ ((self.width as u64) << 32), trial, Purpose::Training);
        let failed = rng.random::<f64>() < (self.rate)(self.width);
        let step: u64 = rng.random_range(1..=100);
        Ok(TrialOutcome {
            trial,
            stop: if failed { StopReason::StepsExhausted } else { StopReason::Succeeded },
            stopping_step: (!failed).then_some(step),
            observed: 0.0,
            events: Vec::new(),
            obligations: Vec::new(),
        })
    }
    fn claim(&self) -> Arc<dyn Experiment> {
        Arc::new(self.clone())
    }
    fn with(&self, quantity: Quantity, value: f64) -> Result<Arc<dyn Experiment>, Fixed> {
        let width = if quantity == Quantity::Width { value } else { self.width };
        Ok(Arc::new(Self { width, ..self.clone() }))
    }
}

const DELTA: f64 = 0.1;
const ERROR: f64 = 0.05;

fn measured<T>(rate: fn(f64) -> f64, seed: u64, of: impl Fn(&Study<'_>) -> Result<T, NeedError>) -> T {
    let distribution = Arc::new(UniformHypercube::new(2).unwrap());
    let interrupted = AtomicBool::new(false);
    let experiment = Arc::new(Coin { width: 1000.0, seed, rate, distribution });
    let study = Study { experiment, delta: DELTA, error: ERROR, label: "coin", interrupted: &interrupted };
    of(&study).unwrap()
}

fn width(rate: fn(f64) -> f64, seed: u64) -> Need {
    let steps = Need { needed: 90.0, low: 80.0, high: 100.0, note: None };
    measured(rate, seed, |study| study.least(Quantity::Width, 1000.0, &steps))
}

/// e^{−m/20}: δ at m = 46, δ/2 at 60, 2δ at 32.
fn falling(m: f64) -> f64 {
    (-m / 20.0).exp()
}

/// Both ends are what the guarantee says: above δ/2 where it fails, below 2δ where it holds. 60 searches, each wrong
/// with probability at most 5 %: Pr[Bin(60, 0.05) > 14] < 10⁻⁶, and the seeds are fixed.
#[test]
fn a_need_lies_where_the_failure_rate_is_between_half_of_delta_and_twice_delta() {
    let (mut wrong, mut wide) = (0, 0);
    for seed in 0..60 {
        let need = width(falling, seed);
        let right = need.needed == need.high && falling(need.needed) < 2.0 * DELTA && falling(need.low) > DELTA / 2.0;
        wrong += u32::from(!right);
        // The other direction: neighbouring values, not an interval that says nothing.
        wide += u32::from(need.needed > 1.16 * need.low);
    }
    assert!(wrong <= 14, "{wrong} of 60 needs are not where they should be");
    assert_eq!(wide, 0, "an interval is wider than two neighbouring values");
}

/// A claim that fails at the theorem's own value has no need, and says so; one that always holds is met at the least value.
#[test]
fn a_need_outside_the_range_is_said() {
    let never = width(|_| 0.9, 1);
    assert!(never.needed.is_infinite() && never.low == 1000.0, "{never:?}");
    assert!(never.note.unwrap().contains("fails at the theorem's own value"));
    let always = width(|_| 0.0, 1);
    assert_eq!((always.low, always.needed, always.high), (0.0, 1.0, 1.0));
}

/// A rate inside the zone of indifference may be decided either way, but a decision is made.
#[test]
fn an_indifferent_value_is_decided() {
    let need = width(|m| if m < 500.0 { 0.9 } else { DELTA }, 3);
    assert!(need.low >= 400.0, "{need:?}");
}

/// Stopping steps are uniform in 1..=100: the 0.9-quantile is 90. 60 intervals, each wrong with probability at most 5 %, as above;
/// and they are no wider than they need to be.
#[test]
fn the_interval_of_steps_covers_the_quantile() {
    let (mut wrong, mut width) = (0, 0.0);
    for seed in 0..60 {
        let need = measured(|_| 0.0, seed, |study| study.steps());
        wrong += u32::from(!(need.low <= 90.0 && 90.0 <= need.high));
        width += need.high - need.low;
    }
    assert!(wrong <= 14, "{wrong} of 60 intervals miss the quantile");
    assert!(width / 60.0 < 30.0, "intervals are {} steps wide on average", width / 60.0);
}

/// Trials that never stop count as infinite, not as absent.
#[test]
fn steps_of_a_claim_that_mostly_fails_are_infinite() {
    let need = measured(|_| 0.5, 1, |study| study.steps());
    assert!(need.needed.is_infinite() && need.high.is_infinite(), "{need:?}");
    let stopping = Stopping::of(vec![3.0, f64::INFINITY, 1.0, 2.0]);
    assert_eq!(stopping.quantile(0.5, 0.5).needed, 2.0);
    assert!(stopping.quantile(1.0, 0.5).needed.is_infinite());
}

/// What is infinite stands as null in a file, and comes back.
#[test]
fn a_need_survives_a_file() {
    let need = Need { needed: 5.0, low: 3.0, high: f64::INFINITY, note: Some("a note".into()) };
    let text = serde_json::to_string(&need).unwrap();
    assert_eq!(text, r#"{"needed":5.0,"low":3.0,"high":null,"note":"a note"}"#);
    assert_eq!(serde_json::from_str::<Need>(&text).unwrap(), need);
}

/// The ratio's ends are those of the need, in the other order; a need without an end has a ratio without one.
#[test]
fn a_ratio_has_the_ends_of_its_need() {
    let need = |low, needed, high| Need { needed, low, high, note: None };
    assert_eq!(need(2.0, 4.0, 5.0).ratio(20.0), Some([Some(4.0), Some(5.0), Some(10.0)]));
    assert_eq!(need(0.0, 4.0, 4.0).ratio(20.0), Some([Some(5.0), Some(5.0), None]));
    assert_eq!(need(2.0, 4.0, f64::INFINITY).ratio(20.0), Some([Some(0.0), Some(5.0), Some(10.0)]));
    assert_eq!(need(2.0, f64::INFINITY, f64::INFINITY).ratio(20.0).and_then(|r| r[1]), Some(0.0));
    assert_eq!(need(2.0, 4.0, 5.0).ratio(f64::INFINITY), None);
}
