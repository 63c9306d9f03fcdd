//! Files that are made to exhaust the checker. Each is answered by name, in a gibibyte and without a panic; that it is answered in
//! time is what the checker's count of work is for, and the time-out here is against hangs alone.

use crate::common::{all, certificate, inequality, rebuild};
use assert_cmd::Command;
use provably::certificate::budget::Budget;
use provably::certificate::checker::MAX_BYTES;
use provably::certificate::document::{Certificate, DefinitionRecord, StepRecord};
use provably::certificate::expression::Meaning;
use std::fmt::Write;
use std::time::{Duration, Instant};

/// What the checker may answer, by name; it depends on the order of its checks which of them comes first.
const UNREADABLE: &[&str] = &["unreadable"];
const COSTLY: &[&str] = &["too-costly"];
/// Rows that are read and summed, and are not those of the certificate's sums.
const READ: &[&str] = &["wrong-sums"];

/// A file, its name, and the answers to it.
struct File {
    name: &'static str,
    text: String,
    answers: &'static [&'static str],
}

/// Runs `provably verify` with an address space of a gibibyte.
fn verify(file: &File) -> Duration {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("certificate.json");
    std::fs::write(&path, &file.text).unwrap();
    let started = Instant::now();
    let output = Command::new("sh")
        .args(["-c", "ulimit -v 1048576; $0 verify $1; code=$?; times; exit $code", env!("CARGO_BIN_EXE_provably")])
        .arg(&path)
        .timeout(Duration::from_secs(1200))
        .output()
        .unwrap();
    let took = started.elapsed();
    let printed = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    let shown: String = printed.lines().next().unwrap_or_default().chars().take(200).collect();
    let processor = printed.lines().last().unwrap_or_default();
    println!("{:40} {:8} bytes {took:8.2?} ({processor}) {shown:.80}", file.name, file.text.len());
    assert!(matches!(output.status.code(), Some(1 | 2)), "{}: {} {shown}", file.name, output.status);
    assert!(file.answers.iter().any(|check| printed.contains(check)), "{}: {shown}", file.name);
    took
}

/// An honest certificate with one thing replaced.
fn with(change: impl FnOnce(&mut Certificate)) -> String {
    let mut certificate = certificate("form c1").clone();
    change(&mut certificate);
    serde_json::to_string(&certificate).unwrap()
}

/// One of other steps, of about so many bytes.
fn with_steps(room: usize, step: impl Fn(usize) -> StepRecord) -> String {
    with(|c| {
        let mut length = 0;
        let more = (0..).map(step).take_while(|step| {
            length += serde_json::to_string(step).unwrap().len() + 1;
            length < room
        });
        c.steps = more.collect();
    })
}

/// One on these rows, whose sums are not asked for.
fn with_rows(points: &str, labels: usize) -> String {
    let honest = serde_json::to_string(certificate("iris")).unwrap();
    let (start, rest) = honest.split_once("\"points\":").unwrap();
    let (_, rest) = rest.split_once("\"label_weighted_sums\":").unwrap();
    let labels = vec!["1"; labels].join(",");
    format!("{start}\"points\":{points},\"labels\":[{labels}],\"label_weighted_sums\":{rest}")
}

/// A list of the same thing over and over, as long as a file may be.
fn list(part: &str, room: usize) -> (String, usize) {
    let count = room / (part.len() + 1);
    (format!("[{}]", vec![part; count].join(",")), count)
}

/// A field of the honest certificate replaced by a text.
fn with_field(field: &str, text: &str) -> String {
    let honest = with(|c| c.info = serde_json::Value::Null.into());
    let mut document: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&honest).unwrap();
    document.remove(field).unwrap();
    let rest = serde_json::to_string(&document).unwrap();
    format!("{{\"{field}\":{text},{}", &rest[1..])
}

/// Room for a certificate beside what is put into it.
const ROOM: usize = MAX_BYTES - 200_000;

fn terms(operator: &str, part: impl Fn(usize) -> String, count: usize) -> String {
    (0..count).map(part).collect::<Vec<_>>().join(operator)
}

#[test]
fn every_hostile_file_is_answered() {
    for file in rows().into_iter().chain(steps()).chain(texts()) {
        verify(&file);
    }
}

/// A budget that honest certificates come near.
#[test]
fn honest_certificates_cost_little() {
    for (name, certificate) in all() {
        let kernel = rebuild(certificate).unwrap();
        let spent = Budget::CERTIFICATE - kernel.budget().left();
        assert!(spent < Budget::CERTIFICATE / 20, "{name}: {spent}");
        assert!(spent > Budget::CERTIFICATE / 1_000, "{name}: {spent}");
    }
}

