//! What is accepted, what is refused, and in which words.

#![expect(clippy::float_cmp, reason = "what is exact is compared exactly")]

use super::{DataError, DataFile, DataNotice};
use crate::distributions::{Distribution, Empirical};
use approx::assert_abs_diff_eq;
use npyz::WriterBuilder;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

fn options(path: impl Into<PathBuf>) -> DataFile {
    DataFile { path: path.into(), label: "c".into(), positive: "p".into(), negative: "n".into(), raw: false }
}

fn load_bytes(name: &str, bytes: &[u8], change: impl Fn(&mut DataFile)) -> Result<(Empirical, DataNotice), DataError> {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, bytes).unwrap();
    let mut file = options(path);
    change(&mut file);
    file.load()
}

fn csv(text: &str) -> Result<(Empirical, DataNotice), DataError> {
    load_bytes("data.csv", text.as_bytes(), |_| ())
}

/// The message of a refusal, without the path; it must be one line and name the file.
fn message(result: Result<(Empirical, DataNotice), DataError>) -> String {
    let text = result.map(|(_, notice)| notice).unwrap_err().to_string();
    assert!(!text.contains('\n'), "{text}");
    text.split_once("data.").map_or(text.clone(), |(_, rest)| rest.to_owned())
}

/// A `.npy` file of the given version-1 header dictionary and data.
fn npy_bytes(header: &str, data: &[u8]) -> Vec<u8> {
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend(u16::try_from(header.len()).unwrap().to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.extend(data);
    bytes
}

fn npy(bytes: &[u8]) -> Result<(Empirical, DataNotice), DataError> {
    load_bytes("data.npy", bytes, |f| {
        (f.label, f.positive, f.negative) = ("2".into(), "1".into(), "0".into());
    })
}

fn f64_file(rows: &[[f64; 3]]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let shape = [rows.len() as u64, 3];
    let mut writer = npyz::WriteOptions::new().default_dtype().shape(&shape).writer(&mut bytes).begin_nd().unwrap();
    writer.extend(rows.iter().flatten().copied()).unwrap();
    writer.finish().unwrap();
    bytes
}

#[test]
fn selects_standardises_and_drops() {
    let (data, notice) = csv("a,c,k,b\n1,p,7,10\n3,n,7,30\nx,other,y,z\n5,p,7,20\n").unwrap();
    assert_eq!((notice.rows_selected, notice.rows_total), (3, 4));
    assert_eq!(notice.dropped_columns, ["k"]);
    assert_eq!(notice.features, ["a", "b"]);
    let points = &data.support().unwrap().points;
    let unit = 1.5_f64.sqrt();
    let expected = [[-unit, -unit], [0.0, unit], [unit, 0.0]];
    for (column, expected) in points.column_iter().zip(expected) {
        assert_abs_diff_eq!(column[0], expected[0], epsilon = 1e-15);
        assert_abs_diff_eq!(column[1], expected[1], epsilon = 1e-15);
    }
    assert_eq!(data.support().unwrap().labels.as_slice(), [1.0, -1.0, 1.0]);
}

#[test]
fn raw_keeps_values_and_constant_columns() {
    let (data, notice) = load_bytes("data.csv", b"k,a,c\n7,1,p\n7,2,n\n", |f| f.raw = true).unwrap();
    assert_eq!((notice.dropped_columns.len(), notice.features), (0, vec!["k".to_owned(), "a".to_owned()]));
    assert_eq!(data.support().unwrap().points.as_slice(), [7.0, 1.0, 7.0, 2.0]);
    let constant = load_bytes("data.csv", b"k,c\n7,p\n7,n\n", |f| f.raw = true);
    assert!(message(constant).contains("all 1 feature columns are constant"));
}

#[test]
fn label_values_are_text_or_numbers() {
    let numeric = |f: &mut DataFile| (f.positive, f.negative) = ("0".into(), " 1 ".into());
    let text = b"\xef\xbb\xbfa,c\r\n1, 0.0\r\n\r\n2,1e0 \r\n3,2\r\n";
    assert_eq!(load_bytes("data.csv", text, numeric).unwrap().1.rows_selected, 2);
    let same = load_bytes("data.csv", text, |f| (f.positive, f.negative) = ("1".into(), "1.0".into()));
    assert!(matches!(same, Err(DataError::SameLabel { .. })));
    // Two integers that are one f64 are still two labels.
    let big = b"a,c\n1,9007199254740992\n2,9007199254740993\n";
    let apart = |f: &mut DataFile| (f.positive, f.negative) = ("9007199254740992".into(), "9007199254740993".into());
    assert_eq!(load_bytes("data.csv", big, apart).unwrap().0.moments().positive_share, 0.5);
}

#[test]
fn refuses_files_that_are_no_files() {
    let folder = TempDir::new().unwrap();
    assert!(matches!(options(folder.path().join("none.csv")).load(), Err(DataError::Unreadable { .. })));
    assert!(matches!(options(folder.path()).load(), Err(DataError::NotAFile { .. })));
    #[cfg(unix)]
    assert!(matches!(options("/dev/zero").load(), Err(DataError::NotAFile { .. })));
    let huge = folder.path().join("huge.csv");
    fs::File::create(&huge).unwrap().set_len((1 << 31) + 1).unwrap();
    assert!(matches!(options(huge).load(), Err(DataError::TooLarge { .. })));
}

#[test]
fn refuses_bad_tables() {
    for (text, expected) in [
        ("", "csv: empty; a header line and at least two rows are needed"),
        ("\n\n", "csv: empty;"),
        ("a,c\n", "csv: 0 data row(s); at least two are needed"),
        ("a,c\n1,p\n", "csv: 1 data row(s)"),
        ("a,c\n1,p\n2,n,3\n", "csv: line 3 has 3 fields, the header has 2"),
        ("a,b\n1,p\n2,n\n", "csv: no column c; its columns are a, b; choose one with --label"),
        ("c,c\n1,p\n2,n\n", "csv: 2 columns are called c; rename all but one"),
        ("a,c\n1,p\n2,q\n3,r\n4,\n", "csv: no row has --negative n in column c; values that occur: p, q, r, ``"),
        ("a,c\n1,1\n2,2\n3,3\n4,4\n5,5\n6,6\n", "values that occur: 1, 2, 3, 4, 5, …"),
        ("a,c\n1,p\n\n\ntwo,n\n", "csv: line 5, column a: two is not a finite number"),
        ("a,c\r\n1,p\r\n\r\n\r\ntwo,n\r\n", "csv: line 5, column a"),
        ("\u{feff}a,c\r\n1,p\r\ntwo,n\r\n", "csv: line 3, column a"),
        ("\n\na,c\n\"1\n\",p\n2,n\n3,n,4", "csv: line 7 has 3 fields"),
        ("a,c\n1,p\n,n\n", "csv: line 3, column a: `` is not a finite number"),
        ("a,c\n1,p\nNaN,n\n", "csv: line 3, column a: NaN is not"),
        ("a,c\n-inf,p\n1,n\n", "csv: line 2, column a: -inf is not"),
        ("a,c\n1e999,p\n1,n\n", "csv: line 2, column a: 1e999 is not"),
        ("a,c\n\"1\n2\",p\n1,n\n", "csv: line 2, column a: 1\u{fffd}2 is not"),
        ("a,k,c\n1,2,p\n1,2,n\n", "csv: all 2 feature columns are constant over the selected rows"),
        ("c\np\nn\n", "csv: no column besides the label c"),
        ("a,c\n1e308,p\n1.5e308,n\n", "csv: column a cannot be standardised"),
        ("a,c\n1e-320,p\n2e-320,n\n", "csv: column a cannot be standardised"),
    ] {
        let found = message(csv(text));
        assert!(found.contains(expected), "{text:?}: {found}");
    }
    let latin = load_bytes("data.csv", b"a,c\n1,p\n2,\xe9\n", |_| ());
    assert!(message(latin).contains("line 3 is not UTF-8 text"));
    let latin_header = load_bytes("data.csv", b"\xe9,c\n1,p\n2,n\n", |_| ());
    assert!(matches!(latin_header, Err(DataError::NotText { .. })));
    let raw = load_bytes("data.csv", b"a,c\n1e200,p\n1,n\n", |f| f.raw = true);
    assert!(message(raw).contains("E‖x‖² = inf is not allowed"));
}

#[test]
fn reads_arrays() {
    let (data, notice) = npy(&f64_file(&[[1.0, 5.0, 0.0], [2.0, 5.0, 1.0], [9.0, 9.0, 2.0]])).unwrap();
    assert_eq!((notice.rows_selected, notice.rows_total), (2, 3));
    assert_eq!((notice.features, notice.dropped_columns), (vec!["0".to_owned()], vec!["1".to_owned()]));
    assert_eq!(data.support().unwrap().points.as_slice(), [-1.0, 1.0]);
    // Column order, big-endian and booleans.
    let fortran = npy_bytes("{'descr': '|i1', 'fortran_order': True, 'shape': (2, 3), }\n", &[1, 2, 3, 4, 0, 1]);
    let (data, notice) = npy(&fortran).unwrap();
    assert_eq!((notice.features.len(), data.support().unwrap().points.as_slice()), (2, &[-1.0, -1.0, 1.0, 1.0][..]));
    let big_endian = [0, 1, 0, 2, 0, 0, 0, 3, 0, 4, 0, 1];
    let header = "{'descr': '>u2', 'fortran_order': False, 'shape': (2, 3), }\n";
    assert_eq!(npy(&npy_bytes(header, &big_endian)).unwrap().1.features, ["0", "1"]);
    let booleans = npy_bytes("{'descr': '|b1', 'fortran_order': False, 'shape': (2, 3), }\n", &[1, 0, 1, 0, 0, 0]);
    assert_eq!(npy(&booleans).unwrap().1.dropped_columns, ["1"]);
}

#[test]
fn refuses_bad_arrays() {
    let header =
        |descr: &str, shape: &str| format!("{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}\n");
    for (descr, shape, expected) in [
        ("'<f8'", "(6,)", "npy: the array has shape [6]; it must have two dimensions"),
        ("'<f8'", "(1, 2, 3)", "npy: the array has shape [1, 2, 3]"),
        ("'<f2'", "(2, 3)", "npy: dtype '<f2' is not read; convert with .astype('float64')"),
        ("'<c16'", "(2, 3)", "npy: dtype '<c16'"),
        ("'|O'", "(2, 3)", "npy: dtype '|O'"),
        ("'<U3'", "(2, 3)", "npy: dtype '<U3'"),
        ("'<M8[s]'", "(2, 3)", "npy: not a usable .npy file: its header is not that of an array of numbers"),
        ("[('a', '<f8')]", "(2, 3)", "npy: dtype [('a', '<f8'), ]"),
        ("'<f8'", "(2, 3)", "npy: truncated: 0 bytes of data where the header announces 48"),
        ("'|u1'", "(268435456, 1)", "npy: truncated"),
        ("'<f8'", "(4294967296, 4294967296)", "npy: too large"),
        ("'<f8'", "(18446744073709551616, 3)", "npy: too large"),
        ("'<f8'", "(0, 4294967296, 4294967296, 4294967296)", "npy: too large"),
        ("'<f8'", "(0x7fffffffffffffff, 0x7fffffffffffffff)", "npy: not a usable .npy file"),
        ("'<f8'", "(9_000_000_000_000, 9_000_000_000_000)", "npy: not a usable .npy file"),
        ("'<f8'", "((((((((((2, 3))))))))))", "npy: not a usable .npy file"),
        ("'<f8'", "(-2, 3)", "npy: not a usable .npy file"),
        ("'<f8'", "(0, 3)", "npy: 0 data row(s)"),
    ] {
        let found = message(npy(&npy_bytes(&header(descr, shape), &[])));
        assert!(found.contains(expected), "{descr} {shape}: {found}");
    }
    for bytes in [
        &b""[..],
        b"\x93NUM",
        b"\x93NUMPY\x01\x00",
        b"\x93NUMPY\x02\x00\xff\xff\xff\xff{",
        b"\x93NUMPY\x09\x00\x01\x00{}",
    ] {
        assert!(matches!(npy(bytes), Err(DataError::BadNpy { .. })), "{bytes:?}");
    }
    let cell = message(npy(&f64_file(&[[1.0, 2.0, 0.0], [f64::NAN, 3.0, 1.0]])));
    assert!(cell.contains("row 1 (from 0), column 0: NaN is not a finite number"), "{cell}");
    let absent = message(npy(&f64_file(&[[1.0, 2.0, 3.0], [2.0, 3.0, 0.0]])));
    assert!(absent.contains("no row has --positive 1 in column 2; values that occur: 3, 0"), "{absent}");
    let label = load_bytes("data.npy", &f64_file(&[[0.0; 3]; 2]), |f| f.label = "3".into());
    assert!(message(label).contains("no column 3; its columns are 0, 1, 2; choose one with --label"));
}

#[test]
fn every_prefix_of_an_array_is_an_error_and_no_panic() {
    let whole = f64_file(&[[1.0, 2.0, 0.0], [3.0, 1.0, 1.0]]);
    assert!(npy(&whole).is_ok());
    for end in 0..whole.len() {
        assert!(npy(&whole[..end]).is_err());
    }
}

#[test]
fn iris_figures() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/iris.csv");
    let file =
        DataFile { label: "species".into(), positive: "setosa".into(), negative: "versicolor".into(), ..options(path) };
    let (data, notice) = file.load().unwrap();
    assert_eq!((notice.rows_selected, notice.rows_total, data.dimension()), (100, 150, 4));
    let direction = data.mean_gradient().normalize();
    assert_abs_diff_eq!(data.margin(direction.as_slice()).unwrap(), 0.60376, epsilon = 5e-6);
    let moments = data.moments();
    // Standardised columns have mean square 1 each, so that E‖x‖² = d.
    assert_abs_diff_eq!(moments.mean_square_norm, 4.0, epsilon = 1e-12);
    assert_eq!(moments.positive_share, 0.5);
}
