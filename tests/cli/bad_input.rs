//! Bad input: exit code 2, one line on stderr that names the cause, nothing on stdout.

use crate::run::provably;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// Arguments in one string; `@` is the directory of the bad files.
fn refused(folder: &Path, arguments: &str, cause: &str) {
    let words: Vec<String> =
        arguments.split_whitespace().map(|w| w.replace('@', &folder.display().to_string())).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    refused_words(&words, cause);
}

fn refused_words(words: &[&str], cause: &str) {
    let output = provably(words);
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(2), "{words:?}: {stderr}{stdout}");
    assert_eq!(stdout, "", "{words:?}");
    assert_eq!(stderr.lines().count(), 1, "{words:?}: {stderr}");
    assert!(stderr.starts_with("error: ") && stderr.contains(cause), "{words:?}: expected {cause:?} in: {stderr}");
}

/// A version 1.0 `.npy` file.
fn npy(dtype: &str, shape: &str, data: &[u8]) -> Vec<u8> {
    let mut header = format!("{{'descr': '{dtype}', 'fortran_order': False, 'shape': {shape}, }}");
    while !(10 + header.len() + 1).is_multiple_of(64) {
        header.push(' ');
    }
    header.push('\n');
    let length = u16::try_from(header.len()).expect("a short header");
    [b"\x93NUMPY\x01\x00".as_slice(), &length.to_le_bytes(), header.as_bytes(), data].concat()
}

fn folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let numbers: Vec<u8> = [1.0_f64, 2.0, 0.0, 3.0, 4.0, 1.0].iter().flat_map(|x| x.to_le_bytes()).collect();
    let text = |content: &str| content.as_bytes().to_vec();
    let files = [
        ("ragged.csv", text("x,z,y\n1,2,a\n1,b\n3,4,b\n")),
        ("nan.csv", text("x,z,y\n1,2,a\nNaN,3,b\n")),
        ("inf.csv", text("x,z,y\n1,2,a\n2,-inf,b\n")),
        ("text.csv", text("x,z,y\n1,2,a\n2,seven,b\n")),
        ("blank_cell.csv", text("x,z,y\n1,2,a\n2,,b\n")),
        ("empty.csv", Vec::new()),
        ("header.csv", text("x,z,y\n")),
        ("one_class.csv", text("x,z,y\n1,2,a\n2,3,a\n")),
        ("constant.csv", text("x,z,y\n1,2,a\n1,2,b\n1,2,a\n")),
        ("twice.csv", text("x,y,y\n1,a,a\n2,b,b\n")),
        ("only_label.csv", text("y\na\nb\n")),
        ("latin.csv", b"x,y\n1,a\n\xe9,b\n".to_vec()),
        ("good.csv", text("x,z,y\n1,2,a\n-1,3,b\n")),
        ("truncated.npy", npy("<f8", "(2, 3)", &numbers[..40])),
        ("strings.npy", npy("<U3", "(2, 3)", &[0; 72])),
        ("complex.npy", npy("<c16", "(2, 3)", &[0; 96])),
        ("vector.npy", npy("<f8", "(6,)", &numbers)),
        ("header_cut.npy", npy("<f8", "(2, 3)", &numbers)[..20].to_vec()),
        ("not_npy.npy", text("hello")),
        ("bad.toml", text("d = = 3\n")),
        ("list.toml", text("d = [1, 2]\n")),
        ("unknown.toml", text("epsilno = 0.1\n")),
        ("not_json.json", text("hello\n")),
        ("no_certificate.json", text("[1, 2]\n")),
        ("binary.json", vec![0xff, 0xfe, 0x00]),
    ];
    for (name, content) in files {
        fs::write(folder.path().join(name), content).expect("a temporary file");
    }
    folder
}

