//! A folder of NumPy arrays.

use nalgebra::DMatrix;
use npyz::WriterBuilder;
use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

/// An array that cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write {path}: {cause}")]
pub struct Unwritable {
    path: String,
    cause: String,
}

/// A directory the arrays are written to.
pub(super) struct Folder {
    path: PathBuf,
    /// Arrays in it.
    pub(super) written: usize,
}

impl Folder {
    /// Makes the directory, if it is not there.
    pub(super) fn new(path: &Path) -> Result<Self, Unwritable> {
        let folder = Self { path: path.into(), written: 0 };
        std::fs::create_dir_all(path).map_err(|e| folder.fail("", e))?;
        Ok(folder)
    }

    fn fail(&self, name: &str, cause: impl ToString) -> Unwritable {
        Unwritable { path: self.path.join(name).display().to_string(), cause: cause.to_string() }
    }

    /// Writes a text beside the arrays.
    pub(super) fn text(&self, name: &str, text: &str) -> Result<(), Unwritable> {
        std::fs::write(self.path.join(name), text).map_err(|e| self.fail(name, e))
    }

    /// Writes an array in the order of `values`; `shape` as NumPy reads it.
    pub(super) fn array<'a, T: npyz::AutoSerialize + Copy + 'a>(
        &mut self,
        name: &str,
        shape: &[u64],
        values: impl Iterator<Item = &'a T>,
    ) -> Result<(), Unwritable> {
        let name = format!("{name}.npy");
        let file = File::create(self.path.join(&name)).map_err(|e| self.fail(&name, e))?;
        let writer = npyz::WriteOptions::new().default_dtype().shape(shape).writer(BufWriter::new(file)).begin_nd();
        let mut writer = writer.map_err(|e| self.fail(&name, e))?;
        writer.extend(values.copied()).and_then(|()| writer.finish()).map_err(|e| self.fail(&name, e))?;
        self.written += 1;
        Ok(())
    }

    /// A d × n matrix as n rows of length d.
    pub(super) fn rows(&mut self, name: &str, matrix: &DMatrix<f64>) -> Result<(), Unwritable> {
        self.array(name, &[matrix.ncols() as u64, matrix.nrows() as u64], matrix.iter())
    }
}
