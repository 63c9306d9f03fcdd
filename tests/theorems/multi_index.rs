//! The twin of `theorems/multi_index.rs`: its constants computed a second time, its levels and verdicts, and what it refuses.

use provably::certificate::checker;
use provably::check::{CheckOptions, check, replay};
use provably::experiment::Verdict;
use provably::parameters::{Level, Request};
use provably::registry::{Instance, InstanceError};
use provably::theorems::{find, theory};
use std::error::Error;
use std::sync::atomic::AtomicBool;

type Outcome<T> = Result<T, Box<dyn Error>>;

const SMALL: [(&str, &str); 13] = [
    ("d", "10"),
    ("m", "64"),
    ("epsilon", "0.45"),
    ("beta", "3.16"),
    ("theta_factor", "8"),
    ("penalty", "0.01"),
    ("fit_samples", "4096"),
    ("program_samples", "500000"),
    ("delta", "0.3"),
    ("subspace_share", "0.3"),
    ("pilots", "8"),
    ("draws", "200"),
    ("gamma", "0.05"),
];

fn at(level: Level, more: &[(&str, &str)]) -> Result<Instance, InstanceError> {
    let theorem = find("multi-index").expect("it is registered");
    let used = |key: &str| theorem.options().parameter(key).is_some_and(|p| p.levels().contains(&level));
    let small = SMALL.iter().filter(|(key, _)| used(key));
    let parameters = small.chain(more).map(|&(k, v)| (k.into(), v.into())).collect();
    theorem.instantiate(&Request { parameters, seed: 3, ..Request::default() }, level)
}

fn close(what: &str, a: f64, b: f64) {
    assert!((a - b).abs() <= 1e-6 * b.abs().max(1e-9), "{what}: {a} {b}");
}

#[test]
fn constants() -> Outcome<()> {
    for link in ["product", "cubic"] {
        // c is the cubic's.
        let all = [("link", link), ("c", "0.1")];
        let instance = at(Level::Posterior, if link == "cubic" { &all } else { &all[..1] })?;
        let n = |name: &str| instance.derivation.number(name);
        let w = n("B_x").powi(2) / 10.0;
        close("outside", n("outside"), (-5.0 * (w - 1.0 - w.ln())).exp());
        close("B_x2", n("B_x2"), 10.0);
        let w = n("u_most").powi(2) / 10.0;
        assert!(128.0 * (-5.0 * (w - 1.0 - w.ln())).exp() <= 1e-6);
        let density = (-0.5 * (n("beta") / n("u_most")).powi(2)).exp() / (2.0 * std::f64::consts::PI).sqrt();
        assert!(n("off_limit") >= density && n("off_limit") <= density * (1.0 + 1e-7));
        let (m, excess) = (n("M"), n("M") - 1.0);
        close("taken", n("taken"), 2.0 * m / excess * (1.0 + n("surplus")) * n("omega"));
        close("H", n("H"), n("H_1") + 256f64.sqrt() * n("D_v") * n("B_x"));
        close("K_0", n("K_0"), n("Phi_1") * n("H").powi(2) / excess.powi(2));
        assert!(n("T") > n("K_0") / (n("epsilon") - n("taken")) && instance.in_scope() && !instance.vacuous());
    }
    Ok(())
}

/// Corroborated at δ = 0.3; the certificate is checked and run again.
#[test]
fn corroborated() -> Outcome<()> {
    let options = CheckOptions { trials: 200, ..CheckOptions::default() };
    let report = check(at(Level::Posterior, &[])?, &options, &AtomicBool::new(false))?;
    assert_eq!(report.verdict, Verdict::Corroborated, "{}", report.reason);
    let certificate = report.certificate.ok_or("no certificate")?;
    checker::check(&certificate, theory()?, &[])?;
    replay(&certificate, find("multi-index").ok_or("no theorem")?, &AtomicBool::new(false))?;
    Ok(())
}

#[test]
fn paper_level_states_its_assumptions() -> Outcome<()> {
    let instance = at(Level::Paper, &[])?;
    let holds = |from: &str| instance.hypotheses.iter().find(|h| h.name.starts_with(from)).map(|h| h.holds);
    assert_eq!((holds("E[Hess h]"), holds("d >= r^p")), (Some(true), Some(true)));
    // 2/π, rounded down to the six digits that the derivation is given.
    close("curvature", instance.derivation.number("curvature"), (std::f64::consts::FRAC_2_PI * 1e6).floor() / 1e6);
    Ok(())
}

#[test]
fn refused() {
    for (key, value) in [
        ("d", "2"),
        ("c", "-1"),
        ("link", "square"),
        ("angle_limit", "0.79"),
        ("angle_limit", "1.57"),
        ("subspace_share", "0.51"),
        ("subspace_share", "0.999"),
    ] {
        let refused = at(Level::Posterior, &[(key, value)]).err().map(|e| e.to_string()).unwrap_or_default();
        assert!(refused.contains(&format!("{key} = {value}")), "{key}: {refused}");
    }
}

/// Three claims, each with its own share of the runs: none of them becomes true by what the others may fail.
#[test]
fn claims_that_stand_alone() -> Outcome<()> {
    let instance = at(Level::Posterior, &[("delta", "0.5"), ("subspace_share", "0.5")])?;
    assert!(instance.in_scope(), "{:?}", instance.derivation.conditions());
    let roots: Vec<String> = instance.derivation.kernel().statement().roots.iter().map(ToString::to_string).collect();
    let alone = [
        "Pr[not error_reached(error_bound, T)] <= delta",
        "Pr[not feature(gamma, B_G)] <= 1 - p",
        "Pr[not subspace_recovered(angle_limit)] <= subspace_share",
        "Pr[not off_subspace(off_limit)] <= off_share",
    ];
    assert_eq!(roots, alone);
    Ok(())
}

/// The statement carries every number that its meaning depends on, in words and in the root claim.
#[test]
fn statement_says_within_what_and_how_often() -> Outcome<()> {
    let instance = at(Level::Posterior, &[("angle_limit", "0.25"), ("subspace_share", "0.125")])?;
    for said in ["in at least 0.875 of the runs", "within 0.25 radians", "a probability of 0.000001", "at most 0.45"] {
        assert!(instance.statement.contains(said), "{said}: {}", instance.statement);
    }
    let roots: Vec<String> = instance.derivation.kernel().statement().roots.iter().map(ToString::to_string).collect();
    assert!(roots.contains(&"Pr[not subspace_recovered(angle_limit)] <= subspace_share".into()), "{roots:?}");
    Ok(())
}