#[test]
fn data_files() {
    let folder = folder();
    let cases = [
        ("missing.csv", "No such file"),
        ("", "not a regular file"),
        ("ragged.csv", "line 3 has 2 fields, the header has 3"),
        ("nan.csv", "line 3, column x: NaN is not a finite number"),
        ("inf.csv", "line 3, column z: -inf is not a finite number"),
        ("text.csv", "line 3, column z: seven is not a finite number"),
        ("blank_cell.csv", "line 3, column z"),
        ("empty.csv", "empty; a header line"),
        ("header.csv", "0 data row(s)"),
        ("one_class.csv", "no row has --negative b in column y; values that occur: a"),
        ("constant.csv", "all 2 feature columns are constant"),
        ("twice.csv", "2 columns are called y"),
        ("only_label.csv", "no column besides the label y"),
        ("latin.csv", "line 3 is not UTF-8"),
    ];
    for (name, cause) in cases {
        refused(
            folder.path(),
            &format!("check linear-data --data @/{name} --label y --positive a --negative b"),
            cause,
        );
    }
    let arrays = [
        ("truncated.npy", "truncated: 40 bytes of data where the header announces 48"),
        ("strings.npy", "dtype '<U3' is not read"),
        ("complex.npy", "dtype '<c16' is not read"),
        ("vector.npy", "the array has shape [6]"),
        ("header_cut.npy", "its header is cut off"),
        ("not_npy.npy", "not a usable .npy file"),
    ];
    for (name, cause) in arrays {
        refused(
            folder.path(),
            &format!("check linear-data --data @/{name} --label 2 --positive 1 --negative 0"),
            cause,
        );
    }
    let good = "check linear-data --data @/good.csv";
    let rest = [
        ("--label y --positive a --negative a", "--positive a and --negative a are the same label value"),
        ("--label species --positive a --negative b", "no column species; its columns are x, z, y"),
        ("--label y --positive a --negative b --set d=3", "--data with --set d=: the rows of the file"),
        ("--label y --positive a", "required arguments were not provided: --negative"),
    ];
    for (options, cause) in rest {
        refused(folder.path(), &format!("{good} {options}"), cause);
    }
}

#[test]
fn parameters() {
    let cases = [
        ("epsilon=0", "epsilon = 0 is not allowed: it must be between"),
        ("epsilon=1", "epsilon = 1 is not allowed"),
        ("epsilon=nan", "epsilon = NaN is not allowed"),
        ("epsilon=", "epsilon =  cannot be read: expected a number"),
        ("delta=1", "delta = 1 is not allowed"),
        ("delta=1.5", "delta = 1.5 is not allowed"),
        ("delta=0", "delta = 0 is not allowed"),
        ("delta=-0.1", "delta = -0.1 is not allowed"),
        ("epsilno=0.1", "unknown parameter `epsilno` for linear-data: its parameters are distribution, d,"),
        ("epsilon", "--set epsilon: expected KEY=VALUE"),
        ("d=0", "d = 0 is not allowed: it must be from 1 to"),
        ("d=99999999999", "d = 99999999999 is not allowed"),
        ("d=100000000000000000000000", "d = 100000000000000000000000 cannot be read"),
        ("d=1.5", "d = 1.5 cannot be read: expected a whole number"),
        ("d=abc", "d = abc cannot be read: expected a whole number"),
        ("kappa=0", "kappa = 0 is not allowed"),
        ("margin=-1", "margin = -1 is not allowed: it must be greater than 0"),
        ("m_factor=1", "m_factor = 1 is not allowed: it must be greater than 1"),
        ("window=2", "window = 2 is not allowed: it must be between 0.01 and 0.99"),
        ("margin=x", "margin = x cannot be read: expected a number"),
        ("t=0", "t = 0 is not allowed"),
        ("n=0", "n = 0 is not allowed"),
        ("theta_factor=0", "theta_factor = 0 is not allowed"),
        ("hits=maybe", "hits = maybe cannot be read: expected ball or window"),
        ("distribution=cauchy", "distribution = cauchy cannot be read: expected uniform-hypercube or margin-ball"),
        ("seed=-1", "seed = -1 cannot be read"),
    ];
    for (pair, cause) in cases {
        refused_words(&["bounds", "linear-data", "--set", pair], cause);
        refused_words(&["check", "linear-data", "--json", "--set", pair], cause);
    }
    // Line ends inside a value stay on one line.
    refused_words(&["bounds", "linear-data", "--set", "a\nb=1"], "unknown parameter `a b`");
}

