//! Exit codes of `provably verify`: valid 0, invalid 1, no certificate at all 2.

use crate::common::certificate;
use assert_cmd::Command;

/// Runs `provably verify` on a file with this text; its exit code and what it printed.
fn verify(text: &str, arguments: &[&str]) -> (Option<i32>, String) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("certificate.json");
    std::fs::write(&path, text).unwrap();
    let output = Command::cargo_bin("provably").unwrap().arg("verify").arg(&path).args(arguments).output().unwrap();
    let printed = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap()).concat();
    (output.status.code(), printed)
}

fn text(name: &str) -> String {
    serde_json::to_string_pretty(certificate(name)).unwrap()
}

/// Catches a valid certificate that does not exit 0, and a verification that does not say what was verified.
#[test]
fn a_valid_certificate_exits_0() {
    for arguments in [&[][..], &["--replay"], &["--json"]] {
        let (code, printed) = verify(&text("form c1"), arguments);
        assert_eq!(code, Some(0), "{arguments:?}: {printed}");
        assert!(printed.contains(&certificate("form c1").statement), "{printed}");
    }
}

/// Catches an invalid certificate that does not exit 1 or does not name the check.
#[test]
fn an_invalid_certificate_exits_1() {
    let honest = text("form c1");
    let forgeries = [
        (honest.replacen("Pr[not error_reached(error_bound, T)] <= delta\"", "1 <= 2\"", 1), "wrong-step"),
        (honest.replacen("\"corroborated\"", "\"proved\"", 1), "wrong-verdict"),
        (honest.replacen("\"verdict\"", "\"judgement\"", 1), "unreadable"),
        (honest.replacen("provably-certificate/2", "provably-certificate/1", 1), "unknown-format"),
        ("{\"format\": \"provably-certificate/2\"}".into(), "unreadable"),
    ];
    for (forged, check) in forgeries {
        assert_ne!(forged, honest, "{check}");
        let (code, printed) = verify(&forged, &[]);
        assert_eq!(code, Some(1), "{check}: {printed}");
        assert!(printed.contains(check), "{check}: {printed}");
    }
}

/// Catches a verification without replay that passes for one with it: moved counts are found only by running the trials.
#[test]
fn a_certificate_that_does_not_replay_exits_1() {
    let mut forged = certificate("form c1").clone();
    forged.trials.obligations[0].judged -= 1;
    let forged = serde_json::to_string(&forged).unwrap();
    assert_eq!(verify(&forged, &[]).0, Some(0));
    let (code, printed) = verify(&forged, &["--replay"]);
    assert_eq!(code, Some(1), "{printed}");
    assert!(printed.contains("replay-differs"), "{printed}");
}

/// Catches a file that is no certificate and is called an invalid one, or worse.
#[test]
fn what_is_no_certificate_exits_2() {
    for text in ["", "not json", "[]", "{}", "{\"format\": 1}", "\"provably-certificate/2\""] {
        let (code, printed) = verify(text, &[]);
        assert_eq!(code, Some(2), "{text}: {printed}");
    }
    let missing = Command::cargo_bin("provably").unwrap().args(["verify", "no-such-file.json"]).output().unwrap();
    assert_eq!(missing.status.code(), Some(2));
}
