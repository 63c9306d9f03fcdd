//! Twin of `theorems/beyond_kernel.rs`: sizes, C(d,k) and W_k computed a second time, the default corroborated and replayed, the
//! averages over all sets above the bound, and experiments in which the gap is not there, which must not be corroborated.

use provably::certificate::checker;
use provably::check::{CheckOptions, CheckReport, check, replay};
use provably::experiment::{BeyondKernel, Decrease, Expectation, Goal, Protocol, Verdict};
use provably::features::fixed::FixedContest;
use provably::parameters::{Form, Gradients, Level, Request};
use provably::registry::{Instance, InstanceError, Listed};
use provably::report::json;
use provably::theorems::{find, theory};
use std::any::Any;
use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

type Outcome<T> = Result<T, Box<dyn Error>>;

/// 64 points, 20 sets A, and a δ that some ninety trials decide.
const QUICK: [(&str, &str); 2] = [("d", "6"), ("delta", "0.3")];

fn theorem() -> Listed {
    find("beyond-kernel").expect("it is registered")
}

fn request(parameters: &[(&str, &str)]) -> Request {
    let parameters = parameters.iter().map(|&(k, v)| (k.into(), v.into())).collect();
    Request { parameters, seed: 3, ..Request::default() }
}

fn quick(more: &[(&str, &str)]) -> Result<Instance, InstanceError> {
    theorem().instantiate(&request(&[&QUICK[..], more].concat()), Level::Explicit)
}

fn judged(instance: Instance, trials: u64) -> Outcome<CheckReport> {
    let (budget, journal) = (None, None);
    let options = CheckOptions { trials, budget, confidence: 0.99, journal, resume: false, progress: false };
    Ok(check(instance, &options, &AtomicBool::new(false))?)
}

fn experiment(instance: &Instance) -> Outcome<BeyondKernel> {
    let experiment: &dyn Any = &**instance.experiment.as_ref().ok_or("no experiment")?;
    Ok(experiment.downcast_ref::<BeyondKernel>().ok_or("another experiment")?.clone())
}

/// C(d, k), whole numbers all the way.
fn sets(d: u64, k: u64) -> u64 {
    (0..k).fold(1, |c, i| c * (d - i) / (i + 1))
}

// ---- what is accepted ----

#[test]
fn the_default_is_corroborated() -> Outcome<()> {
    let instance = theorem().instantiate(&request(&[]), Level::Explicit)?;
    let n = |name: &str| instance.derivation.number(name);
    assert!((n("sets") - 84.0).abs() < 1e-9 && n("epsilon") + n("gap") <= n("fixed_bound"));
    assert!(instance.statement.contains("the 84 sets A"));
    let ahead = "in at least 0.9 of the runs each of the three maps is above the network by 0.2";
    assert!(instance.statement.contains(ahead), "{}", instance.statement);
    assert_eq!(instance.notices.len(), 3);
    let report = judged(instance, 400)?;
    assert_eq!(report.verdict, Verdict::Corroborated, "{}", report.reason);
    // The averages stand in the JSON document.
    let document = json::check(&report, &[]);
    let (fixed, notices) = (&document["fixed_features"], document["notices"].to_string());
    assert!(fixed["sets"] == 84 && fixed["all_sets"] == true, "{fixed}");
    for map in fixed["maps"].as_array().ok_or("no maps")? {
        let loss = |key: &str| map[key].as_f64().unwrap_or(f64::NAN);
        assert!(loss("loss_at_most") >= 0.35 && loss("loss_at_most") - loss("loss_at_least") <= 0.01, "{map}");
    }
    for map in ["random-relu", "tangent-kernel", "gaussian-kernel"] {
        assert!(notices.contains(map) && notices.contains("averaged over all 84 sets A"), "{notices}");
    }
    let certificate = report.certificate.ok_or("no certificate")?;
    let verified = checker::check(&certificate, theory()?, &[])?;
    assert_eq!(verified.verdict, "corroborated");
    for claim in [
        "Pr[not loss_reached(error_bound, T)] <= delta",
        "Pr[not fixed_features_fail(fixed_bound, budget_relu, budget_tangent, budget_gaussian)] <= 0",
        "Pr[not gap(gap)] <= gap_share",
    ] {
        assert!(verified.statement.contains(claim), "{}", verified.statement);
    }
    Ok(())
}

