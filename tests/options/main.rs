//! No option is dropped: over all theorems, levels, parameters, forms, gradients and files, what is given is used, or refused with
//! who would use it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test or bench may panic")]

mod effects;
mod instances;
mod parameters;
mod ranges;
mod runs;

use provably::parameters::uses::With;
use provably::parameters::{DataRequest, Request};
use provably::registry::{InstanceError, Listed, Unused};
use provably::theorems::find;
use std::path::PathBuf;

/// A small instance of every theorem, with a value for each of its keys whose value elsewhere would not do.
const SMALL: [(&str, &[(&str, &str)]); 10] = [
    ("main", &[("distribution", "uniform-hypercube"), ("d", "3"), ("beta", "3"), ("radius", "12")]),
    ("frozen-layer", &[("d", "3"), ("theta_factor", "0.8"), ("n", "1000000"), ("T", "100")]),
    (
        "linear-data",
        &[("d", "3"), ("theta_factor", "0.8"), ("beta", "3"), ("m", "8"), ("pilots", "2"), ("draws", "60")],
    ),
    ("gaussian-mixture", &[("d", "3"), ("r", "2"), ("radius", "16"), ("beta", "16"), ("epsilon", "0.3")]),
    ("gaussian-xor", &[("d", "3"), ("radius", "12"), ("beta", "12"), ("epsilon", "0.3")]),
    ("parity", &[("d", "5"), ("k", "3"), ("beta", "3")]),
    (
        "uniform-parity",
        &[("d", "10"), ("k", "2"), ("beta", "3"), ("m", "32"), ("n_1", "1000"), ("pilots", "2"), ("draws", "60")],
    ),
    ("multi-index", INDEX),
    ("lottery-ticket", TICKET),
    ("beyond-kernel", &[("d", "5"), ("k", "3"), ("m_factor", "5")]),
];
const INDEX: &[(&str, &str)] = &[
    ("d", "3"),
    ("epsilon", "0.45"),
    ("m", "64"),
    ("n_1", "2000"),
    ("m_factor", "100"),
    ("beta", "3.16"),
    ("theta_factor", "8"),
    ("penalty", "0.1"),
    ("program_samples", "50000"),
    ("fit_samples", "2000"),
];
const TICKET: &[(&str, &str)] = &[
    ("distribution", "gaussian-xor"),
    ("d", "5"),
    ("radius", "12"),
    ("sigma", "1"),
    ("m", "64"),
    ("n_1", "500"),
    ("m_factor", "100"),
    ("beta", "12"),
    ("theta_factor", "4"),
    ("penalty", "1"),
    ("program_samples", "20000"),
    ("fit_samples", "1000"),
    ("draws", "300"),
    ("offsets", "0.25"),
    ("features", "2"),
    ("gamma", "0.01"),
];

/// A value for every key, none of them a default.
const VALUES: [(&str, &str); 48] = [
    ("data_margin", "0.4"),
    ("data_reach", "0.7"),
    ("sigma", "1.1"),
    ("r", "1"),
    ("k", "3"),
    ("p_a", "0.3"),
    ("p_o", "0.2"),
    ("epsilon", "0.2"),
    ("delta", "0.15"),
    ("m", "16"),
    ("n", "2"),
    ("n_1", "150"),
    ("m_factor", "12"),
    ("theta_factor", "2"),
    ("comparator", "loss"),
    ("penalty", "0.5"),
    ("program_samples", "2000"),
    ("fit_samples", "300"),
    ("pilots", "2"),
    ("gamma", "0.02"),
    ("draws", "60"),
    ("kappa", "2"),
    ("t", "6"),
    ("c_m", "2"),
    ("c_T", "3"),
    ("c_n", "4"),
    ("c_1", "2"),
    ("c_2", "3"),
    ("tau", "9"),
    ("c_p", "2"),
    ("c_g", "3"),
    ("margin", "0.9"),
    ("hits", "ball"),
    ("window", "0.4"),
    ("target_scale", "6"),
    ("radius_ratio", "1.1"),
    ("sigma_ratio", "0.9"),
    ("weight_ratio", "0.9"),
    ("cosine", "0.1"),
    ("correlation", "0.1"),
    ("linear_share", "0.2"),
    ("link", "product"),
    ("c", "0.2"),
    ("angle_limit", "0.4"),
    ("subspace_share", "0.2"),
    ("signs", "positive"),
    ("features", "1"),
    ("offsets", "0.3"),
];
/// Those of one theorem that share no name with another's.
const MORE: [(&str, &str); 7] = [
    ("control_share", "0.4"),
    ("gap", "0.1"),
    ("gap_share", "0.3"),
    ("fixed_bound", "0.3"),
    ("fixed_neurons", "20"),
    ("radius", "1.5"),
    ("distribution", "uniform-hypercube"),
];

fn theorem(id: &str) -> Listed {
    find(id).unwrap_or_else(|| panic!("no theorem {id}"))
}

fn small(id: &str) -> &'static [(&'static str, &'static str)] {
    SMALL.iter().find(|(theorem, _)| *theorem == id).map(|(_, small)| *small).unwrap()
}

/// The value of a key of a theorem.
fn value(id: &str, key: &str) -> &'static str {
    let all = small(id).iter().chain(&VALUES).chain(&MORE);
    all.clone().find(|(known, _)| *known == key).map_or_else(|| panic!("no value of {id}'s {key}"), |(_, value)| value)
}

/// The request with these parameters.
fn request<'a>(parameters: impl IntoIterator<Item = (&'a str, &'a str)>) -> Request {
    let parameters = parameters.into_iter().map(|(k, v)| (k.into(), v.into())).collect();
    Request { parameters, seed: 3, ..Request::default() }
}

/// Rows that no direction separates with a margin.
fn rows() -> DataRequest {
    let path = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/iris.csv"));
    let (label, positive, negative) = ("species".into(), "versicolor".into(), "virginica".into());
    DataRequest { path, label, positive, negative, raw: false }
}

/// The same request where these conditions hold.
fn such(request: &Request, with: &[With]) -> Request {
    let mut request = request.clone();
    let mut set = |key: &str, value: &str| {
        request.parameters.retain(|(known, _)| known != key);
        request.parameters.push((key.into(), value.into()));
    };
    for condition in with {
        match condition {
            With::Set(key, value) => set(key, value),
            With::Where(_, parameters) => parameters.iter().for_each(|(key, value)| set(key, value)),
            With::Form(_) | With::Rows(_) => {}
        }
    }
    for condition in with {
        match condition {
            With::Form(form) => request.form = Some(*form),
            With::Rows(_) => {
                request.data = Some(rows());
                let law = ["distribution", "d", "data_margin", "data_reach", "radius", "margin"];
                request.parameters.retain(|(key, _)| !law.contains(&key.as_str()));
            }
            With::Set(..) | With::Where(..) => {}
        }
    }
    request
}

/// The refusal, with its users.
fn unused<T>(outcome: Result<T, InstanceError>, what: &str) -> Unused {
    match outcome {
        Err(InstanceError::Unused(unused)) => *unused,
        Err(other) => panic!("{what}: {other}"),
        Ok(_) => panic!("{what} is taken"),
    }
}
