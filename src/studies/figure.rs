//! What the paper draws as its Figure 1: the neurons before the first step, after it and after training, as angles to the
//! gradient features.

use super::arrays::{Folder, Unwritable};
use crate::distributions::Distribution;
use crate::features::{angles, pointing};
use crate::registry::Instance;
use nalgebra::{DMatrix, DVector};

/// The directions the neurons are held against.
pub(super) struct Figure {
    directions: DMatrix<f64>,
    signs: Vec<f64>,
}

impl Figure {
    /// The instance's own features, or D = `E[yx]`/‖`E[yx]`‖ where it has none and `E[yx]` is known and not zero.
    pub(super) fn of(instance: &Instance, distribution: &dyn Distribution) -> Option<Self> {
        let columns: Vec<DVector<f64>> =
            instance.features.iter().map(|f| DVector::from_vec(f.direction.clone())).collect();
        if !columns.is_empty() {
            let signs = instance.features.iter().map(|f| f.sign).collect();
            return Some(Self { directions: DMatrix::from_columns(&columns), signs });
        }
        let mean = distribution.gradient(&vec![0.0; distribution.dimension()], -1.0)?;
        // It is the neurons of negative bias that see the whole support, and so E[yx].
        (mean.norm() > 0.0).then(|| Self { directions: DMatrix::from_columns(&[mean.normalize()]), signs: vec![-1.0] })
    }

    /// Writes features, angles and norms; one set of neurons for all times.
    pub(super) fn write(&self, folder: &mut Folder, times: [(&str, &DMatrix<f64>); 3]) -> Result<(), Unwritable> {
        let [mut neurons, second, third] = times.map(|(_, w)| pointing(w));
        neurons.retain(|i| second.binary_search(i).is_ok() && third.binary_search(i).is_ok());
        let count = neurons.len() as u64;
        folder.rows("features", &self.directions)?;
        folder.array("feature_signs", &[self.signs.len() as u64], self.signs.iter())?;
        let numbers: Vec<u64> = neurons.iter().map(|&i| i as u64).collect();
        folder.array("neurons", &[count], numbers.iter())?;
        for (time, w) in times {
            let kept = w.select_columns(&neurons);
            // One row a neuron: the transpose has the entries of a neuron next to each other.
            folder.rows(&format!("angles_{time}"), &angles(&kept, &self.directions).transpose())?;
            let norms: Vec<f64> = kept.column_iter().map(|w| w.norm()).collect();
            folder.array(&format!("norms_{time}"), &[count], norms.iter())?;
        }
        Ok(())
    }
}
