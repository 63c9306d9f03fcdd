//! The random streams: one per seed, trial and purpose, whoever draws and in whatever order. Seeds are fixed; under fresh ones
//! two of the 5·10⁴ first draws agree with probability below 10⁻¹⁰.

use provably::statistics::streams::{Purpose, Stream, stream};
use rand::RngExt;
use rayon::prelude::*;
use std::collections::BTreeSet;

const PURPOSES: [Purpose; 5] =
    [Purpose::Initialisation, Purpose::FirstStep, Purpose::Training, Purpose::Certification, Purpose::Probe];

fn draws(mut rng: Stream, count: usize) -> Vec<u64> {
    (0..count).map(|_| rng.random()).collect()
}

/// Two purposes, trials or seeds that share a stream, at the start or shifted against each other.
#[test]
fn no_two_streams_meet() {
    let mut seen = BTreeSet::new();
    let trials = (0..1000).chain([u64::from(u32::MAX), 1 << 40, (1 << 60) - 1]);
    for trial in trials {
        for purpose in PURPOSES {
            for seed in [0, 1, u64::MAX] {
                assert!(seen.insert(draws(stream(seed, trial, purpose), 1)[0]), "{seed} {trial} {purpose:?}");
            }
        }
    }
    // Long stretches share no value either: no stream is a later part of another.
    let stretches = (0..8).flat_map(|trial| PURPOSES.map(|p| stream(5, trial, p))).flat_map(|rng| draws(rng, 4096));
    let all: Vec<u64> = stretches.collect();
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len());
}

/// Draws that depend on the threads, on the order of the trials, or on what another purpose drew.
#[test]
fn threads_and_order_do_not_matter() {
    let drawn = |threads: usize, backwards: bool| -> Vec<(u64, Vec<u64>)> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let one = |trial: u64| {
            let mut training = stream(9, trial, Purpose::Training);
            // How much another purpose drew before differs with the order.
            let _: Vec<u64> = draws(stream(9, trial, Purpose::Probe), if backwards { 100 } else { 1 });
            (trial, (0..50).map(|_| training.random()).collect())
        };
        let trials: Vec<u64> = if backwards { (0..64).rev().collect() } else { (0..64).collect() };
        let mut all: Vec<_> = pool.install(|| trials.into_par_iter().map(one).collect());
        all.sort_unstable();
        all
    };
    let reference = drawn(1, false);
    for (threads, backwards) in [(1, true), (2, false), (7, true)] {
        assert_eq!(drawn(threads, backwards), reference, "{threads} {backwards}");
    }
}

/// Recorded trials are replayed from their seeds: these values may never change.
#[test]
fn values_are_pinned() {
    for (seed, trial, purpose, expected) in [
        (0, 0, Purpose::Initialisation, [13_080_132_717_333_068_652, 8_594_738_769_458_413_623]),
        (0, 0, Purpose::FirstStep, [13_937_087_304_575_520_531, 13_615_851_043_850_391_654]),
        (1, 0, Purpose::Training, [16_166_618_085_559_792_950, 12_594_345_941_331_415_253]),
        (1, 7, Purpose::Certification, [14_482_184_976_752_181_420, 10_537_792_764_321_871_126]),
        (u64::MAX, 1_000_000, Purpose::Probe, [5_796_779_669_293_243_401, 2_947_187_860_433_391_948]),
    ] {
        assert_eq!(draws(stream(seed, trial, purpose), 2), expected, "{seed} {trial} {purpose:?}");
    }
}
