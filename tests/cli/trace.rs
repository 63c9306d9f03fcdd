//! `trace`: the angles of the neurons to the features, recomputed from the exported weights.

use crate::run::provably;
use npyz::NpyFile;
use std::f64::consts::{FRAC_PI_2, PI};
use std::fs::File;
use std::path::Path;

/// An array as rows of equal length (rows of one number where it has one axis).
fn rows<T: npyz::Deserialize>(folder: &Path, name: &str) -> Vec<Vec<T>> {
    let file = NpyFile::new(File::open(folder.join(format!("{name}.npy"))).expect("the array")).expect("a header");
    let width = file.shape().get(1).map_or(1, |&w| w as usize);
    let mut values = file.into_vec::<T>().expect("the numbers").into_iter().peekable();
    let mut rows = Vec::new();
    while values.peek().is_some() {
        rows.push(values.by_ref().take(width).collect());
    }
    rows
}

fn column<T: npyz::Deserialize>(folder: &Path, name: &str) -> Vec<T> {
    rows(folder, name).into_iter().flatten().collect()
}

fn norm(v: &[f64]) -> f64 {
    v.iter().map(|x| x * x).sum::<f64>().sqrt()
}

/// arccos|cos| where it is accurate, arcsin sin below: sin is the length of what is left of v/‖v‖ beyond the feature.
fn angle(v: &[f64], feature: &[f64]) -> f64 {
    let (length, size) = (norm(v), norm(feature));
    let cosine = v.iter().zip(feature).map(|(a, b)| a / length * (b / size)).sum::<f64>();
    if cosine.abs() < 0.9 {
        return cosine.abs().acos();
    }
    let rest: Vec<f64> = v.iter().zip(feature).map(|(a, b)| a / length - cosine * (b / size)).collect();
    norm(&rest).asin()
}

/// Traces, recomputes every number of the figure, and returns the angles before and after the first step.
fn traced(arguments: &str, last: &str) -> [Vec<Vec<f64>>; 2] {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let out = folder.path();
    let mut list: Vec<&str> = arguments.split_whitespace().collect();
    list.extend(["--out", out.to_str().expect("a path")]);
    let output = provably(&list);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let features = rows::<f64>(out, "features");
    let signs = column::<f64>(out, "feature_signs");
    assert!(
        !features.is_empty() && features.len() == signs.len() && signs.iter().all(|s| (s.abs() - 1.0).abs() <= 0.0)
    );
    assert!(features.iter().all(|f| (norm(f) - 1.0).abs() < 1e-12));
    let times = [("initial", "w_00000"), ("first_step", "w_00001"), ("trained", last)];
    let weights = times.map(|(_, name)| rows::<f64>(out, name));
    let neurons = column::<u64>(out, "neurons");
    let alive = |i: &u64| weights.iter().all(|w| norm(&w[*i as usize]) > 0.0);
    let expected: Vec<u64> = (0..weights[0].len() as u64).filter(alive).collect();
    assert_eq!(neurons, expected);
    for ((time, _), w) in times.iter().zip(&weights) {
        let (angles, norms) =
            (rows::<f64>(out, &format!("angles_{time}")), column::<f64>(out, &format!("norms_{time}")));
        assert_eq!((angles.len(), norms.len()), (neurons.len(), neurons.len()));
        for ((row, size), &i) in angles.iter().zip(&norms).zip(&neurons) {
            let v = &w[i as usize];
            assert!((size / norm(v) - 1.0).abs() < 1e-12);
            assert_eq!(row.len(), features.len());
            for (found, feature) in row.iter().zip(&features) {
                assert!((0.0..=FRAC_PI_2).contains(found), "{found}");
                // arccos loses at most 1/sqrt(1 − 0.81) of a few roundings, arcsin nothing.
                assert!((found - angle(v, feature)).abs() < 1e-13, "{time}, neuron {i}: {found}");
            }
        }
    }
    ["angles_initial", "angles_first_step"].map(|name| rows(out, name))
}

/// Every neuron that is alive after the first step lies on D exactly: G = E[yx] (docs/theory.md §5.1).
#[test]
fn linear_neurons_lie_on_the_feature() {
    let [before, after] = traced("trace linear-data --steps 3", "w_00004");
    // Half of the 4m neurons, those of negative bias, are alive.
    assert!(before.len() >= 100 && after.iter().all(|row| row[0] < 1e-12));
    // In R^10 an angle below 0.1 has probability below 10⁻⁹.
    assert!(before.iter().all(|row| row[0] > 0.1 && row[0] <= PI / 2.0));
}

/// The first step of a parity, of all eleven coordinates alike at the start.
#[test]
fn parity_neurons_turn_to_the_block() {
    let [before, after] =
        traced("trace main --preset parity --level posterior --set m=16 --set pilots=4 --steps 3", "w_00004");
    let near = |rows: &[Vec<f64>]| rows.iter().filter(|row| row.iter().any(|a| *a < 0.15)).count();
    // In R^11 an angle below 0.15 has probability below 10⁻⁸.
    assert_eq!(near(&before), 0);
    // Of the 16 pairs of negative bias each has a gradient in the cone with probability at least 0.98: Pr[Bin(16, 0.02) > 8] is
    // below 10⁻¹¹, and both neurons of a pair have the same angle.
    assert!(near(&after) >= 16, "{} of {}", near(&after), after.len());
}
