//! The corpus's honest certificates: small instances of every theorem, with loose ε and δ so that a few trials suffice.

use provably::certificate::document::Certificate;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::OnceLock;

/// Each certificate's name, and the words of the `provably check` that writes it. The seed is the command's own, 1.
pub(crate) const INSTANCES: [(&str, &str); 33] = [
    ("beyond", "beyond-kernel --level explicit --set delta=0.3"),
    ("frozen", "frozen-layer --level explicit --set epsilon=0.45 --set delta=0.3 --set d=2"),
    (
        "frozen-ball",
        "frozen-layer --level explicit --gradients fresh --set epsilon=0.45 --set delta=0.3 --set distribution=margin-ball --set d=2",
    ),
    (
        "frozen-closed",
        "frozen-layer --level explicit --gradients closed-first --set epsilon=0.45 --set delta=0.3 --set d=2",
    ),
    (
        "iris",
        "linear-data --level explicit --form c --gradients fresh --set epsilon=0.3 --set delta=0.3 --data tests/data/iris.csv --label species --positive setosa --negative versicolor",
    ),
    (
        "linear-a",
        "linear-data --level explicit --form a --gradients population --set epsilon=0.3 --set delta=0.3 --set d=2",
    ),
    (
        "linear-b-closed",
        "linear-data --level explicit --form b --gradients closed-first --set epsilon=0.3 --set delta=0.3 --set d=2",
    ),
    (
        "linear-b-fresh",
        "linear-data --level explicit --form b --gradients fresh --set epsilon=0.3 --set delta=0.3 --set d=2",
    ),
    (
        "linear-c1-ball",
        "linear-data --level explicit --form c --gradients closed-first --set epsilon=0.3 --set delta=0.3 --set distribution=margin-ball --set d=3",
    ),
    (
        "linear-c1-fresh",
        "linear-data --level explicit --form c --gradients fresh --set epsilon=0.3 --set delta=0.3 --set d=2",
    ),
    (
        "linear-c1-population",
        "linear-data --level explicit --form c --gradients population --set epsilon=0.3 --set delta=0.3 --set d=2",
    ),
    (
        "linear-c2",
        "linear-data --level explicit --form c --gradients closed-first --set epsilon=0.3 --set delta=0.3 --data tests/data/iris.csv --label species --positive setosa --negative versicolor --set margin=1.2",
    ),
    (
        "linear-loss",
        "linear-data --level posterior --set epsilon=0.3 --set delta=0.3 --set d=2 --set m=8 --set comparator=loss --set pilots=8 --set draws=100",
    ),
    (
        "linear-posterior",
        "linear-data --level posterior --set epsilon=0.3 --set delta=0.3 --set d=2 --set m=8 --set pilots=8 --set draws=100",
    ),
    (
        "linear-posterior-fresh",
        "linear-data --level posterior --gradients fresh --set epsilon=0.3 --set delta=0.3 --set d=2 --set m=8 --set pilots=8 --set draws=100",
    ),
    (
        "main-explicit-a",
        "main --level explicit --form a --gradients population --set epsilon=0.3 --set delta=0.3 --set distribution=uniform-hypercube --set d=2",
    ),
    (
        "main-explicit-b",
        "main --level explicit --form b --set epsilon=0.3 --set delta=0.3 --set distribution=uniform-hypercube --set d=2",
    ),
    (
        "main-explicit-c",
        "main --level explicit --form c --set epsilon=0.3 --set delta=0.3 --set distribution=uniform-hypercube --set d=2",
    ),
    (
        "main-gaussians",
        "main --level posterior --set epsilon=0.3 --set delta=0.3 --set distribution=two-gaussians --set d=3 --set radius=12 --set m=32 --set pilots=16 --set draws=100 --set program_samples=50000",
    ),
    (
        "main-posterior",
        "main --level posterior --set epsilon=0.3 --set delta=0.3 --set distribution=uniform-hypercube --set d=2 --set m=8 --set pilots=8 --set draws=100",
    ),
    (
        "main-rows",
        "main --level posterior --set epsilon=0.3 --set delta=0.3 --data tests/data/iris.csv --label species --positive setosa --negative versicolor --set pilots=8 --set draws=100",
    ),
    (
        "mixture-explicit",
        "gaussian-mixture --level explicit --set epsilon=0.3 --set delta=0.3 --set d=4 --set r=2 --set weight_ratio=0.8",
    ),
    (
        "mixture-posterior",
        "gaussian-mixture --level posterior --set delta=0.3 --set epsilon=0.3 --set d=4 --set r=2 --set m=32 --set pilots=32 --set draws=100 --set program_samples=50000 --set weight_ratio=0.8",
    ),
    (
        "multi-index",
        "multi-index --level posterior --set d=10 --set m=64 --set epsilon=0.45 --set delta=0.3 --set beta=3.16 --set theta_factor=4 --set penalty=0.1 --set fit_samples=4096 --set program_samples=200000 --set pilots=8 --set draws=200 --set gamma=0.05",
    ),
    (
        "parity-a",
        "parity --level explicit --form a --gradients population --set epsilon=0.3 --set delta=0.3 --set d=3 --set k=3 --trials 2",
    ),
    (
        "parity-posterior",
        "parity --level posterior --set epsilon=0.3 --set delta=0.3 --set d=4 --set k=3 --set m=16 --set pilots=8 --set draws=100",
    ),
    ("parity-windows", "parity --level explicit --set epsilon=0.3 --set delta=0.3 --set d=3 --set k=3"),
    ("ticket", "lottery-ticket --level posterior --set epsilon=0.05 --set d=5 --set delta=0.4 --set control_share=0.5"),
    (
        "uniform-posterior",
        "uniform-parity --level posterior --set epsilon=0.2 --set delta=0.3 --set pilots=8 --set draws=100",
    ),
    (
        "uniform-posterior-fresh",
        "uniform-parity --level posterior --gradients fresh --set epsilon=0.2 --set delta=0.3 --set pilots=8 --set draws=100",
    ),
    ("uniform-windows", "uniform-parity --level explicit --set epsilon=0.2 --set delta=0.3"),
    ("xor-explicit", "gaussian-xor --level explicit --set delta=0.3 --set epsilon=0.2"),
    (
        "xor-posterior",
        "gaussian-xor --level posterior --set delta=0.3 --set d=4 --set m=32 --set pilots=32 --set draws=100 --set program_samples=50000",
    ),
];

