//! Selected rows of a CSV file.

use super::error::{list, one_line};
use super::{Column, DataError, DataFile, Selection, remember};
use csv::{ErrorKind, Position, ReaderBuilder, StringRecord, Trim};
use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};

impl DataFile {
    /// Reads the rows of the two classes; a UTF-8 byte-order mark, CRLF and empty lines are allowed.
    pub(super) fn read_csv(&self, source: impl Read) -> Result<Selection, DataError> {
        let mut reader = ReaderBuilder::new().trim(Trim::All).from_reader(source);
        let header = reader.headers().map_err(|e| self.csv_error(e))?.clone();
        if header.is_empty() {
            return Err(DataError::Empty { path: self.shown() });
        }
        let label = self.label_position(&header)?;
        let names = header.iter().enumerate().filter(|(i, _)| *i != label);
        let mut columns: Vec<Column> =
            names.map(|(_, name)| Column { name: name.to_owned(), values: Vec::new() }).collect();
        let (mut labels, mut seen, mut rows_total) = (Vec::new(), Vec::new(), 0);
        let mut record = StringRecord::new();
        while reader.read_record(&mut record).map_err(|e| self.csv_error(e))? {
            rows_total += 1;
            let value = record.get(label).unwrap_or_default();
            remember(&mut seen, value);
            let Some(class) = self.class_of(value) else { continue };
            labels.push(class);
            self.check_cells((labels.len() * columns.len()) as u64)?;
            let cells = record.iter().enumerate().filter(|(i, _)| *i != label).map(|(_, cell)| cell);
            for (column, cell) in columns.iter_mut().zip(cells) {
                column.values.push(self.number(cell, &column.name, &record)?);
            }
        }
        self.check_classes(&labels, rows_total, &seen)?;
        Ok(Selection { columns, labels, rows_total })
    }

    fn label_position(&self, header: &StringRecord) -> Result<usize, DataError> {
        let wanted = self.label.trim();
        let positions: Vec<usize> = header.iter().enumerate().filter(|(_, n)| *n == wanted).map(|(i, _)| i).collect();
        match positions[..] {
            [position] => Ok(position),
            [] => Err(DataError::UnknownLabel {
                path: self.shown(),
                label: one_line(wanted),
                columns: list(header.iter()),
            }),
            _ => Err(DataError::AmbiguousLabel { path: self.shown(), label: one_line(wanted), count: positions.len() }),
        }
    }

    fn number(&self, cell: &str, column: &str, record: &StringRecord) -> Result<f64, DataError> {
        cell.parse::<f64>().ok().filter(|v| v.is_finite()).ok_or_else(|| DataError::BadCell {
            path: self.shown(),
            place: self.place(record.position()),
            column: one_line(column),
            value: one_line(cell),
        })
    }

    fn csv_error(&self, error: csv::Error) -> DataError {
        let path = self.shown();
        match error.into_kind() {
            ErrorKind::UnequalLengths { pos, expected_len, len } => {
                DataError::Ragged { path, place: self.place(pos.as_ref()), found: len, expected: expected_len }
            }
            ErrorKind::Utf8 { pos, .. } => DataError::NotText { path, place: self.place(pos.as_ref()) },
            ErrorKind::Io(e) => self.unreadable(&e),
            other => DataError::Unreadable { path, reason: one_line(&format!("{other:?}")) },
        }
    }

    /// The line a record begins in, counted from 1 with the header. The parser's position is where the record before it
    /// ended, so that the line ends between the two are counted here; the file is read again for that.
    fn place(&self, position: Option<&Position>) -> String {
        let Some(position) = position else { return "a line".to_owned() };
        let between = File::open(&self.path).and_then(|mut file| {
            file.seek(SeekFrom::Start(position.byte()))?;
            let blank = BufReader::new(file).bytes().map_while(Result::ok).take_while(|b| b"\r\n".contains(b));
            Ok(blank.filter(|b| *b == b'\n').count() as u64)
        });
        format!("line {}", position.line() + between.unwrap_or(0))
    }
}