#[test]
fn from_request_to_replay() -> Outcome<()> {
    let more = [("t", "3"), ("fixed_neurons", "50"), ("m_factor", "6"), ("gap", "0.15")];
    let report = judged(quick(&more)?, 400)?;
    assert_eq!(report.verdict, Verdict::Corroborated, "{}", report.reason);
    // As JSON and back: what a replay reads.
    let certificate = checker::read(&serde_json::to_string(&report.certificate.ok_or("no certificate")?)?)?;
    replay(&certificate, theorem(), &AtomicBool::new(false))?;
    let mut altered = certificate;
    let gap = altered.trials.events.iter_mut().find(|e| e.name == "gap").ok_or("no gap")?;
    gap.failed += 1;
    let found = replay(&altered, theorem(), &AtomicBool::new(false)).err().map(|e| e.to_string());
    assert!(found.is_some_and(|e| e.contains("failures of event gap")));
    Ok(())
}

/// docs/theory.md §4, Theorem C5, and §5.7, a second time in f64.
#[test]
fn constants() -> Outcome<()> {
    for (d, k) in [(6, 3), (7, 5), (8, 3)] {
        let instance = quick(&[("d", &d.to_string()), ("k", &k.to_string())])?;
        let n = |name: &str| instance.derivation.number(name);
        let close = |name: &str, x: f64| assert!((n(name) - x).abs() <= 1e-9 * x.abs(), "{name}: {} {x}", n(name));
        assert!((instance.derivation.conditions().len() > 5) && instance.derivation.applies());
        // The network: B_x² = d, §5.3's norms times 1 + drift_share, C's H and the sum of losses.
        close("B_x", (d as f64).sqrt());
        close("scale", 1.0 + n("drift_share"));
        let alpha_l1 = n("scale") * n("target_l1");
        close("alpha_l1", alpha_l1);
        let d_v = n("drift_share") / (alpha_l1 * n("B_x"));
        let h = n("Gamma_1") + (4.0 * n("m")).sqrt() * d_v * n("B_x");
        close("H", h);
        close("eta_alpha", (n("M") - 1.0) / (h * h));
        close("Phi_1", (n("M") * n("scale") * n("alpha_once") + n("alpha_1")).powi(2));
        let all_losses = n("Phi_1") * h * h / (2.0 * (n("M") - 1.0));
        close("J_0", all_losses);
        assert!((n("T") - ((all_losses / n("epsilon")).floor() + 1.0)).abs() <= 1e-6 * n("T"));
        let reach = n("M") * n("alpha_inf") + n("Phi_1").sqrt();
        close("b_tilde", (n("eta_alpha") * n("T") * n("B_x") * reach / d_v).powf(0.25));
        assert!(n("delta_H") + n("delta_u") + n("delta_g") <= n("delta") * (1.0 + 1e-12));
        // The fixed maps.
        let count = sets(d, k) as f64;
        close("sets", count);
        let a = (-2.0 / d as f64).exp();
        close("weight_gaussian", count * ((1.0 + a) / 2.0).powi((d - k) as i32) * ((1.0 - a) / 2.0).powi(k as i32));
        let fraction = |map: &str| n(&format!("budget_{map}")) * (n(&format!("weight_{map}")) / count).sqrt();
        let largest = ["relu", "tangent", "gaussian"].map(fraction).into_iter().fold(0.0, f64::max);
        close("fixed_bound", 0.5 * (1.0 - largest));
        // No map has a smaller budget than the bound asked for allows, six digits of it.
        for map in ["relu", "tangent", "gaussian"] {
            assert!((0.299_99..=0.3).contains(&fraction(map)), "{map}: {}", fraction(map));
        }
    }
    Ok(())
}

