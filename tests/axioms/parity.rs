//! Parities with structured inputs (docs/theory.md §5.3).

use crate::harness::{Falsifier, Point, Subject, at_most, equal};
use crate::measure::{chi_squared_tail, decades, draws, mass, near, one_of, share};
use rand::RngExt;
use rand::rngs::ChaCha8Rng;

pub(crate) const FALSIFIERS: &[(&str, Falsifier)] = &[
    ("parity-feature", parity_feature),
    ("parity-windows", parity_windows),
    ("parity-hidden-layer", parity_hidden_layer),
    ("lemma-parity", lemma_parity),
];

/// E[yx] on the coordinates of the r blocks of k, over all points of the law: 2^{rk} uniform ones, and 2r where one block is
/// constant and the others 0. Off the blocks it is 0, by symmetry.
pub(crate) fn mean_of_yx(r: usize, k: usize, p_a: f64) -> Vec<f64> {
    let bits = r * k;
    let mut mean = vec![0.0; bits];
    let weight = (1.0 - 2.0 * r as f64 * p_a) / f64::from(1_u32 << bits);
    let sign = |point: u32, l: usize| if point >> l & 1 == 1 { 1.0 } else { -1.0 };
    for point in 0..1_u32 << bits {
        let product = |block: usize| (block * k..(block + 1) * k).map(|l| sign(point, l)).product::<f64>();
        let label = (0..r).map(product).sum::<f64>().signum();
        mean.iter_mut().enumerate().for_each(|(l, x)| *x += weight * label * sign(point, l));
    }
    for (block, value) in (0..r).flat_map(|block| [(block, 1.0_f64), (block, -1.0)]) {
        let label = value.powi(k as i32);
        mean[block * k..(block + 1) * k].iter_mut().for_each(|x| *x += p_a * label * value);
    }
    mean
}

/// G = E[yx], of a neuron that is active on all inputs, by summing over the law.
fn parity_feature(subject: &Subject<'_>) -> Result<(), String> {
    let mut rng = subject.rng();
    let propose = |rng: &mut ChaCha8Rng| {
        let (r, k) = if rng.random_range(0..3) == 0 { (3.0, 3.0) } else { (1.0, one_of(rng, &[3.0, 5.0, 7.0, 9.0])) };
        let share = match rng.random_range(0..4) {
            0 => 1.0,
            1 => decades(rng, -5.0, 0.0),
            _ => rng.random_range(0.0..1.0),
        };
        vec![("r", r), ("k", k), ("p_a", share * 0.5 / r)]
    };
    for point in subject.points(40, &mut rng, propose)? {
        let (r, k, gamma) = (point.get("r") as usize, point.get("k"), point.get("gamma"));
        let gradient = mean_of_yx(r, k as usize, point.get("p_a"));
        let length = gradient.iter().map(|x| x * x).sum::<f64>().sqrt();
        let along = gradient.iter().take(k as usize).sum::<f64>() / k.sqrt();
        at_most("the cone", (1.0 - gamma) * length, along.abs(), 1e-12)?;
        near("the angle", gamma, 1.0 - along.abs() / length, 1e-12)?;
        equal("the length", point.get("B_G"), length, 1e-12)?;
    }
    Ok(())
}

/// A network of knots: neurons a σ(±s + b), as (a, ±, b), of a function of s on the lattice.
pub(crate) struct Staircase {
    pub(crate) neurons: Vec<(f64, f64, f64)>,
}

impl Staircase {
    /// Odd k: F(2j+1) = (-1)^j F(1), knots at 2j - 1 + h_j, the linear term by neurons with knots at ±last.
    fn odd(k: usize, knots: &[f64], last: f64) -> Self {
        let first = label(k, 1);
        let (mut slope, mut changes, mut neurons) = (first, 0.0, Vec::new());
        for (j, h) in (1..).zip(knots) {
            let (b, change) = (2.0 * f64::from(j) - 1.0 + h, slope.signum() * 2.0 * (slope.abs() + 1.0) / (2.0 - h));
            slope -= change;
            changes += change;
            neurons.extend([(change, 1.0, b), (-change, -1.0, b)]);
        }
        let linear = (first - 2.0 * changes) / 2.0;
        neurons.extend([(linear, 1.0, last), (-linear, -1.0, last)]);
        Self { neurons }
    }

