//! The ascent of the dual, coordinate by coordinate. Nothing it says is believed: see `BallProblem::lower` and
//! `BallProblem::upper`.

use nalgebra::{DMatrix, DVector};

/// What the dual is made of: the scalar products of the features, labels ±1, weights pⱼ, and B.
#[derive(Clone, Copy)]
pub(super) struct Dual<'a> {
    pub(super) products: &'a DMatrix<f64>,
    pub(super) labels: &'a DVector<f64>,
    pub(super) weights: &'a DVector<f64>,
    pub(super) budget: f64,
}

/// Where the ascent stands. Floating-point drift here costs passes, never correctness.
pub(super) struct Search<'a> {
    problem: Dual<'a>,
    /// mⱼ in `[0, pⱼ]`.
    pub(super) masses: DVector<f64>,
    /// yⱼmⱼ.
    pub(super) signed: DVector<f64>,
    /// ⟨v, Ψⱼ⟩ for v = Σ yⱼmⱼΨⱼ.
    products: DVector<f64>,
    /// ‖v‖².
    square: f64,
    /// Least μ for now.
    pub(super) floor: f64,
}

/// What the search believes.
pub(super) struct Gaps {
    /// Loss of v/μ plus μ‖v/μ‖²/2, less the dual value at this μ.
    pub(super) priced: f64,
    /// Σmⱼ − B‖v‖.
    pub(super) dual: f64,
    /// Loss of v/μ.
    pub(super) primal: f64,
}

impl<'a> Search<'a> {
    pub(super) fn new(problem: Dual<'a>) -> Self {
        let masses = problem.weights.clone();
        let signed = masses.component_mul(problem.labels);
        let products = DVector::zeros(masses.len());
        let mut search = Self { problem, products, signed, masses, square: 0.0, floor: 0.0 };
        search.refresh();
        // The first ω = v/μ has values up to 1.
        search.floor = search.products.amax();
        search
    }

    pub(super) fn refresh(&mut self) {
        self.products = self.problem.products * &self.signed;
        self.square = self.signed.dot(&self.products).max(0.0);
    }

    /// The best μ from the floor on; then ‖v/μ‖ ≤ B.
    fn multiplier(&self) -> f64 {
        (self.square.sqrt() / self.problem.budget).max(self.floor)
    }

    pub(super) fn gaps(&self) -> Gaps {
        let Dual { labels, weights, budget, .. } = self.problem;
        let (mass, price) = (self.masses.sum(), 1.0 / self.multiplier());
        let t = if price.is_finite() { price } else { 0.0 };
        let terms = self.products.iter().zip(labels.iter()).zip(weights.iter());
        let primal = terms.map(|((f, y), p)| p * (1.0 - t * f * y).max(0.0)).sum::<f64>();
        Gaps { priced: primal - mass + t * self.square, dual: mass - budget * self.square.sqrt(), primal }
    }

    /// One exact step in every coordinate, and in μ after each.
    pub(super) fn pass(&mut self) {
        let Dual { products: entries, labels, weights, .. } = self.problem;
        let mut multiplier = self.multiplier();
        for j in 0..labels.len() {
            let (y, diagonal) = (labels[j], entries[(j, j)]);
            let rise = multiplier - y * self.products[j];
            let wanted = self.masses[j] + rise / diagonal;
            let mass = if wanted.is_nan() { weights[j] } else { wanted.clamp(0.0, weights[j]) };
            let step = mass - self.masses[j];
            if step.abs() > 0.0 {
                self.square = (self.square + step * (2.0 * y * self.products[j] + step * diagonal)).max(0.0);
                self.products.axpy(step * y, &entries.column(j), 1.0);
                self.masses[j] = mass;
                self.signed[j] = y * mass;
                multiplier = self.multiplier();
            }
        }
    }
}