/// W_k by its definition: correlations of each feature with each parity, over all points.
fn weights_by_definition(contest: &FixedContest) -> Vec<f64> {
    let (d, n) = (contest.dimension(), 1_u32 << contest.dimension());
    let point = |bits: u32| -> Vec<f64> { (0..d).map(|l| if bits >> l & 1 == 1 { -1.0 } else { 1.0 }).collect() };
    let points: Vec<Vec<f64>> = (0..n).map(point).collect();
    let chosen = || (0..n).filter(|bits| bits.count_ones() as usize == contest.size());
    let parity = |set: u32, x: u32| if (set & x).count_ones().is_multiple_of(2) { 1.0 } else { -1.0 };
    let entrants = contest.entrants().map(|entrant| {
        let vectors: Option<Vec<_>> = points.iter().map(|x| entrant.features.vector(x)).collect();
        let correlation = |set: u32| match &vectors {
            Some(vectors) => {
                let mut mean = vectors[0].clone() * 0.0;
                vectors.iter().zip(0..).for_each(|(v, x)| mean += v * (parity(set, x) / f64::from(n)));
                mean.norm_squared()
            }
            None => {
                // K depends on how many coordinates differ.
                let kernel = |x: u32, z: u32| (-2.0 * f64::from((x ^ z).count_ones()) / d as f64).exp();
                let row = |x: u32| (0..n).map(|z| parity(set, x ^ z) * kernel(x, z)).sum::<f64>();
                (0..n).map(row).sum::<f64>() / f64::from(n).powi(2)
            }
        };
        chosen().map(correlation).sum()
    });
    entrants.collect()
}

#[test]
fn weights_are_their_definition() -> Outcome<()> {
    for (d, k) in [("6", "3"), ("7", "5")] {
        let instance = quick(&[("d", d), ("k", k), ("fixed_neurons", "30")])?;
        let contest = experiment(&instance)?.contest;
        let found: Vec<f64> =
            ["relu", "tangent", "gaussian"].map(|m| instance.derivation.number(&format!("weight_{m}"))).into();
        for ((claimed, measured), defined) in
            found.iter().zip(contest.level_weights()).zip(weights_by_definition(&contest))
        {
            assert!(*claimed >= defined * (1.0 - 1e-12) && *claimed <= defined * (1.0 + 1e-7), "{claimed} {defined}");
            assert!(measured >= defined * (1.0 - 1e-12), "{measured} {defined}");
        }
    }
    Ok(())
}

/// Over all A the certified averages are above the bound, and the Gaussian kernel's is within the solver's gap of it; in each A
/// every loss is above that set's own bound, and these average to at least the bound.
#[test]
fn averages_over_all_sets() -> Outcome<()> {
    let experiment = experiment(&quick(&[])?)?;
    let found = experiment.averages.as_ref().filter(|found| found.all && found.sets == 20).ok_or("not enumerated")?;
    let averages = &found.losses;
    assert!(averages.iter().all(|l| l.primal >= experiment.fixed_bound && l.primal - l.dual <= 0.01), "{averages:?}");
    assert!(averages[2].primal <= experiment.fixed_bound + 0.02, "{averages:?}");
    let all = experiment.contest.all_sets();
    assert_eq!(all.len() as u64, sets(6, 3));
    let mut sums = [0.0; 3];
    for set in &all {
        let losses = experiment.contest.best_losses(set, experiment.effort)?;
        for (i, (loss, bound)) in losses.iter().zip(experiment.contest.bounds(set)?).enumerate() {
            assert!(loss.primal >= bound, "{set:?}: {loss:?} {bound}");
            sums[i] += bound / all.len() as f64;
        }
    }
    assert!(sums.iter().all(|mean| *mean >= experiment.fixed_bound - 1e-9), "{sums:?}");
    Ok(())
}

/// Where there are too many sets, twenty random ones are averaged, and nothing is judged by them.
#[test]
fn many_sets_are_sampled() -> Outcome<()> {
    let instance = quick(&[("d", "10"), ("fixed_neurons", "20"), ("fixed_bound", "0.4")])?;
    assert!(experiment(&instance)?.averages.is_some_and(|found| !found.all && found.sets == 20));
    assert!(instance.notices.iter().all(|n| n.contains("averaged over 20 random sets A")), "{:?}", instance.notices);
    Ok(())
}

#[test]
fn the_protocol_is_theorem_c5s() -> Outcome<()> {
    let instance = quick(&[])?;
    let n = |name: &str| instance.derivation.number(name);
    let Protocol { training, first_step, goal, promises, steps, .. } = experiment(&instance)?.protocol;
    assert_eq!((training, first_step), (Expectation::Population, Expectation::Population));
    assert_eq!(goal, Goal::Loss(n("epsilon")));
    assert!((steps as f64 - n("T")).abs() < 0.5);
    let Decrease::PerLoss { violation, loss } = promises.decrease else { return Err("another decrease".into()) };
    assert!((loss - 2.0 * n("eta_alpha")).abs() < 1e-12 * loss);
    assert!((violation - (n("M") - 1.0).powi(2) / n("H").powi(2)).abs() < 1e-9 * violation);
    Ok(())
}