#[test]
fn commands() {
    let folder = folder();
    let cases = [
        ("bounds nope", "unknown theorem `nope`: the theorems are main, frozen-layer, linear-data, "),
        ("check", "check needs a theorem id, or --all"),
        ("check --all linear-data", "--all"),
        ("bounds linear-data --preset nope", "preset = nope cannot be read: expected one of default, ball"),
        (
            "bounds frozen-layer --level posterior",
            "frozen-layer has no posterior level: its levels are paper, explicit",
        ),
        ("bounds linear-data --level posterior --form a", ": the posterior level is Theorem C4"),
        ("bounds linear-data --level paper --set c_m=0", "c_m = 0 is not allowed"),
        ("bounds linear-data --form a --gradients fresh", "Theorem A needs population gradients"),
        ("bounds linear-data --form b --gradients population", "Theorem B needs fresh batches"),
        ("bounds linear-data --gradients population --set d=30", "support that can be enumerated (d at most 16)"),
        ("bounds linear-data --set distribution=margin-ball --set data_reach=0.1", "from the margin 0.3"),
        ("check linear-data --trials 0", "trials = 0 is not allowed"),
        ("check linear-data --trials many", "invalid value 'many' for '--trials"),
        ("check linear-data --confidence 1.5", "confidence = 1.5 is not allowed"),
        ("check linear-data --confidence nan", "confidence = NaN is not allowed"),
        ("check linear-data --confidence 0.2", "confidence = 0.2 is not allowed"),
        ("check linear-data --confidence -1", "confidence = -1 is not allowed"),
        ("check linear-data --confidence 0.99999999", "between 0.5 and 0.999999"),
        ("check linear-data --budget nonsense", "budget = nonsense is not allowed"),
        ("check linear-data --budget 0", "budget = 0 is not allowed"),
        ("check linear-data --budget -5s", "budget = -5s is not allowed"),
        ("check linear-data linear-data --out @/c.json", "--out takes one theorem at one level, not 2"),
        ("check linear-data --level all --out @/c.json", "--out takes one theorem at one level, not 3"),
        ("check --all --out @/c.json", "--out takes one theorem at one level, not 10"),
        ("check linear-data --out @/nowhere/c.json", "nowhere/c.json.trials.jsonl: the journal cannot be used"),
        ("check linear-data --out @", "a directory; give the certificate a file name"),
        (
            "check linear-data --scale huge",
            "invalid value 'huge' for '--scale <SCALE>' [possible values: theorem, ordinary]",
        ),
        ("check linear-data --resume", "required arguments were not provided: --out"),
        ("bounds linear-data --instance @/missing.toml", "missing.toml: No such file"),
        ("bounds linear-data --instance @", "Is a directory"),
        ("bounds linear-data --instance @/bad.toml", "bad.toml: extra `=`"),
        ("bounds linear-data --instance @/list.toml", "d = [1, 2] cannot be read"),
        ("bounds linear-data --instance @/unknown.toml", "unknown parameter `epsilno`"),
        ("tightness", "tightness needs a theorem id, or --all"),
        ("tightness nope", "unknown theorem `nope`"),
        ("tightness parity --confidence 1", "confidence = 1 is not allowed"),
        ("tightness parity --preset nope", "preset = nope cannot be read"),
        ("scaling", "scaling needs a theorem id, or --all"),
        ("scaling frozen-layer", "frozen-layer: no exponent is stated for this theorem"),
        ("scaling linear-data frozen-layer", "frozen-layer: no exponent is stated for this theorem"),
        ("scaling linear-data --vary epsilon", "--vary epsilon: expected KEY=VALUES"),
        ("scaling linear-data --vary q=0.1..0.9", "linear-data has no parameter `q`; it has distribution, d, "),
        ("scaling linear-data --vary d=8..x", "--vary d=8..x: `x` is not a finite number"),
        ("scaling linear-data --vary d=8..64 --points 2", "points = 2 is not allowed"),
        ("scaling linear-data main --vary d=8..64", "--vary takes one theorem"),
        ("scaling linear-data --vary d=8..64 --level all", "level = all is not allowed"),
        ("scaling linear-data --vary epsilon=0.4,0.2,0.1,0.05 --quantity nope", "nope"),
        ("scaling linear-data --quantity steps", "required arguments were not provided: --vary"),
        ("regress nope", "unknown theorem `nope`"),
        ("regress --confidence 0", "confidence = 0 is not allowed"),
        ("regress linear-data --readme @/missing.md", "missing.md: No such file"),
        ("regress linear-data --full --predictions", "cannot be used with"),
        ("gradient linear-data --w 1,2 --b 0", "w has 2 entries, the inputs have dimension 10"),
        ("gradient linear-data --w 1,2,x,4,5,6,7,8,9,0 --b 0", "w: `x` is not a finite number"),
        ("gradient linear-data --w 1,2,inf,4,5,6,7,8,9,0 --b 0", "w: `inf` is not a finite number"),
        ("gradient linear-data --w 1,2,3,4,5,6,7,8,9,0 --b nan", "b = NaN is not allowed"),
        ("gradient linear-data --w 1,2,3,4,5,6,7,8,9,0 --b x", "invalid value 'x' for '--b"),
        ("gradient linear-data --level paper --w 1 --b 0", "no data to take a gradient on"),
        ("trace linear-data --level paper --out @/t", "has no run to trace"),
        ("trace frozen-layer --out @/t", "there is no trace of frozen-layer"),
        ("bounds frozen-layer --form a", "Theorem 3.4 freezes the first"),
        ("check frozen-layer --gradients population", "trains the outer layer on one batch"),
        ("trace linear-data --steps 99999999999 --out @/t", "the trace would take"),
        ("trace linear-data --steps 1 --out @/bad.toml", "cannot write"),
        ("verify @/missing.json", "missing.json: No such file"),
        ("verify @", "Is a directory"),
        ("verify @/not_json.json", "is not JSON: expected value at line 1"),
        ("verify @/no_certificate.json", "is not a certificate"),
        ("verify @/binary.json", "did not contain valid UTF-8"),
        ("frobnicate", "unrecognized subcommand 'frobnicate'"),
        ("bounds", "required arguments were not provided: <THEOREM>"),
        ("bounds linear-data --form d", "invalid value 'd' for '--form <FORM>' [possible values: a, b, c]"),
        ("bounds linear-data --seed 1.5", "invalid value '1.5' for '--seed"),
        ("list extra", "unexpected argument 'extra'"),
    ];
    for (arguments, cause) in cases {
        refused(folder.path(), arguments, cause);
    }
}