    pub(crate) fn at(&self, s: f64) -> f64 {
        self.neurons.iter().map(|(a, sign, b)| a * (sign * s + b).max(0.0)).sum()
    }

    /// The least y f over the lattice.
    pub(crate) fn margin(&self, k: usize) -> f64 {
        let lattice = (0..=k as i32).map(|j| 2 * j - k as i32);
        lattice.map(|s| label(k, s) * self.at(f64::from(s))).fold(f64::INFINITY, f64::min)
    }

    /// Norms of the strengths ab, l1 and l2.
    pub(crate) fn norms(&self) -> (f64, f64) {
        let strengths = || self.neurons.iter().map(|(a, _, b)| (a * b).abs());
        (strengths().sum(), strengths().map(|x| x * x).sum::<f64>().sqrt())
    }
}

/// The product of k signs whose sum is s.
pub(crate) fn label(k: usize, s: i32) -> f64 {
    if (k as i32 - s) / 2 % 2 == 0 { 1.0 } else { -1.0 }
}

/// Windows by the normal distribution at the theta of the text; networks with knots anywhere in them, at their ends too.
fn parity_windows(subject: &Subject<'_>) -> Result<(), String> {
    let mut rng = subject.rng();
    let (mut attained, mut rarest_found) = (0, [0_u8; 3]);
    let mut turn = 0;
    let propose = |rng: &mut ChaCha8Rng| {
        turn += 1;
        window_limits(turn, rng)
    };
    for point in draws(subject, 24, &mut rng, propose)? {
        let get = |symbol| point.get(symbol);
        let (k, h, last, t) = (get("k") as usize, get("slack"), get("last"), get("t"));
        let turns = (k - 1) / 2;
        // The neuron of g has its knot at unit/|g|.
        let unit = 1.0 / (mean_of_yx(1, k, get("p_a"))[0] * get("theta"));
        let window = |from: f64, width: f64| 2.0 * mass(unit / (from + width), unit * width / (from * (from + width)));
        let mut chances: Vec<f64> = (1..=turns).map(|j| window(2.0 * j as f64 - 1.0, h)).collect();
        chances.push(window(k as f64, last - k as f64));
        let rarest = chances.iter().copied().fold(f64::INFINITY, f64::min);
        share(&point, "q")?;
        for d in [k as u32, 40, 1000] {
            let short = 1.0 - chi_squared_tail(d, (f64::from(d).sqrt() + t).powi(2));
            at_most("the rarest window", get("q"), rarest * short + 1e-36, 1e-8)?;
            at_most("initial directions that are short", get("p"), short, 1e-12)?;
        }
        if t >= 9.0 {
            let which = chances.iter().position(|c| *c <= rarest).unwrap_or(0);
            rarest_found[if which == turns { 2 } else { usize::from(which > 0) }] += 1;
            near("the rarest window", get("q"), rarest, 1e-8 * rarest + 1e-36)?;
            near("initial directions that are short", get("p"), 1.0, 1e-12)?;
        }
        equal("windows", get("targets"), chances.len() as f64, 1e-12)?;
        attained += u8::from(targets(&point, k, turns, &mut rng)?);
    }
    let enough = attained >= 3 && rarest_found.iter().all(|n| *n > 0);
    if enough { Ok(()) } else { Err(format!("bounds attained in {attained} points, rarest windows {rarest_found:?}")) }
}

/// Networks with knots in the windows: they have the margin, and norms within the bounds; whether these were attained.
fn targets(point: &Point, k: usize, turns: usize, rng: &mut ChaCha8Rng) -> Result<bool, String> {
    let get = |symbol| point.get(symbol);
    let (h, last, mut largest) = (get("slack"), get("last"), (0.0_f64, 0.0_f64));
    for trial in 0..6 {
        let mut place = |_| match trial {
            0 => h,
            1 => 0.0,
            _ => h * rng.random_range(0.0..1.0),
        };
        let knots: Vec<f64> = (0..turns).map(&mut place).collect();
        let target = Staircase::odd(k, &knots, if trial < 3 { last } else { k as f64 });
        let (l1, l2) = target.norms();
        at_most("the l1 norm", l1, get("target_l1"), 1e-12)?;
        at_most("the l2 norm", l2, get("alpha_once"), 1e-12)?;
        largest = (largest.0.max(l1), largest.1.max(l2));
        // Sums of so large terms are rounded by so much.
        let room = 1e-13 * l1.max(1.0) * (1.0 + get("scale").abs());
        near("the margin", get("scale") * target.margin(k), 1.0 + get("drift_share"), room)?;
    }
    // As h falls to 0 every bound is attained where the number of turns is odd; each is of the first order in h.
    let sharp = h <= 1e-7 && turns % 2 == 1;
    if sharp {
        equal("the l1 norm", get("target_l1"), largest.0, 1e-5)?;
        equal("the l2 norm", get("alpha_once"), largest.1, 1e-5)?;
    }
    Ok(sharp)
}

