//! `trace`: initial weights, every batch and every iterate as .npy, so that another program can recompute the run.

use super::arrays::{Folder, Unwritable};
use super::figure::Figure;
use crate::experiment::{Expectation, Given, Protocol};
use crate::network::{
    Batch, FirstStepError, GradientSource, Initialisation, Rates, TwoLayer, Workspace, descend, first_step,
};
use crate::registry::Instance;
use crate::statistics::streams::{Purpose, stream};
use std::path::Path;

/// Most bytes a trace may take.
const MAX_BYTES: f64 = 4e9;

/// Why a trace cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum TraceError {
    /// A formula without a run.
    #[error("this level is a formula and has no run to trace")]
    NoRun,
    /// Trials that are no runs of Algorithm 1.
    #[error("there is no trace of {0}: its trials are not runs of Algorithm 1 on both layers")]
    NoProtocol(&'static str),
    /// The arrays would not fit.
    #[error(
        "the trace would take {bytes:.1e} bytes, more than {MAX_BYTES:.1e}; take fewer steps or a smaller instance"
    )]
    TooLarge {
        /// Bytes of all arrays.
        bytes: f64,
    },
    /// The first step has no population gradient.
    #[error(transparent)]
    FirstStep(#[from] FirstStepError),
    /// A file cannot be written.
    #[error(transparent)]
    Unwritable(#[from] Unwritable),
}

/// Writes the weights of a network.
fn write_network(folder: &mut Folder, step: u64, network: &TwoLayer) -> Result<(), Unwritable> {
    folder.rows(&format!("w_{step:05}"), &network.w)?;
    folder.array(&format!("a_{step:05}"), &[network.a.len() as u64], network.a.iter())
}

/// Writes the samples of a step, their labels and weights.
fn write_batch(folder: &mut Folder, step: u64, batch: &Batch) -> Result<(), Unwritable> {
    folder.rows(&format!("x_{step:05}"), batch.points())?;
    folder.array(&format!("y_{step:05}"), &[batch.len() as u64], batch.labels().iter())?;
    folder.array(&format!("weights_{step:05}"), &[batch.len() as u64], batch.weights().iter())
}

/// Writes trial 0 of an instance: `w_00000`, `a_00000`, `b` (initial network), then for t = 1 … `steps` + 1 the batch
/// `x_t`, `y_t`, `weights_t` of step t and the iterate `w_t`, `a_t` after it, and `trace.json` with the step sizes. Rows are
/// neurons or samples. Step 1 is Lemma 1's; with a population gradient it has no batch where there is no finite support.
///
/// Where the instance has gradient features (those that theorem main found, or D = `E[yx]`/‖`E[yx]`‖ of linear data), also what
/// the paper draws as its Figure 1, the angles of the neurons to the features at three times:
///
/// * `features` (features × d, unit vectors) and `feature_signs` (the sign of the bias they belong to);
/// * `angles_initial`, `angles_first_step`, `angles_trained` (neurons × features): arccos|cos| in [0, π/2] between a neuron's
///   inner weights and a feature, up to sign; `trained` is after the last step of the trace;
/// * `norms_initial`, `norms_first_step`, `norms_trained` (neurons): ‖wᵢ‖ at these times;
/// * `neurons`: the number, in the network of 4m, of each row of these six arrays. A zero or overflown weight vector points
///   nowhere, so that a neuron with one at any of the three times has no row (a dead neuron is zero from the first step on).
///
/// Returns the number of arrays.
///
/// # Errors
/// [`TraceError`].
pub fn write(instance: &Instance, steps: u64, path: &Path) -> Result<usize, TraceError> {
    let experiment = instance.experiment.as_ref().ok_or(TraceError::NoRun)?;
    let protocol = experiment.protocol().ok_or(TraceError::NoProtocol(instance.theorem))?;
    let bytes = bytes(protocol, steps, instance.features.len().max(1));
    if bytes > MAX_BYTES {
        return Err(TraceError::TooLarge { bytes });
    }
    let mut folder = Folder::new(path)?;
    let rng = |purpose| stream(protocol.seed, 0, purpose);
    let distribution = &*protocol.distribution;
    let initialisation = Initialisation::draw_for(distribution, protocol.width, &mut rng(Purpose::Initialisation));
    let initial = initialisation.network(&protocol.scales);
    write_network(&mut folder, 0, &initial)?;
    folder.array("b", &[initial.b.len() as u64], initial.b.iter())?;
    let first = match protocol.first_step {
        Expectation::Population => distribution.support().map(Batch::population),
        Expectation::Batch(samples) => Some(Batch::draw(distribution, samples, &mut rng(Purpose::FirstStep))),
    };
    let source = match (&first, protocol.first_step) {
        (Some(batch), Expectation::Batch(_)) => GradientSource::Batch(batch),
        _ => GradientSource::Population(distribution),
    };
    let after = first_step(&initialisation, &protocol.scales, source)?;
    let mut state = after.state.clone();
    if let Some(batch) = &first {
        write_batch(&mut folder, 1, batch)?;
    }
    let first_layer = state.to_two_layer(protocol.width);
    write_network(&mut folder, 1, &first_layer)?;
    if let Some(lottery) = &protocol.ticket {
        let given = Given { initialisation: &initialisation, after: &after, seed: protocol.seed, trial: 0 };
        state = state.restricted(&lottery.rule.ticket(&given).unwrap_or_default());
    }
    let rates = Rates::new(protocol.eta_alpha, protocol.scales.b_tilde);
    let (mut workspace, mut samples) = (Workspace::default(), rng(Purpose::Training));
    for step in 2..=steps.saturating_add(1) {
        let batch = match (protocol.training, distribution.support()) {
            (Expectation::Batch(size), _) => Batch::draw(distribution, size, &mut samples),
            (Expectation::Population, Some(support)) => Batch::population(support),
            (Expectation::Population, None) => return Err(FirstStepError { distribution: distribution.name() }.into()),
        };
        descend(&mut state, &batch, protocol.loss, &rates, &mut workspace);
        write_batch(&mut folder, step, &batch)?;
        write_network(&mut folder, step, &state.to_two_layer(protocol.width))?;
    }
    if let Some(figure) = Figure::of(instance, distribution) {
        let trained = state.to_two_layer(protocol.width);
        figure
            .write(&mut folder, [("initial", &initial.w), ("first_step", &first_layer.w), ("trained", &trained.w)])?;
    }
    let scales = &protocol.scales;
    let summary = serde_json::json!({
        "theorem": instance.theorem,
        "loss": protocol.loss,
        "steps": steps,
        "eta_1": scales.eta_1(),
        "eta": protocol.eta_alpha / scales.b_tilde.powi(2),
        "slope_at_zero": scales.slope,
        "seed": protocol.seed,
        "axes": "w_t: neurons x d; x_t: samples x d; step t turns w_(t-1), a_(t-1) into w_t, a_t on x_t, y_t, weights_t",
    });
    folder.text("trace.json", &format!("{summary:#}\n"))?;
    Ok(folder.written)
}

fn bytes(protocol: &Protocol, steps: u64, features: usize) -> f64 {
    let size = |e: Expectation| match e {
        Expectation::Batch(n) => n as f64,
        Expectation::Population => protocol.distribution.support().map_or(0.0, |s| s.labels.len() as f64),
    };
    let (d, neurons) = (protocol.distribution.dimension() as f64, 4.0 * protocol.width as f64);
    let batches = size(protocol.first_step) + size(protocol.training) * steps as f64;
    let (features, figure) = (features as f64, 3.0 * features as f64 + 4.0);
    8.0 * ((d + 2.0) * (batches + neurons * (steps as f64 + 2.0) + features) + figure * neurons)
}