#[test]
fn certificates_and_journals() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let path = folder.path().join("c.json");
    let out = path.to_str().expect("a path");
    let check = ["check", "linear-data", "--form", "c", "--trials", "2", "--out", out];
    assert_eq!(provably(&check).status.code(), Some(3));
    let text = fs::read_to_string(&path).expect("the certificate");
    fs::write(&path, &text[..text.len() / 2]).expect("a truncated certificate");
    refused_words(&["verify", out], "is not JSON: EOF while parsing");
    fs::write(&path, &text).expect("the certificate");
    let other: Vec<&str> = check.into_iter().chain(["--seed", "2", "--resume"]).collect();
    refused_words(&other, "c.json.trials.jsonl: these trials belong to another instance, seed or version");
    fs::write(folder.path().join("c.json.trials.jsonl"), "junk\n").expect("a journal of junk");
    let again: Vec<&str> = check.into_iter().chain(["--resume"]).collect();
    refused_words(&again, "these trials belong to another instance");
}

#[test]
fn help_is_not_an_error() {
    for arguments in [&["--help"][..], &["--version"], &["check", "--help"]] {
        let output = provably(arguments);
        assert!(output.status.success() && output.stderr.is_empty() && !output.stdout.is_empty(), "{arguments:?}");
    }
    assert_eq!(provably(&[]).status.code(), Some(2));
}