/// By turns: the first, the last and the linear term's window the rarest, bounds attained, anything.
fn window_limits(turn: usize, rng: &mut ChaCha8Rng) -> Vec<(&'static str, f64)> {
    let any = rng.random_range(0..4);
    let mut stretch = if any == 0 { rng.random_range(-0.5..0.0) } else { decades(rng, -6.0, 1.5) };
    let (mut k, mut centre) = (one_of(rng, &[3.0, 5.0, 7.0, 9.0]), decades(rng, -1.5, 0.9));
    let (mut slack, mut t) = (rng.random_range(0.0001..0.9999), decades(rng, -3.0, 0.9));
    match turn % 6 {
        0 => (k, centre, slack, t) = (9.0, rng.random_range(5.0..7.0), rng.random_range(0.1..0.5), 9.5),
        1 => (k, centre, slack, t) = (one_of(rng, &[5.0, 7.0, 9.0]), rng.random_range(0.1..2.0), 0.1, 12.0),
        2 => (stretch, centre, t) = (1e-5, rng.random_range(0.5..4.0), 10.0),
        3 | 4 => (k, slack) = (one_of(rng, &[3.0, 7.0]), decades(rng, -9.0, -7.0)),
        _ => {}
    }
    if turn % 6 < 2 {
        stretch = rng.random_range(1.0..3.0);
    }
    vec![
        ("k", k),
        ("last", k * (1.0 + stretch)),
        ("slack", slack),
        ("centre", centre),
        ("t", t),
        ("drift_share", decades(rng, -3.0, 1.0)),
    ]
}

/// A layer whose outer weights are all the same, at the input along the block; a neuron of positive bias that is alive; and for
/// the first outer layer a law of one point, which the proof does not exclude.
fn parity_hidden_layer(subject: &Subject<'_>) -> Result<(), String> {
    let mut rng = subject.rng();
    let mut attained = 0;
    let propose = |rng: &mut ChaCha8Rng| {
        let (k, m) = (one_of(rng, &[3.0, 5.0, 7.0]), f64::from(rng.random_range(1..40)));
        let (p_a, d) = (rng.random_range(0.01..0.5), k + f64::from(rng.random_range(0..30)));
        let length: f64 = d.sqrt();
        let u_max = length + decades(rng, -1.0, 1.0);
        let spread = decades(rng, -3.0, 2.0);
        vec![
            ("k", k),
            ("m", m),
            ("p_a", p_a),
            ("u_max", u_max),
            ("B_x", length),
            ("B_x1", length * rng.random_range(0.1..1.0)),
            ("beta", length * u_max * one_of(rng, &[0.5, 0.99, 1.0 + 1e-9, 1.1, 3.0])),
            ("theta", spread / (2.0 * p_a * k)),
            ("S_g", m * decades(rng, -3.0, 2.0)),
        ]
    };
    for point in subject.points(60, &mut rng, propose)? {
        let get = |symbol| point.get(symbol);
        let (m, beta, length) = (get("m"), get("beta"), get("B_x"));
        // u along an input of norm B_x, and as long as it may be: of positive bias it must be dead, for nothing bounds its g.
        at_most("a neuron of positive bias is alive", get("u_max") / length * length.powi(2), beta, 1e-12)?;
        let on_block = mean_of_yx(1, get("k") as usize, get("p_a"))[0];
        let reach = |g: f64| get("theta") * g * on_block * get("k");
        let g = (get("S_g") / m).sqrt();
        let pair = |z: f64| (1.0 + z).max(0.0).powi(2) + (1.0 - z).max(0.0).powi(2);
        let norm = (m * pair(reach(g))).sqrt();
        equal("the reach of a neuron", get("spread"), reach(1.0), 1e-12)?;
        at_most("the hidden layer", norm, get("Gamma_1"), 1e-12)?;
        if reach(g) <= 1.0 {
            attained += 1;
            equal("the hidden layer", get("Gamma_1"), norm, 1e-12)?;
        }
        first_outer_layer(&point)?;
    }
    if attained >= 10 { Ok(()) } else { Err(format!("the bound was attained {attained} times only")) }
}

