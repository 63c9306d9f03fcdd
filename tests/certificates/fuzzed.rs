//! What the fuzzer found to be different from each other is answered without a panic, and keeps the promises that the fuzzer holds
//! it to (tests/fuzz).

// Public for the fuzzer's programs, which are another crate.
#[allow(unreachable_pub, reason = "shared with another crate")]
#[path = "../fuzz/targets.rs"]
mod targets;

use std::fs;
use std::path::Path;

fn all_of(target: &str, run: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus").join(target);
    let mut count = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let data = fs::read(&path).unwrap();
        let kept = std::panic::catch_unwind(|| run(&data));
        assert!(kept.is_ok(), "{}", path.display());
        count += 1;
    }
    assert!(count > 100, "{target}: {count} inputs");
}

#[test]
fn certificates_as_text() {
    all_of("reader", targets::reader);
}

#[test]
fn terms_claims_and_theories() {
    all_of("language", targets::language);
}

#[test]
fn edited_certificates() {
    all_of("checker", targets::checker);
}

/// A target that sees nothing would keep every promise: it must fail where one is broken.
#[test]
fn targets_look() {
    // No certificate is edited: the honest one is valid, and is accepted as what it is.
    targets::checker(&[0]);
    targets::checker(&[7]);
    targets::language(b"1 + 2*x");
    targets::language(b"Pr[not hits] <= 1/2");
    // Edits that exchange steps, take fields out and put texts in are refused, not panicked at.
    for how in 0..8 {
        for place in (0..=255).step_by(5) {
            targets::checker(&[1, how, 0, place, 3, place, 4, b'1', b'e', b'9', b'9']);
        }
    }
}