/// Rows that are many, wide, large or of all sizes at once.
fn rows() -> Vec<File> {
    let file = |name, text, answers| File { name, text, answers };
    let one = |part: &str, count: usize| format!("[[{}]]", vec![part; count].join(","));
    let matrix = |part: &str, rows: usize, columns: usize| {
        let row = format!("[{}]", vec![part; columns].join(","));
        format!("[{}]", vec![row; rows].join(","))
    };
    let mixed = |columns: usize| {
        let row = |shift: usize| {
            let entry = |j: usize| if (j + shift).is_multiple_of(2) { "1e308" } else { "5e-324" };
            format!("[{}]", (0..columns).map(entry).collect::<Vec<_>>().join(","))
        };
        format!("[{},{}]", row(0), row(1))
    };
    let (singles, count) = list("[1]", ROOM / 3 * 2);
    let (empties, empty) = list("[]", ROOM / 5 * 3);
    let digits = format!("[[0.{}]]", "7".repeat(ROOM));
    let longs = matrix(&format!("0.{}", "3".repeat(1000)), 1, ROOM / 1003);
    vec![
        file("1 x 40,000", with_rows(&one("0.5", 40_000), 1), READ),
        file("1 x 500,000", with_rows(&one("0.1", 500_000), 1), READ),
        file("1 x 8,000,000", with_rows(&one("1", ROOM / 2), 1), COSTLY),
        file("millions of rows of one", with_rows(&singles, count), COSTLY),
        file("400,000 rows of one", with_rows(&matrix("0.7", 400_000, 1), 400_000), READ),
        file("rows of nothing", with_rows(&empties, empty), &["bad-support"]),
        file("2,000 x 64", with_rows(&matrix("0.3713", 2_000, 64), 2_000), READ),
        file("64 x 2,000", with_rows(&matrix("-0.3713", 64, 2_000), 64), READ),
        file("1,200 x 1,200", with_rows(&matrix("0.5773502", 1_200, 1_200), 1_200), READ),
        file("2,400 x 2,400", with_rows(&matrix("1", 2_400, 2_400), 2_400), READ),
        file("10,000 x 784", with_rows(&matrix("1", 10_000, 784), 10_000), READ),
        file("all sizes at once, 2 x 100", with_rows(&mixed(100), 2), READ),
        file("all sizes at once, 2 x 900,000", with_rows(&mixed(900_000), 2), COSTLY),
        file("a number of sixteen million digits", with_rows(&digits, 1), READ),
        file("numbers of a thousand digits", with_rows(&longs, 1), READ),
    ]
}

/// Steps that are many, or hard to evaluate.
fn steps() -> Vec<File> {
    let file = |name, text, answers| File { name, text, answers };
    let claims = |room: usize, claim: &dyn Fn(usize) -> String| with_steps(room, |i| inequality(&claim(i)));
    let tail = |i: usize| format!("binomial_cdf({}, 10000000000, 0.5)", 5_000_000_000 + i);
    let big = |i: usize| format!("binomial_cdf({}, 4000000000000000001, 0.5)", 2_000_000_000_000_000_000 + i);
    let logs = |i: usize| format!("0 <= {}", terms(" + ", |j| format!("ln({}.5)", i * 249 + j + 1), 249));
    let powers = |i: usize| format!("0 <= {}", terms(" + ", |j| format!("{}^0.3", i * 249 + j + 2), 249));
    let tiny =
        |i: usize| format!("0 < {}", terms(" + ", |j| format!("{}e-4990", i * 499 + j + 1).replace("0e", "1e"), 499));
    // No enclosure decides these: they are decided exactly, and hold.
    let twice = |side: String| format!("{side} <= {side}");
    let products = |i: usize| twice(terms("*", |j| format!("({}/{})^99", 2 * (i + j) + 3, 2 * (i + j) + 5), 20));
    let sums = |i: usize| twice(terms(" + ", |j| format!("1/{}^40", 2 * (i + j) + 3), 50));
    let long = |i: usize| format!("{i} < {}", terms(" + ", |_| "7".repeat(2000), 490));
    let chained = with(|c| {
        // Every link rests on all the axioms its first one does.
        let bounded = c
            .steps
            .iter()
            .position(|s| s.claim.as_deref().is_some_and(|c| c.starts_with("Pr[") && c.ends_with("<= delta")));
        let (mut last, mut bound) = (bounded.unwrap(), "delta".to_string());
        let events = c.steps[last].claim.clone().unwrap().replace("delta", "");
        for i in 1..50_000 {
            let (next, claim) = (c.steps.len(), format!("{events}{i}"));
            c.steps.push(inequality(&format!("{bound} <= {i}")));
            let from = vec![last, next];
            c.steps.push(StepRecord { rule: "weaken".into(), from, claim: Some(claim), ..StepRecord::default() });
            (last, bound) = (next + 1, i.to_string());
        }
    });
    let premises = |from: Vec<usize>| {
        with_steps(ROOM, move |_| StepRecord { rule: "union".into(), from: from.clone(), ..StepRecord::default() })
    };
    let definition = DefinitionRecord { name: "epsilon".into(), is: "7e-5000".into(), value: ["0".into(), "0".into()] };
    let choice = StepRecord { rule: "choice".into(), defines: vec![definition], ..StepRecord::default() };
    vec![
        file(
            "124 binomial tails",
            claims(ROOM, &|i| format!("0 <= {}", terms(" + ", |j| tail(124 * i + j), 124))),
            COSTLY,
        ),
        file("a binomial tail beyond reach", claims(200, &|i| format!("0 <= {}", big(i))), COSTLY),
        file("logarithms", claims(ROOM, &logs), COSTLY),
        file("powers", claims(ROOM, &powers), COSTLY),
        file("numerals of five thousand places", claims(ROOM, &tiny), COSTLY),
        file("products of fractions", claims(ROOM, &products), COSTLY),
        file("sums of fractions", claims(ROOM, &sums), COSTLY),
        file("numerals of two thousand digits", claims(ROOM, &long), &["too-costly", "weaker-root-claim"]),
        file("as many steps as fit", claims(ROOM, &|i| format!("0 < {}", i + 1)), COSTLY),
        file("the same step again", claims(ROOM, &|_| "0 < 1".into()), &["repeated-claim"]),
        file("a chain of weakenings", chained, COSTLY),
        file("a union of one premise", premises(vec![0; 1_000_000]), &["wrong-premises", "unknown-premise"]),
        file(
            "a choice of a tiny number",
            with_steps(ROOM, |_| choice.clone()),
            &["wrong-step", "redefinition", "illegal-choice"],
        ),
    ]
}

