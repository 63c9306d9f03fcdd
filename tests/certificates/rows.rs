//! Each kind of false certificate or printed falsehood that was found once has tests that fail where it comes back. The classes of
//! the corpus have the same letters.

use crate::corpus::answers::ROWS;
use std::path::Path;

/// A file under `tests/` and a function in it.
type Test = (&'static str, &'static str);

/// Kind, what it was, and the tests.
const TESTS: [(&str, &str, &[Test]); 15] = [
    ("a", "a need reversed", &[CORPUS, ("axioms/main.rs", "no_axiom_is_falsified")]),
    (
        "b",
        "a free tag switches off a cost",
        &[CORPUS, ("kernel/theory.rs", "variants_that_were_never_proved_are_not_listed")],
    ),
    ("c", "a continuous law evaluated exactly", &[CORPUS, ("kernel/rules.rs", "axioms_are_for_their_variants")]),
    (
        "d",
        "a tag missing or superfluous",
        &[CORPUS, ("certificates/forgeries.rs", "another_format_theorem_or_variant")],
    ),
    ("e", "a parameter of the claim not in the claim", &[CORPUS, ("kernel/theory.rs", "events_carry_their_arguments")]),
    ("f", "kinds of numbers unchecked", &[CORPUS, ("kernel/rules.rs", "choose")]),
    ("g", "nothing judged", &[CORPUS, ("planted/steps.rs", "nothing_judged_is_nothing_corroborated")]),
    ("h", "judged beyond what is proved", &[CORPUS, ("planted/failures.rs", "open_trials_decide_nothing")]),
    (
        "i",
        "error rates that are not added up",
        &[CORPUS, ("cli/outputs.rs", "confidence_is_split_over_levels_and_theorems")],
    ),
    (
        "j",
        "recorded numbers are free",
        &[CORPUS, ("kernel/decimal.rs", "recorded_ends_enclose"), ("cli/resume.rs", "trials_belong_to_their_rows")],
    ),
    ("k", "files that exhaust the checker", &[CORPUS, ("certificates/hostile.rs", "every_hostile_file_is_answered")]),
    (
        "l",
        "a straw man",
        &[
            CORPUS,
            ("theorems/gaussians.rs", "no_halfspace_is_better_than_the_closed_form"),
            ("properties/halfspaces.rs", "parities_against_every_threshold_function"),
        ],
    ),
    ("m", "overflow in another build", &[CORPUS, ("kernel/limits.rs", "counts_at_their_limits")]),
    (
        "n",
        "options taken and dropped",
        &[
            CORPUS,
            ("options/runs.rs", "files_are_taken_or_refused"),
            ("cli/options.rs", "permissions_are_of_the_papers_axioms"),
        ],
    ),
    ("o", "printed falsehoods", &[CORPUS, ("cli/outputs.rs", "small_errors_do_not_round_to_nothing")]),
];
const CORPUS: Test = ("certificates/corpus/answers.rs", "every_forgery_is_answered_as_the_corpus_says");

/// Catches a kind that has lost its tests.
#[test]
fn every_kind_has_its_tests() {
    assert!(TESTS.iter().map(|(row, ..)| *row).eq(ROWS));
    for (row, what, tests) in TESTS {
        for (file, function) in tests {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(file);
            let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{row}, {what}: {file}: {e}"));
            let test = text
                .split("#[test]")
                .skip(1)
                .any(|rest| rest.lines().take(6).any(|l| l.trim_start().starts_with(&format!("fn {function}("))));
            assert!(test, "{row}, {what}: no test {function} in {file}");
        }
    }
}
