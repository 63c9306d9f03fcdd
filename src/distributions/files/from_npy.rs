//! Selected rows of a two-dimensional NumPy array.

use super::error::{list, one_line};
use super::{Column, DataError, DataFile, MAX_CELLS, NPY_MAGIC, Selection, remember};
use npyz::{DType, NpyFile, NpyHeader, Order};
use std::fs::File;
use std::io::{BufReader, Read, Seek};

/// Longest header that is read: that of a two-dimensional array of numbers has 118 bytes.
const MAX_HEADER_BYTES: usize = 1024;

/// Most brackets in a header; a two-dimensional array of numbers has two pairs.
const MAX_BRACKETS: usize = 8;

impl DataFile {
    /// Reads the rows of the two classes from an array of floats, integers or booleans, in either order of axes.
    pub(super) fn read_npy(&self, file: File, bytes: u64) -> Result<Selection, DataError> {
        let mut reader = BufReader::new(file);
        self.guard_header(&mut reader)?;
        let header = NpyHeader::from_reader(&mut reader).map_err(|e| self.bad_npy(&e.to_string()))?;
        let (rows, columns) = match *header.shape() {
            [rows, columns] => (rows, columns),
            ref shape => return Err(DataError::WrongRank { path: self.shown(), shape: format!("{shape:?}") }),
        };
        // Neither product overflows: the guard has bounded the number of cells.
        self.check_cells(rows * columns)?;
        let start = reader.stream_position().map_err(|e| self.unreadable(&e))?;
        let item = header.dtype().num_bytes().unwrap_or(usize::MAX) as u64;
        let (found, expected) = (bytes.saturating_sub(start), header.len().saturating_mul(item));
        let order = header.order();
        let values = self.numbers(header, reader, found, expected)?;
        let (rows, columns) = (rows as usize, columns as usize);
        let cell = |row: usize, column: usize| match order {
            Order::C => values[row * columns + column],
            Order::Fortran => values[column * rows + row],
        };
        self.select(rows, columns, cell)
    }

    fn select(&self, rows: usize, width: usize, cell: impl Fn(usize, usize) -> f64) -> Result<Selection, DataError> {
        let names: Vec<String> = (0..width).map(|j| j.to_string()).collect();
        let label = self.label.trim().parse().ok().filter(|j| *j < width).ok_or_else(|| DataError::UnknownLabel {
            path: self.shown(),
            label: one_line(self.label.trim()),
            columns: list(names.iter().map(String::as_str)),
        })?;
        let (mut labels, mut selected, mut seen) = (Vec::new(), Vec::new(), Vec::new());
        for row in 0..rows {
            let value = cell(row, label).to_string();
            remember(&mut seen, &value);
            if let Some(class) = self.class_of(&value) {
                labels.push(class);
                selected.push(row);
            }
        }
        self.check_classes(&labels, rows, &seen)?;
        let mut columns = Vec::with_capacity(width - 1);
        for (j, name) in names.into_iter().enumerate().filter(|(j, _)| *j != label) {
            let values: Vec<f64> = selected.iter().map(|&row| cell(row, j)).collect();
            if let Some(at) = values.iter().position(|v| !v.is_finite()) {
                return Err(DataError::BadCell {
                    path: self.shown(),
                    place: format!("row {} (from 0)", selected[at]),
                    column: name,
                    value: values[at].to_string(),
                });
            }
            columns.push(Column { name, values });
        }
        Ok(Selection { columns, labels, rows_total: rows })
    }

