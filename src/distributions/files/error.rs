//! What can be wrong with a data file, each on one line with what to do about it.

use crate::distributions::DistributionError;
use std::path::Path;

/// Values or columns a message lists before it breaks off.
pub(super) const MAX_VALUES_LISTED: usize = 5;

/// Column names a message lists; more than values, because the right one is among them.
pub(super) const MAX_COLUMNS_LISTED: usize = 20;

/// Characters of a name or value a message shows.
const MAX_SHOWN: usize = 60;

/// A data file that cannot be used as a distribution.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum DataError {
    /// The file is missing, or may not be read.
    #[error("{path}: cannot be read: {reason}; check the path and its permissions")]
    Unreadable {
        /// The file.
        path: String,
        /// What the system says.
        reason: String,
    },
    /// A directory, a pipe or a device.
    #[error("{path}: not a regular file; give a CSV or .npy file")]
    NotAFile {
        /// The file.
        path: String,
    },
    /// More bytes or cells than are read.
    #[error("{path}: too large ({what}, limit {limit}); take a sample of its rows")]
    TooLarge {
        /// The file.
        path: String,
        /// Its size.
        what: String,
        /// What is allowed.
        limit: String,
    },
    /// No header line.
    #[error("{path}: empty; a header line and at least two rows are needed")]
    Empty {
        /// The file.
        path: String,
    },
    /// Fewer rows than classes.
    #[error("{path}: {rows} data row(s); at least two are needed, one of each class")]
    TooFewRows {
        /// The file.
        path: String,
        /// Its rows, the header apart.
        rows: usize,
    },
    /// A CSV row of another length than the header.
    #[error("{path}: {place} has {found} fields, the header has {expected}; make the row complete or quote its commas")]
    Ragged {
        /// The file.
        path: String,
        /// The line.
        place: String,
        /// Fields of the row.
        found: u64,
        /// Fields of the header.
        expected: u64,
    },
    /// Bytes that are not UTF-8.
    #[error("{path}: {place} is not UTF-8 text; save the file as UTF-8 CSV or as .npy")]
    NotText {
        /// The file.
        path: String,
        /// The line.
        place: String,
    },
    /// No column has the label's name or index.
    #[error("{path}: no column {label}; its columns are {columns}; choose one with --label")]
    UnknownLabel {
        /// The file.
        path: String,
        /// The label asked for.
        label: String,
        /// The columns there are.
        columns: String,
    },
    /// Several columns have the label's name.
    #[error("{path}: {count} columns are called {label}; rename all but one")]
    AmbiguousLabel {
        /// The file.
        path: String,
        /// The label asked for.
        label: String,
        /// How many columns have that name.
        count: usize,
    },
    /// Both classes are the same label value.
    #[error("--positive {positive} and --negative {negative} are the same label value; give two different ones")]
    SameLabel {
        /// The value of the class +1.
        positive: String,
        /// The value of the class −1.
        negative: String,
    },
    /// No row has the label value of a class.
    #[error("{path}: no row has {option} {value} in column {label}; values that occur: {occurring}")]
    ClassAbsent {
        /// The file.
        path: String,
        /// The option that names the class.
        option: &'static str,
        /// Its value.
        value: String,
        /// The label column.
        label: String,
        /// Values that occur.
        occurring: String,
    },
    /// There is nothing but the label.
    #[error("{path}: no column besides the label {label}; at least one feature is needed")]
    NoFeatures {
        /// The file.
        path: String,
        /// The label column.
        label: String,
    },
    /// A cell of a selected row that is not a finite number.
    #[error(
        "{path}: {place}, column {column}: {value} is not a finite number; correct the cell, or leave out the row or column"
    )]
    BadCell {
        /// The file.
        path: String,
        /// The line or row.
        place: String,
        /// The column.
        column: String,
        /// The cell.
        value: String,
    },
    /// No column varies over the selected rows.
    #[error(
        "{path}: all {columns} feature columns are constant over the selected rows; choose other classes or other columns"
    )]
    OnlyConstantColumns {
        /// The file.
        path: String,
        /// How many there are.
        columns: usize,
    },
    /// The mean or standard deviation of a column leaves f64's range.
    #[error(
        "{path}: column {column} cannot be standardised: its mean or spread is beyond the range of f64; rescale the column"
    )]
    Overflow {
        /// The file.
        path: String,
        /// The column.
        column: String,
    },
    /// A `.npy` file with a bad header.
    #[error("{path}: not a usable .npy file: {reason}; write it with numpy.save")]
    BadNpy {
        /// The file.
        path: String,
        /// What is wrong.
        reason: String,
    },
    /// A `.npy` array that is not two-dimensional.
    #[error("{path}: the array has shape {shape}; it must have two dimensions, rows and columns")]
    WrongRank {
        /// The file.
        path: String,
        /// The shape.
        shape: String,
    },
    /// A `.npy` array of something else than numbers.
    #[error("{path}: dtype {dtype} is not read; convert with .astype('float64')")]
    WrongDtype {
        /// The file.
        path: String,
        /// The dtype.
        dtype: String,
    },
    /// A `.npy` file shorter than its header says.
    #[error("{path}: truncated: {found} bytes of data where the header announces {expected}; copy the file again")]
    Truncated {
        /// The file.
        path: String,
        /// Bytes of data.
        found: u64,
        /// Bytes announced.
        expected: u64,
    },
    /// The rows are no distribution the theorems speak of.
    #[error("{path}: {source}")]
    Distribution {
        /// The file.
        path: String,
        /// What is wrong with them.
        source: DistributionError,
    },
}

/// A name or value on one line of bounded length, in quotes if it is empty or has spaces at its ends.
pub(super) fn one_line(text: &str) -> String {
    let mut shown: String =
        text.chars().take(MAX_SHOWN).map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }).collect();
    if text.chars().nth(MAX_SHOWN).is_some() {
        shown.push('…');
    }
    if shown.is_empty() || shown.trim() != shown { format!("`{shown}`") } else { shown }
}

/// A path on one line, not shortened.
pub(super) fn shown_path(path: &Path) -> String {
    path.display().to_string().replace(char::is_control, "\u{fffd}")
}

/// Names in a list that breaks off after [`MAX_COLUMNS_LISTED`].
pub(super) fn list<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<String> = names.map(one_line).collect();
    let more = names.len().saturating_sub(MAX_COLUMNS_LISTED);
    let listed = names[..names.len() - more].join(", ");
    if more > 0 { format!("{listed} and {more} more") } else { listed }
}
