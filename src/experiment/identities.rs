//! Obligations of the initialisation and of the first step: identities, whatever the events.

use super::judge::Judge;
use super::outcome::TrialError;
use super::protocol::{EventTest, Expectation};
use crate::network::{AfterFirstStep, Batch, GradientSource, Initialisation, Scales, first_step};
use crate::statistics::streams::{Purpose, stream};
use crate::tolerance::{CLOSED_FORM, LEMMA_1_UNITS, OBLIGATION_RELATIVE, UNIT_ROUNDOFF};
use nalgebra::DVector;

/// Samples on which the initial output and Lemma 1 are probed.
const PROBE_SAMPLES: usize = 16;

impl Judge<'_> {
    /// The ticket is as large as the bounds take it to be.
    pub(super) fn ticket(&mut self, size: usize, kept: &[usize]) {
        self.check("ticket_size", kept.len() == size, || {
            format!("the ticket keeps {} neurons, the bounds take it to keep {size}", kept.len())
        });
    }

    /// Stein's identity on every neuron: the part of G off the subspace is along that of û, and no longer than φ(β/‖u‖) times it.
    fn off_subspace(&mut self, initialisation: &Initialisation, after: &AfterFirstStep) {
        let protocol = self.protocol;
        let subspace = protocol.events.iter().find_map(|(_, test)| match test {
            EventTest::Subspace { basis, .. } => Some(basis),
            _ => None,
        });
        let Some(basis) = subspace else { return };
        for (i, u) in initialisation.u.column_iter().enumerate() {
            // The identity is the population's: where the first step took a batch, G is computed here.
            let g = match protocol.first_step {
                Expectation::Population => Some(after.gradients.column(i).into_owned()),
                Expectation::Batch(_) => {
                    protocol.distribution.gradient(u.as_slice(), initialisation.signs[i] * protocol.scales.beta)
                }
            };
            let Some(g) = g else { continue };
            let off = |v: DVector<f64>| &v - basis * basis.tr_mul(&v);
            let (length, beta) = (u.norm(), protocol.scales.beta);
            let (found, along) = (off(g), off(u / length));
            let coefficient = found.dot(&along) / along.norm_squared().max(f64::MIN_POSITIVE);
            let apart = (&found - &along * coefficient).norm();
            let allowed = CLOSED_FORM * (found.len() as f64).sqrt();
            self.check("off_subspace_identity", apart <= allowed, || {
                format!("neuron {i}: off the subspace G is {apart:.3e} away from the direction of u, rounding allows {allowed:.3e}")
            });
            let limit = (-0.5 * (beta / length).powi(2)).exp() / (2.0 * std::f64::consts::PI).sqrt();
            let (size, limit) = (found.norm(), limit * along.norm() + allowed);
            self.check("off_subspace_identity", size <= limit, || {
                format!("neuron {i}: the part of G off the subspace has length {size:.6e}, Stein's identity allows {limit:.6e}")
            });
        }
    }

    /// The initial output is zero, and the first step is Lemma 1's: the state is θgᵢĜᵢ, and on a probe batch the closed form
    /// is the literal regularised update with λ₁ = 1/η₁.
    pub(super) fn first_step(
        &mut self,
        initialisation: &Initialisation,
        after: &AfterFirstStep,
        trial: u64,
    ) -> Result<(), TrialError> {
        let protocol = self.protocol;
        let mut rng = stream(protocol.seed, trial, Purpose::Probe);
        let probe = Batch::draw(&*protocol.distribution, PROBE_SAMPLES, &mut rng);
        // The literal update subtracts weights of size σ_a and leaves their rounding; Lemma 1 holds at any σ_a and b̃, so it is
        // probed where that rounding is far below the first step itself, and that of the initial output far below 1, where the
        // hinge would turn.
        let longest = probe.points().column_iter().map(|x| x.norm()).fold(1.0, f64::max);
        let b_tilde = protocol.scales.beta.min(1.0) / longest;
        let scales = Scales { sigma_a: 1.0, b_tilde, ..protocol.scales };
        let mut literal = initialisation.network(&scales);
        if !protocol.alteration.mirrors() {
            literal.a.iter_mut().for_each(|a| *a = a.abs());
        }
        let largest_output = literal.output(&probe).amax();
        let largest_term = literal.largest_output_term(&probe);
        let neurons = literal.a.len() as f64;
        let allowed = (neurons + probe.dimension() as f64 + 4.0) * UNIT_ROUNDOFF * neurons * largest_term;
        self.check("initial_output_zero", largest_output <= allowed, || {
            format!("the initial network has output {largest_output:.3e} on a sample, rounding allows {allowed:.3e}")
        });
        self.off_subspace(initialisation, after);
        let residual = after.residual(initialisation, &protocol.scales);
        let own = OBLIGATION_RELATIVE * self.initial.v.amax().max(self.initial.alpha.amax());
        self.check("lemma_1_residual", residual <= own, || {
            format!("the first step differs from Lemma 1's closed form by {residual:.3e}, rounding allows {own:.3e}")
        });
        let closed = first_step(initialisation, &scales, GradientSource::Batch(&probe))?;
        let eta = scales.eta_1();
        let start = literal.clone();
        literal.step(&probe, protocol.loss, eta, 1.0 / eta);
        let closed = closed.state.to_two_layer(protocol.width);
        let terms = (probe.dimension() + PROBE_SAMPLES) as f64 + neurons;
        for (what, found, exact, initial) in [
            ("inner weights", literal.w.as_slice(), closed.w.as_slice(), start.w.as_slice()),
            ("outer weights", literal.a.as_slice(), closed.a.as_slice(), start.a.as_slice()),
        ] {
            let scale = initial.iter().chain(exact).fold(0.0_f64, |m, x| m.max(x.abs()));
            let allowed = LEMMA_1_UNITS * terms * UNIT_ROUNDOFF * scale;
            let off = found.iter().zip(exact).fold(0.0_f64, |m, (x, y)| m.max((x - y).abs()));
            self.check("lemma_1_residual", off <= allowed, || {
                format!(
                    "{what}: the literal first update differs from Lemma 1 by {off:.3e}, rounding allows {allowed:.3e}"
                )
            });
        }
        Ok(())
    }
}