/// The folder of the corpus.
pub(crate) fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/corpus")
}

/// The honest certificates, as documents and as what the checker reads of them.
pub(crate) fn all() -> &'static BTreeMap<String, (Value, Certificate)> {
    static ALL: OnceLock<BTreeMap<String, (Value, Certificate)>> = OnceLock::new();
    let read = |(name, _): &(&str, &str)| {
        let path = folder().join("honest").join(format!("{name}.json"));
        let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let certificate = provably::certificate::checker::read(&text).unwrap_or_else(|e| panic!("{name}: {e}"));
        (name.to_string(), (serde_json::from_str(&text).unwrap(), certificate))
    };
    ALL.get_or_init(|| INSTANCES.iter().map(read).collect())
}

/// Makes the honest certificates anew. Their `info` is left out: it differs from machine to machine and claims nothing.
#[test]
#[ignore = "minutes of trials; writes tests/corpus/honest"]
fn make_the_honest_certificates() {
    for (name, words) in INSTANCES {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("certificate.json");
        let mut command = assert_cmd::Command::cargo_bin("provably").unwrap();
        command.current_dir(env!("CARGO_MANIFEST_DIR")).arg("check").args(words.split(' ')).arg("--out").arg(&path);
        let output = command.output().unwrap();
        // One that is inconclusive for want of trials is a certificate too.
        let text = std::fs::read_to_string(&path);
        let text = text.unwrap_or_else(|_| panic!("{name}: {}", String::from_utf8_lossy(&output.stdout)));
        let mut document: Value = serde_json::from_str(&text).unwrap();
        document["info"] = Value::Null;
        std::fs::write(folder().join("honest").join(format!("{name}.json")), format!("{document}\n")).unwrap();
    }
}