    /// Refuses headers on which the parser could overflow its integers, its stack or the memory, and leaves the reader at
    /// the start. The parser multiplies the numbers of the shape unchecked, so that the product of *all* the numbers in the
    /// header, wherever they stand, must be small.
    fn guard_header(&self, reader: &mut BufReader<File>) -> Result<(), DataError> {
        let mut start = Vec::new();
        reader
            .by_ref()
            .take(12 + MAX_HEADER_BYTES as u64)
            .read_to_end(&mut start)
            .and_then(|_| reader.rewind())
            .map_err(|e| self.unreadable(&e))?;
        if !start.starts_with(NPY_MAGIC) {
            return Err(self.bad_npy("it does not begin with \\x93NUMPY"));
        }
        let (from, length) = match start[..] {
            [_, _, _, _, _, _, 1, _, low, high, ..] => (10, usize::from(u16::from_le_bytes([low, high]))),
            [_, _, _, _, _, _, _, _, a, b, c, d, ..] => (12, u32::from_le_bytes([a, b, c, d]) as usize),
            _ => return Err(self.bad_npy("its header is cut off")),
        };
        if length > MAX_HEADER_BYTES {
            return Err(self.bad_npy(&format!("its header has {length} bytes, at most {MAX_HEADER_BYTES} are read")));
        }
        let header = start.get(from..from + length).ok_or_else(|| self.bad_npy("its header is cut off"))?;
        if header.windows(3).any(|text| text == b"'|O") {
            return Err(DataError::WrongDtype { path: self.shown(), dtype: "'|O' (Python objects)".to_owned() });
        }
        if header.iter().filter(|b| b"([{".contains(b)).count() > MAX_BRACKETS {
            return Err(self.bad_npy("its header is not that of an array of numbers"));
        }
        // A digit with anything else behind it starts a literal (0x10, 1_000, 1e9) that NumPy does not write here.
        let ends_a_number = |pair: &[u8]| pair[1].is_ascii_digit() || b",)]'\" L".contains(&pair[1]);
        if header.windows(2).any(|pair| pair[0].is_ascii_digit() && !ends_a_number(pair)) {
            return Err(self.bad_npy("its header is not that of an array of numbers"));
        }
        let numbers = header.split(|b| !b.is_ascii_digit()).filter(|digits| digits.iter().any(|b| *b != b'0'));
        // 8 for the item size, which stands in the header too; zeros are left out, so that they hide nothing.
        numbers
            .map(|digits| std::str::from_utf8(digits).ok()?.parse::<u64>().ok())
            .try_fold(1_u64, |product, n| product.checked_mul(n?))
            .filter(|product| *product <= 8 * MAX_CELLS)
            .map(|_| ())
            .ok_or_else(|| DataError::TooLarge {
                path: self.shown(),
                what: "its header announces more cells or other numbers".to_owned(),
                limit: format!("{MAX_CELLS} cells"),
            })
    }

    /// All values as f64 in the file's order; integers beyond 2⁵³ are rounded to the nearest.
    fn numbers(&self, header: NpyHeader, reader: impl Read, found: u64, expected: u64) -> Result<Vec<f64>, DataError> {
        let dtype = header.dtype();
        let DType::Plain(ref kind) = dtype else { return Err(self.wrong_dtype(&dtype)) };
        // As NumPy writes it, without the byte order: `<f8` is f8.
        let kind: String = kind.to_string().chars().filter(char::is_ascii_alphanumeric).collect();
        if !["f8", "f4", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "b1"].contains(&kind.as_str()) {
            return Err(self.wrong_dtype(&dtype));
        }
        if found < expected {
            return Err(DataError::Truncated { path: self.shown(), found, expected });
        }
        let file = NpyFile::with_header(header, reader);
        match kind.as_str() {
            "f8" => file.into_vec::<f64>(),
            "f4" => file.into_vec::<f32>().map(widen),
            "i1" => file.into_vec::<i8>().map(widen),
            "i2" => file.into_vec::<i16>().map(widen),
            "i4" => file.into_vec::<i32>().map(widen),
            "i8" => file.into_vec::<i64>().map(|v| v.into_iter().map(|n| n as f64).collect()),
            "u1" => file.into_vec::<u8>().map(widen),
            "u2" => file.into_vec::<u16>().map(widen),
            "u4" => file.into_vec::<u32>().map(widen),
            "u8" => file.into_vec::<u64>().map(|v| v.into_iter().map(|n| n as f64).collect()),
            _ => file.into_vec::<bool>().map(|v| v.into_iter().map(|b| f64::from(u8::from(b))).collect()),
        }
        .map_err(|e| self.unreadable(&e))
    }

    fn bad_npy(&self, reason: &str) -> DataError {
        DataError::BadNpy { path: self.shown(), reason: one_line(reason) }
    }

    fn wrong_dtype(&self, dtype: &DType) -> DataError {
        DataError::WrongDtype { path: self.shown(), dtype: one_line(&dtype.descr()) }
    }
}

fn widen<T: Into<f64>>(values: Vec<T>) -> Vec<f64> {
    values.into_iter().map(Into::into).collect()
}
