//! Rows of a CSV or NumPy file as a distribution (docs/theory.md §5.1 on real data).
//!
//! Rows are selected by two label values, then every column is standardised with the population standard deviation (ddof 0)
//! of the selected rows, and constant columns are dropped with a notice. D is then these rows: nothing is claimed on new data.
//! Cells of rows that are not selected are not read as numbers.

mod error;
mod from_csv;
mod from_npy;
#[cfg(test)]
mod tests;

pub use error::DataError;

use super::Empirical;
use error::{MAX_VALUES_LISTED, one_line};
use nalgebra::{DMatrix, DVector};
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use std::fs::{self, File};
use std::io::{Read, Seek};
use std::path::PathBuf;

/// Largest file that is read, 2 GiB: a larger one would not fit in memory as f64 several times over.
const MAX_FILE_BYTES: u64 = 1 << 31;

/// Largest number of cells of a table, 2 GiB as f64.
const MAX_CELLS: u64 = 1 << 28;

/// What the first bytes of a NumPy file are.
const NPY_MAGIC: &[u8; 6] = b"\x93NUMPY";

/// A two-class data set in a file: where it is and which rows and columns of it are meant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataFile {
    /// A CSV file with a header line (UTF-8, commas), or a two-dimensional `.npy` array of numbers.
    pub path: PathBuf,
    /// The label column: its name in a CSV file's header, its index from 0 in a `.npy` array.
    pub label: String,
    /// The label value of the class y = +1. Values are compared as trimmed text, and as numbers where both are numbers.
    pub positive: String,
    /// The label value of the class y = −1.
    pub negative: String,
    /// Leave the columns as they are: no standardisation, no column dropped.
    #[serde(default)]
    pub raw: bool,
}

/// What loading did to the rows and columns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataNotice {
    /// Rows of the two classes.
    pub rows_selected: usize,
    /// Rows of the file, the header apart.
    pub rows_total: usize,
    /// Columns dropped because they are constant over the selected rows.
    pub dropped_columns: Vec<String>,
    /// The columns that are coordinates of x, in order.
    pub features: Vec<String>,
}

impl DataNotice {
    /// What a reader must know of the rows and columns, a line each.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let Self { rows_selected, rows_total, dropped_columns, features } = self;
        let mut lines = vec![format!(
            "D is the {rows_selected} selected rows of {rows_total}, with {} features; nothing is claimed on new data",
            features.len()
        )];
        if !dropped_columns.is_empty() {
            let list = error::list(dropped_columns.iter().map(String::as_str));
            lines.push(format!("{} constant columns dropped: {list}", dropped_columns.len()));
        }
        lines
    }
}

/// One feature over the selected rows.
struct Column {
    name: String,
    values: Vec<f64>,
}

/// The selected rows, column by column, with their labels ±1.
struct Selection {
    columns: Vec<Column>,
    labels: Vec<f64>,
    rows_total: usize,
}

impl DataFile {
    /// Reads the file: the distribution of its selected rows, equally weighted, and what was done to them.
    ///
    /// # Errors
    /// [`DataError`], which names the file and, where there is one, the line, the column and the value.
    pub fn load(&self) -> Result<(Empirical, DataNotice), DataError> {
        if same_label(&self.positive, &self.negative) {
            return Err(DataError::SameLabel {
                positive: one_line(&self.positive),
                negative: one_line(&self.negative),
            });
        }
        let (mut file, bytes) = self.open()?;
        let mut magic = Vec::new();
        Read::by_ref(&mut file)
            .take(NPY_MAGIC.len() as u64)
            .read_to_end(&mut magic)
            .map_err(|e| self.unreadable(&e))?;
        file.rewind().map_err(|e| self.unreadable(&e))?;
        let is_npy = self.path.extension().is_some_and(|e| e.eq_ignore_ascii_case("npy")) || magic == NPY_MAGIC;
        let selection = if is_npy { self.read_npy(file, bytes)? } else { self.read_csv(file.take(MAX_FILE_BYTES))? };
        self.build(selection)
    }

    fn open(&self) -> Result<(File, u64), DataError> {
        // Looked at before it is opened: opening a pipe would wait for its writer.
        let metadata = fs::metadata(&self.path).map_err(|e| self.unreadable(&e))?;
        if !metadata.is_file() {
            return Err(DataError::NotAFile { path: self.shown() });
        }
        if metadata.len() > MAX_FILE_BYTES {
            return Err(DataError::TooLarge {
                path: self.shown(),
                what: format!("{} bytes", metadata.len()),
                limit: format!("{MAX_FILE_BYTES} bytes"),
            });
        }
        let file = File::open(&self.path).map_err(|e| self.unreadable(&e))?;
        Ok((file, metadata.len()))
    }

    fn shown(&self) -> String {
        error::shown_path(&self.path)
    }

