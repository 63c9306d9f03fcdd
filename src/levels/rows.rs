//! Rows that take the place of D: of a file, or as a certificate recorded them.

use crate::certificate::support::FiniteSupport;
use crate::derivation::DerivationError;
use crate::distributions::{DataFile, Distribution};
use crate::error::ParameterError;
use crate::parameters::Asked;
use crate::registry::InstanceError;
use std::sync::{Arc, OnceLock};

/// A distribution with what a reader must know of it.
type Noted = (Arc<dyn Distribution>, Vec<String>);

/// The rows of a request with the file's notices, `None` where it has none. `synthetic` are the parameters that describe another
/// distribution.
pub(crate) fn given(asked: &Asked, synthetic: &[&str]) -> Result<Option<Noted>, InstanceError> {
    if let Some(data) = asked.data() {
        let why = "the rows of the file are the distribution";
        if let Some(key) = synthetic.iter().find(|key| asked.gives(key)) {
            return Err(ParameterError::conflict(format!("--data with --set {key}="), why).into());
        }
        if let Some((preset, key)) = asked.preset().and_then(|p| Some((p, synthetic.iter().find(|k| asked.has(k))?))) {
            let why = format!("{why}, and the preset has a {key}; give its other parameters with --set");
            return Err(ParameterError::conflict(format!("--data with --preset {preset}"), why).into());
        }
        let file = DataFile {
            path: data.path.clone(),
            label: data.label.clone(),
            positive: data.positive.clone(),
            negative: data.negative.clone(),
            raw: data.raw,
        };
        let (rows, notice) = file.load()?;
        return Ok(Some((Arc::new(rows), notice.lines())));
    }
    let Some(rows) = asked.rows() else { return Ok(None) };
    let weights = rows.support().map(|s| s.weights.as_slice()).unwrap_or_default();
    if weights.windows(2).any(|w| w[0].total_cmp(&w[1]).is_ne()) {
        let why = "the theorem's finite supports have equal weights; repeat rows instead";
        return Err(ParameterError::conflict("rows with different weights", why).into());
    }
    Ok(Some((rows.clone(), Vec::new())))
}

/// The kernel's view of rows. Enclosing the moments of a large support takes seconds; the forms of a theorem share them.
#[derive(Default)]
pub(crate) struct Enclosed(OnceLock<FiniteSupport>);

impl Enclosed {
    /// The enclosures of a distribution with a support.
    pub(crate) fn of(&self, distribution: &dyn Distribution) -> Result<Option<FiniteSupport>, DerivationError> {
        let Some(support) = distribution.support() else { return Ok(None) };
        if let Some(enclosed) = self.0.get() {
            return Ok(Some(enclosed.clone()));
        }
        let points: Vec<Vec<f64>> = support.points.column_iter().map(|c| c.iter().copied().collect()).collect();
        let labels: Vec<i8> = support.labels.iter().map(|&y| if y > 0.0 { 1 } else { -1 }).collect();
        let enclosed = FiniteSupport::new(&points, &labels)?;
        Ok(Some(self.0.get_or_init(|| enclosed).clone()))
    }
}