#[test]
fn levels_and_forms() -> Outcome<()> {
    let request = request(&QUICK);
    assert_eq!(theorem().levels(), [Level::Paper, Level::Explicit]);
    let paper = theorem().instantiate(&request, Level::Paper)?;
    assert!(paper.experiment.is_none() && paper.bounds.too_large());
    let error = theorem().instantiate(&request, Level::Posterior).err().map(|e| e.to_string()).unwrap_or_default();
    assert_eq!(error, "beyond-kernel has no posterior level: its levels are paper, explicit");
    let forms = theorem().forms(&request, None)?;
    assert!(forms.len() == 2 && forms.iter().all(|(_, form)| form.is_ok()));
    Ok(())
}

// ---- what is rejected ----

/// With a hundred times its budget a kernel interpolates: the gap is not there, and nothing is corroborated.
#[test]
fn a_kernel_with_a_huge_budget() -> Outcome<()> {
    let mut instance = quick(&[])?;
    let faithful = experiment(&instance)?;
    let budgets: Vec<f64> = faithful.contest.entrants().map(|e| 100.0 * e.budget).collect();
    let contest = Arc::new(FixedContest::clone(&faithful.contest).with_budgets(&budgets)?);
    // The bound of these budgets says nothing.
    instance.experiment = Some(Arc::new(BeyondKernel { contest, fixed_bound: 0.0, ..faithful }));
    let report = judged(instance, 24)?;
    assert_eq!(report.verdict, Verdict::Inconclusive, "{}", report.reason);
    assert!(report.reason.contains("gap: failed in 24 of 24 trials"), "{}", report.reason);
    assert!(report.certificate.is_none());
    Ok(())
}

/// Budgets whose bound does not exceed ε + gap are out of scope, whatever the runs would show.
#[test]
fn a_bound_that_is_not_ahead() -> Outcome<()> {
    for more in [("fixed_bound", "0.25"), ("epsilon", "0.2"), ("gap", "0.3"), ("fixed_bound", "0")] {
        let report = judged(quick(&[more])?, 24)?;
        assert_eq!(report.verdict, Verdict::OutOfScope, "{more:?}: {}", report.reason);
        assert!(report.reason.contains("error_bound + gap <= fixed_bound"), "{}", report.reason);
    }
    Ok(())
}

#[test]
fn bad_requests_name_what_is_wrong() {
    for (parameter, named) in [
        (("k", "4"), "k = 4"),
        (("k", "1"), "k = 1"),
        (("k", "7"), "d = 6"),
        (("d", "12"), "d = 12 is not allowed"),
        (("gap", "0"), "gap = 0 is not allowed"),
        (("gap_share", "0.51"), "gap_share = 0.51 is not allowed: it must be greater than 0 and at most 0.5"),
        (("gap_share", "0.999"), "gap_share = 0.999 is not allowed"),
        (("fixed_bound", "0.5"), "fixed_bound = 0.5 is not allowed"),
        (("fixed_neurons", "0"), "fixed_neurons = 0 is not allowed"),
        (("p_o", "0.1"), "unknown parameter `p_o`"),
        (("pilots", "2"), "unknown parameter `pilots`"),
    ] {
        let error = quick(&[parameter]).err().map(|e| e.to_string()).unwrap_or_default();
        assert!(error.contains(named), "{parameter:?}: {error}");
    }
    let other = Request { form: Some(Form::A), ..request(&QUICK) };
    let error = theorem().instantiate(&other, Level::Explicit).err().map(|e| e.to_string()).unwrap_or_default();
    assert!(
        error.contains("--form a is not used") && error.contains("both sides are concluded from Theorem C5"),
        "{error}"
    );
    let other = Request { gradients: Some(Gradients::Fresh), ..request(&QUICK) };
    let error = theorem().instantiate(&other, Level::Explicit).err().map(|e| e.to_string()).unwrap_or_default();
    assert!(error.contains("--gradients fresh"), "{error}");
}
