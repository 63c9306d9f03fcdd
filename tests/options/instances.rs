//! Several levels of one request, and the level that is taken where none is asked for.

use crate::{request, theorem, unused};
use provably::parameters::{Form, Gradients, Level, Request};

const PARITY: [(&str, &str); 2] = [("d", "5"), ("k", "3")];

fn parity(more: &[(&str, &str)]) -> Request {
    request(PARITY.into_iter().chain(more.iter().copied()))
}

/// Over several levels it suffices that one uses an option; over none of them it is refused.
#[test]
fn one_of_several_levels_suffices() {
    let theorem = theorem("parity");
    let both = [Level::Explicit, Level::Posterior];
    let request = parity(&[("kappa", "2"), ("m", "16"), ("pilots", "2"), ("draws", "60")]);
    let found = theorem.instances(&request, &both).unwrap_or_else(|e| panic!("{e}"));
    let shown = |at: usize, key: &str| found[at].parameters.iter().any(|(known, _)| *known == key);
    assert!(shown(0, "kappa") && !shown(1, "kappa") && !shown(0, "pilots") && shown(1, "pilots"));
    let error = unused(theorem.instances(&request, &[Level::Paper, Level::Explicit]), "m");
    assert!(["m = 16", "pilots = 2"].contains(&error.what.as_str()) && error.levels.len() == 2, "{error}");
    // A form that one of them contradicts is refused even if another runs it.
    let form = Request { form: Some(Form::A), ..parity(&[]) };
    let error = unused(theorem.instances(&form, &both), "--form a");
    assert!(error.what == "--form a" && error.levels == [Level::Posterior], "{error}");
    // A formula beside it has no form, and is shown as what it is.
    assert!(theorem.each(&form, &[Level::Paper]).is_err());
}

/// A preset's own parameters may go unused; the same ones from the user may not.
#[test]
fn presets_may_go_unused() {
    let theorem = theorem("parity");
    let preset = Request { preset: Some("tightness".into()), ..Request::default() };
    let explicit = theorem.instantiate(&preset, Level::Explicit).unwrap_or_else(|e| panic!("{e}"));
    assert!(explicit.parameters.iter().all(|(key, _)| *key != "n_1"));
    let given = Request { parameters: vec![("n_1".into(), "100".into())], ..preset };
    let error = unused(theorem.instantiate(&given, Level::Explicit), "n_1");
    assert!(error.to_string().contains("parity at the posterior level uses it"), "{error}");
}

#[test]
fn the_level_that_is_taken_uses_what_is_given() {
    let theorem = theorem("parity");
    // The explicit level is taken, and has no pilot.
    let error = unused(theorem.auto(&parity(&[("pilots", "2")])), "pilots");
    assert!(error.levels == [Level::Explicit] && error.to_string().contains("at the posterior level"), "{error}");
    // Gradients that only the posterior level takes lead there, and a note says so.
    let fresh =
        Request { gradients: Some(Gradients::Fresh), ..parity(&[("m", "16"), ("pilots", "2"), ("draws", "60")]) };
    let taken = theorem.auto(&fresh).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!((taken.level, taken.bounds.first_step.exact()), (Level::Posterior, Some(1000)));
    assert!(taken.notices.iter().any(|n| n.contains("the explicit level does not run --gradients fresh")));
    // Where the explicit level is out of reach, what only it uses is refused, with why it was not taken.
    let linear = crate::theorem("linear-data");
    let far = request([("epsilon", "0.0000001"), ("kappa", "2")]);
    let error = unused(linear.auto(&far), "kappa").to_string();
    assert!(
        error.contains("taken because the explicit level")
            && error.contains("linear-data at the explicit level uses it"),
        "{error}"
    );
    // Nobody runs Theorem A on batches.
    let nobody = Request { form: Some(Form::A), gradients: Some(Gradients::Fresh), ..parity(&[]) };
    let error = unused(theorem.auto(&nobody), "form a on batches");
    assert!(error.users.is_empty() && error.to_string().ends_with("nothing uses it"), "{error}");
    let contradiction = Request { gradients: Some(Gradients::Fresh), ..parity(&[("n_1", "0")]) };
    let error = theorem.instantiate(&contradiction, Level::Posterior).err().unwrap().to_string();
    assert!(error.contains("--gradients fresh with n_1 = 0"), "{error}");
}