/// ‖α⁽¹⁾‖ ≤ alpha_1 at a law of one point x of norm B_x1 with label 1 and every direction along it: the proof's inequality for one
/// neuron is met with equality by those of negative bias. Half of the neurons may be dead, so it is sharp within sqrt 2.
pub(crate) fn first_outer_layer(point: &Point) -> Result<(), String> {
    let get = |symbol| point.get(symbol);
    let output = |bias: f64| (get("u_max") * get("B_x1") - bias).max(0.0);
    let squares = output(get("beta")).powi(2) + output(-get("beta")).powi(2);
    let norm = get("outer_scale") * (2.0 * get("m") * squares).sqrt();
    at_most("the first outer layer", norm, get("alpha_1"), 1e-12)?;
    at_most("the bound on the first outer layer", get("alpha_1"), 1.5 * norm, 1e-12)
}

/// docs/theory.md §5.3 [P], written down again.
fn lemma_parity(subject: &Subject<'_>) -> Result<(), String> {
    let mut rng = subject.rng();
    let propose = |rng: &mut ChaCha8Rng| {
        let d = f64::from(rng.random_range(2..40));
        let tau = if rng.random_range(0..3) == 0 { one_of(rng, &[8.0, d]) } else { rng.random_range(4.0..40.0) };
        let (r, p_a) = (one_of(rng, &[1.0, 3.0, 5.0]), decades(rng, -2.0, -0.31));
        // Constants at which p and B_G are of order 1.
        let p = d.powf(-tau * r) / (tau * r * d.ln()).sqrt();
        vec![
            ("d", d),
            ("tau", tau),
            ("r", r),
            ("k", one_of(rng, &[3.0, 5.0, 9.0])),
            ("p_a", p_a),
            ("c_p", (decades(rng, -3.0, 1.0) / p).clamp(1e-6, 1e200)),
            ("c_g", decades(rng, -3.0, 1.0) * p_a * d.powf(tau)),
        ]
    };
    for point in draws(subject, 50, &mut rng, propose)? {
        let get = |symbol| point.get(symbol);
        let (d, tau, r, k) = (get("d"), get("tau"), get("r"), get("k"));
        // Where the power overflows the logarithm does not.
        let p = (get("c_p") / (tau * r * d.ln()).sqrt()).ln() - tau * r * d.ln();
        let (length, lost) = (k.sqrt() * get("p_a"), get("c_g") * k.sqrt() * d.powf(-tau));
        equal("p", get("p"), p.exp(), 1e-9)?;
        equal("gamma", get("gamma"), d.powf(-(tau - 2.0)), 1e-9)?;
        near("B_G", get("B_G"), length - lost, 1e-9 * (length + lost))?;
        equal("r_star", get("r_star"), 3.0 * r * (k + 1.0), 1e-12)?;
        equal("B_a1", get("B_a1"), 2.0 * k.sqrt(), 1e-12)?;
        equal("B_a2", get("B_a2"), 2.0 * (r * k * (k + 1.0)).sqrt(), 1e-12)?;
        equal("B_b", get("B_b"), (k + 1.0) / k.sqrt(), 1e-12)?;
        near("the loss of f*", get("target_loss"), 0.0, 0.0)?;
        at_most("the assumption 8 <= tau", 8.0, tau, 0.0)?;
        at_most("the assumption tau <= d", tau, d, 0.0)?;
        at_most("the assumption p_a >= 1/d", 1.0 / d, get("p_a"), 1e-12)?;
        at_most("a probability", get("p"), 1.0, 0.0)?;
        at_most("a length", f64::MIN_POSITIVE, get("B_G"), 0.0)?;
    }
    Ok(())
}