/// Texts that are no certificates, or have one part without measure.
fn texts() -> Vec<File> {
    let file = |name, text, answers| File { name, text, answers };
    let name = "x".repeat(ROOM / 2);
    let sum = terms(" + ", |_| "x".repeat(30_000), 490);
    let keys = |value: &dyn Fn(usize) -> String| {
        let mut text = String::from("{");
        for i in 0.. {
            if text.len() > ROOM {
                break;
            }
            let _ = write!(text, "{}\"{i}\":{}", if i == 0 { "" } else { "," }, value(i));
        }
        text + "}"
    };
    let brackets = |open: &str, close: &str, n: usize| format!("{}1{}", open.repeat(n), close.repeat(n));
    let with_claim = |claim: &str| with(|c| c.steps.insert(0, inequality(claim)));
    vec![
        file("a file too long", " ".repeat(MAX_BYTES) + &with(|_| ()), COSTLY),
        file("nested lists", "[".repeat(MAX_BYTES), &["not JSON", "not a certificate"]),
        file("info of lists", with_field("info", &list("[]", ROOM).0), UNREADABLE),
        file("info of objects", with_field("info", &list("{\"\":0}", ROOM).0), UNREADABLE),
        file("info of keys", with_field("info", &keys(&|_| "{}".into())), UNREADABLE),
        file(
            "a variant of many keys",
            with_field("variant", &keys(&|_| "\"\"".into())),
            &["unknown-theorem", "unknown-variant"],
        ),
        file("steps of nothing", with_field("steps", &list("{\"rule\":\"\"}", ROOM).0), &["unknown-rule"]),
        file(
            "steps that need nothing",
            with_field("steps", &format!("[{{\"rule\":\"\",\"needs\":{}}}]", list("\"\"", ROOM).0)),
            &["unknown-rule"],
        ),
        file("axioms without a name", with_field("axioms", &list("\"\"", ROOM).0), &["wrong-axioms"]),
        file("a long statement", with_field("statement", &format!("\"{name}\"")), &["wrong-statement"]),
        file("a name of eight million letters", with_claim(&format!("{name} <= 1")), &["unknown-symbol", "not-a-term"]),
        file("long names", with_claim(&format!("{sum} <= 1")), &["unknown-symbol", "not-a-term"]),
        file("brackets", with_claim(&brackets("(", ")", ROOM / 2)), &["not-a-term"]),
        file("minus signs", with_claim(&format!("{}1 <= 1", "-".repeat(ROOM))), &["not-a-term"]),
        file(
            "a tower of powers",
            with_claim(&format!("1 < {}2{}", "(".repeat(60), "^1000000)".repeat(60))),
            &["not-canonical", "wrong-step", "unused"],
        ),
        file("a claim of spaces", with_claim(&format!("1{} <= 2", " ".repeat(ROOM))), &["not-canonical"]),
    ]
}