    fn unreadable(&self, source: &std::io::Error) -> DataError {
        DataError::Unreadable { path: self.shown(), reason: one_line(&source.to_string()) }
    }

    /// The class of a label value: +1, −1, or neither.
    fn class_of(&self, value: &str) -> Option<f64> {
        if same_label(value, &self.positive) {
            Some(1.0)
        } else if same_label(value, &self.negative) {
            Some(-1.0)
        } else {
            None
        }
    }

    fn check_cells(&self, cells: u64) -> Result<(), DataError> {
        if cells > MAX_CELLS {
            let (what, limit) = (format!("more than {MAX_CELLS} cells"), format!("{MAX_CELLS} cells"));
            return Err(DataError::TooLarge { path: self.shown(), what, limit });
        }
        Ok(())
    }

    /// Both classes must occur; `seen` are label values of the file.
    fn check_classes(&self, labels: &[f64], rows_total: usize, seen: &[String]) -> Result<(), DataError> {
        if rows_total < 2 {
            return Err(DataError::TooFewRows { path: self.shown(), rows: rows_total });
        }
        for (option, class, wanted) in [("--positive", 1.0, &self.positive), ("--negative", -1.0, &self.negative)] {
            if !labels.iter().any(|y| y * class > 0.0) {
                let more = if seen.len() > MAX_VALUES_LISTED { ", …" } else { "" };
                let listed = seen.iter().take(MAX_VALUES_LISTED).map(|v| one_line(v)).collect::<Vec<_>>();
                return Err(DataError::ClassAbsent {
                    path: self.shown(),
                    option,
                    value: one_line(wanted),
                    label: one_line(&self.label),
                    occurring: listed.join(", ") + more,
                });
            }
        }
        Ok(())
    }

    fn build(&self, selection: Selection) -> Result<(Empirical, DataNotice), DataError> {
        let Selection { mut columns, labels, rows_total } = selection;
        if columns.is_empty() {
            return Err(DataError::NoFeatures { path: self.shown(), label: one_line(&self.label) });
        }
        let mut dropped_columns: Vec<String> =
            columns.iter().filter(|c| c.is_constant()).map(|c| c.name.clone()).collect();
        if dropped_columns.len() == columns.len() {
            return Err(DataError::OnlyConstantColumns { path: self.shown(), columns: columns.len() });
        }
        if self.raw {
            dropped_columns.clear();
        } else {
            columns.retain(|c| !c.is_constant());
            for column in &mut columns {
                column
                    .standardise()
                    .ok_or_else(|| DataError::Overflow { path: self.shown(), column: one_line(&column.name) })?;
            }
        }
        let points = DMatrix::from_fn(columns.len(), labels.len(), |i, j| columns[i].values[j]);
        let rows_selected = labels.len();
        let empirical = Empirical::from_support(points, DVector::from_vec(labels))
            .map_err(|source| DataError::Distribution { path: self.shown(), source })?;
        let features = columns.into_iter().map(|c| c.name).collect();
        Ok((empirical, DataNotice { rows_selected, rows_total, dropped_columns, features }))
    }
}

impl Column {
    /// All values equal; a standard deviation of 0 is no test of that, for it may be rounded to or away from 0.
    fn is_constant(&self) -> bool {
        self.values.windows(2).all(|pair| equal(pair[0], pair[1]))
    }

    /// (x − mean)/sd with the population standard deviation; `None` if that is not finite everywhere.
    fn standardise(&mut self) -> Option<()> {
        let n = self.values.len() as f64;
        let rough = self.values.iter().sum::<f64>() / n;
        // The second pass takes away the rounding error of the first.
        let mean = rough + self.values.iter().map(|v| v - rough).sum::<f64>() / n;
        let deviation = (self.values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / n).sqrt();
        self.values.iter_mut().for_each(|v| *v = (*v - mean) / deviation);
        (deviation.is_normal() && self.values.iter().all(|v| v.is_finite())).then_some(())
    }
}

/// Whether two label values are the same: as trimmed text, as integers of any size, or as numbers.
fn same_label(a: &str, b: &str) -> bool {
    let (a, b) = (a.trim(), b.trim());
    if a == b {
        return true;
    }
    if let (Ok(a), Ok(b)) = (a.parse::<i128>(), b.parse::<i128>()) {
        return a == b;
    }
    matches!((a.parse::<f64>(), b.parse::<f64>()), (Ok(a), Ok(b)) if equal(a, b))
}

/// Equality of the values themselves, with no tolerance.
fn equal(a: f64, b: f64) -> bool {
    a.partial_cmp(&b).is_some_and(Ordering::is_eq)
}

/// Remembers the first few distinct label values, for the message that says which ones occur.
fn remember(seen: &mut Vec<String>, value: &str) {
    if seen.len() <= MAX_VALUES_LISTED && !seen.iter().any(|s| s == value) {
        seen.push(value.to_owned());
    }
}
