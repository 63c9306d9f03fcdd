//! Lottery tickets: the neurons kept after the first step, and the networks a ticket is held against (docs/theory.md §5.6).

use super::comparator::Given;
use crate::network::State;
use crate::statistics::streams::Stream;
use nalgebra::DVector;
use rand::RngExt;
use std::sync::Arc;

/// A way to choose the neurons that are kept: from the initialisation and the first step, never from later batches.
pub trait TicketRule: Send + Sync {
    /// Positions among the live neurons after the first step, in increasing order; `None` where there are too few.
    fn ticket(&self, given: &Given<'_>) -> Option<Vec<usize>>;
}

/// A network trained in the ticket's place, with its step size, its batches and its number of steps.
pub trait Control: Send + Sync {
    /// The network the training starts from. `given` holds the whole network after the first step, `ticket` the positions
    /// that the ticket keeps of it; `rng` is the controls' stream from its start.
    fn network(&self, given: &Given<'_>, ticket: &[usize], rng: &mut Stream) -> State;
}

/// What is trained after the first step, and beside it.
#[derive(Clone)]
pub struct Lottery {
    /// Which neurons are kept.
    pub rule: Arc<dyn TicketRule>,
    /// How many the theorem counts.
    pub size: usize,
    /// The controls, in the order in which events refer to them.
    pub controls: Vec<Arc<dyn Control>>,
}

/// A place where a hidden neuron is wanted: D/b*, and the sign of b* (docs/theory.md §3).
#[derive(Clone, Debug, PartialEq)]
pub struct Knot {
    /// D/|b*|.
    pub place: DVector<f64>,
    /// sign b*.
    pub sign: f64,
}

/// For every knot the `copies` live neurons of its sign that are nearest to it and not yet taken.
#[derive(Clone, Debug, PartialEq)]
pub struct NearestToKnots {
    /// The knots.
    pub knots: Vec<Knot>,
    /// κ.
    pub copies: usize,
}

impl TicketRule for NearestToKnots {
    fn ticket(&self, given: &Given<'_>) -> Option<Vec<usize>> {
        let state = &given.after.state;
        let mut kept: Vec<usize> = Vec::new();
        for knot in &self.knots {
            let free = (0..state.index.len()).filter(|&p| state.signs[p] * knot.sign > 0.0 && !kept.contains(&p));
            let mut near: Vec<(f64, usize)> = free.map(|p| ((state.v.column(p) - &knot.place).norm(), p)).collect();
            near.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            if near.len() < self.copies {
                return None;
            }
            kept.extend(near.into_iter().take(self.copies).map(|(_, p)| p));
        }
        kept.sort_unstable();
        Some(kept)
    }
}

/// As many neurons of each sign as the ticket has, drawn at random among the live ones after the first step.
#[derive(Clone, Copy, Debug, Default)]
pub struct RandomNeurons;

impl Control for RandomNeurons {
    fn network(&self, given: &Given<'_>, ticket: &[usize], rng: &mut Stream) -> State {
        let state = &given.after.state;
        let mut kept = Vec::new();
        for sign in [1.0, -1.0] {
            let alike = |p: &usize| state.signs[*p] * sign > 0.0;
            let mut left: Vec<usize> = (0..state.index.len()).filter(alike).collect();
            // The ticket's neurons are among the live ones, so `left` holds at least as many.
            for _ in ticket.iter().filter(|p| alike(p)) {
                kept.push(left.swap_remove(rng.random_range(0..left.len())));
            }
        }
        kept.sort_unstable();
        state.restricted(&kept)
    }
}

/// The ticket's own neurons without the first step: v = w⁽⁰⁾/b̃ = u/β, the weights they were drawn with.
///
/// Where the literal choice would make the control fail by itself, it is given more: the mirrors of a pair, which start from
/// the same weights, stand at u/β and −u/β, as they do along the gradient after the step; and outer weights are 0, for with the
/// literal ones, of size σ_a, nothing can be learned in T steps. So f = 0 at the start, as in the whole network.
#[derive(Clone, Copy, Debug)]
pub struct InitialWeights {
    /// β = b̃/σ_w.
    pub beta: f64,
}

impl Control for InitialWeights {
    fn network(&self, given: &Given<'_>, ticket: &[usize], _rng: &mut Stream) -> State {
        let mut state = given.after.state.restricted(ticket);
        let distinct = given.initialisation.g.len();
        for (mut v, &neuron) in state.v.column_iter_mut().zip(&state.index) {
            let mirror = if neuron < distinct { 1.0 } else { -1.0 };
            v.copy_from(&(given.initialisation.u.column(neuron % distinct) * (mirror / self.beta)));
        }
        state.alpha.fill(0.0);
        state
    }
}
