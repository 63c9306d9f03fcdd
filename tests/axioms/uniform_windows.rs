//! Window hits on parities of uniform inputs (docs/theory.md §5.4).

use crate::harness::{Falsifier, Point, Subject, at_most, equal};
use crate::measure::{choose, decades, draws, integral, mass, near, one_of};
use crate::parity::{Staircase, first_outer_layer, label};
use crate::uniform_parity::{Cube, cubes};
use rand::RngExt;
use rand::rngs::ChaCha8Rng;

pub(crate) const FALSIFIERS: &[(&str, Falsifier)] = &[
    ("uniform-parity-noise", noise),
    ("uniform-parity-windows-2", |s| windows(s, 2)),
    ("uniform-parity-windows-4", |s| windows(s, 4)),
    ("uniform-parity-hidden-layer", hidden_layer),
    ("uniform-parity-margin", margin),
    ("uniform-parity-loss", loss),
];

/// The probability that unit/|g| lies in [from, from + width].
fn window(unit: f64, from: f64, width: f64) -> f64 {
    2.0 * mass(unit / (from + width), unit * width / (from * (from + width)))
}

/// Gradients of small cubes: how large they are off A, and where neurons have their knots; the slopes of all knots in the windows.
fn noise(subject: &Subject<'_>) -> Result<(), String> {
    let mut rng = subject.rng();
    let propose = |rng: &mut ChaCha8Rng| {
        let cube = &cubes()[rng.random_range(0..cubes().len())];
        let ratio = (cube.high / cube.low).abs();
        let slack = if rng.random_range(0..3) == 0 { decades(rng, -6.0, -1.0) } else { rng.random_range(0.01..0.99) };
        let stretch =
            if rng.random_range(0..4) == 0 { 1.0 + decades(rng, -12.0, 1.0) } else { rng.random_range(0.01..1.0) };
        let mut symbols = cube.symbols();
        symbols.extend([
            ("noise", (ratio * one_of(rng, &[0.6, 1.0 + 1e-12, 1.5])).clamp(1e-9, 1e9)),
            ("slack", slack),
            ("first_low", 2.0 * slack * stretch),
            ("centre", decades(rng, -1.5, 0.9)),
        ]);
        symbols
    };
    for point in draws(subject, 40, &mut rng, propose)? {
        let get = |symbol| point.get(symbol);
        let same = |c: &&Cube| {
            (c.low - get("c_low")).abs() + (c.high - get("c_high")).abs() + (c.k as f64 - get("k")).abs() <= 0.0
        };
        let cube = cubes().iter().find(same).ok_or("an unknown cube")?;
        let (on, off) = cube.sizes();
        at_most("a coordinate off A", off, get("noise") * on, 1e-12)?;
        let (k, h, low) = (get("k"), get("slack"), get("first_low"));
        let unit = 1.0 / (get("theta") * on);
        // Of pairs with a positive bias those of the first window, and of those with a negative one all beyond k; g of one sign.
        let first = window(unit, low, 2.0 * h - low) / 2.0;
        near("the first window", get("near"), first, 1e-8 * first + 1e-36)?;
        near("the constant term's window", get("term"), mass(0.0, unit / k), 1e-12)?;
        let mut steepest = 0.0_f64;
        for trial in 0..8 {
            let part = |rng: &mut ChaCha8Rng| if trial == 0 { 1.0 } else { rng.random_range(0.0..1.0) };
            let target = even(4, &[2.0 * h * part(&mut rng), h * part(&mut rng)], 4.0);
            steepest = target.neurons.iter().filter(|n| n.2 < 0.0).map(|n| n.0.abs()).fold(steepest, f64::max);
        }
        equal("the largest change of slope", get("turn"), steepest, 1e-12)?;
    }
    Ok(())
}

/// Even k: F(2j) = (-1)^j F(0) of |s|, the j-th knot at 2j + h_j, the constant by neurons with knots at ±last.
fn even(k: usize, knots: &[f64], last: f64) -> Staircase {
    let value = label(k, 0);
    let constant = value / (2.0 * last);
    let mut neurons = vec![(constant, 1.0, last), (constant, -1.0, last)];
    let mut slope = 0.0_f64;
    for (j, h) in (0..).zip(knots) {
        // From the value at 2j to its negative at 2j + 2, the slope changing at 2j + h.
        let before = value * if j % 2 == 0 { 1.0 } else { -1.0 };
        let change = (-2.0 * before - 2.0 * slope) / (2.0 - h);
        slope += change;
        neurons.extend([(change, 1.0, -(2.0 * f64::from(j) + h)), (change, -1.0, -(2.0 * f64::from(j) + h))]);
    }
    Staircase { neurons }
}

/// Windows by the normal distribution, and networks with knots anywhere in them.
fn windows(subject: &Subject<'_>, k: usize) -> Result<(), String> {
    let mut rng = subject.rng();
    let mut rarest_found = [false; 3];
    let propose = |rng: &mut ChaCha8Rng| {
        let slack = if rng.random_range(0..3) == 0 { decades(rng, -6.0, -1.0) } else { rng.random_range(0.01..0.99) };
        let (low, centre) = (2.0 * slack * rng.random_range(0.01..0.99), decades(rng, -1.5, 0.9));
        vec![
            ("k", k as f64),
            ("p", 2f64.powi(1 - k as i32)),
            ("slack", slack),
            ("centre", centre),
            ("first_low", low),
            ("turn", 2.0 / (1.0 - slack)),
            ("near", window(centre, low, 2.0 * slack - low) / 2.0),
            ("term", mass(0.0, centre / k as f64)),
        ]
    };
    for point in draws(subject, 40, &mut rng, propose)? {
        let get = |symbol| point.get(symbol);
        let (h, low, centre) = (get("slack"), get("first_low"), get("centre"));
        let mut chances = vec![window(centre, low, 2.0 * h - low), 2.0 * mass(0.0, centre / k as f64)];
        if point.has("far") {
            chances.push(window(centre, 2.0, h));
        }
        let rarest = chances.iter().copied().fold(f64::INFINITY, f64::min);
        chances.iter().zip(&mut rarest_found).for_each(|(chance, found)| *found |= *chance <= rarest);
        // The signs on A must agree, too.
        let agree = 2.0 / f64::from(1_u32 << k);
        near("the rarest window", get("q"), agree * rarest, 1e-8 * agree * rarest + 1e-36)?;
        equal("windows", get("targets"), chances.len() as f64, 1e-12)?;
        targets(&point, k, &mut rng)?;
    }
    // At size 4 the second knot's window is always rarer than the constant term's: it spans less, and lies further out.
    let enough = rarest_found[0] && rarest_found[if k == 2 { 1 } else { 2 }];
    if enough { Ok(()) } else { Err(format!("rarest windows found: {rarest_found:?}")) }
}

fn targets(point: &Point, k: usize, rng: &mut ChaCha8Rng) -> Result<(), String> {
    let (h, low) = (point.get("slack"), point.get("first_low"));
    let (mut l1, mut l2, mut weight) = (0.0_f64, 0.0_f64, 0.0_f64);
    for trial in 0..6 {
        let part = |rng: &mut ChaCha8Rng| if trial == 0 { 1.0 } else { rng.random_range(0.0..1.0) };
        let mut knots = vec![low + (2.0 * h - low) * part(rng)];
        if k == 4 {
            knots.push(h * part(rng));
        }
        let last = if trial == 0 { k as f64 } else { k as f64 * (1.0 + decades(rng, -2.0, 2.0)) };
        let target = even(k, &knots, last);
        let (sum, root) = target.norms();
        // Slopes are as large as 1/(1 - h), and rounded accordingly.
        near("the margin", target.margin(k), 1.0, 1e-13 * (1.0 + sum))?;
        (l1, l2) = (l1.max(sum), l2.max(root));
        weight = weight.max(target.neurons.iter().map(|n| n.0.abs()).sum());
    }
    equal("the l1 norm", point.get("target_l1"), l1, 1e-9)?;
    equal("the l2 norm", point.get("alpha_once"), l2, 1e-9)?;
    at_most("the output weights", weight, point.get("weight"), 1e-9)?;
    // Taken as if every knot changed the slope as the steepest does: within a factor of 2 of what a network has.
    at_most("the bound on the output weights", point.get("weight"), 2.0 * weight, 1e-9)
}

/// Neurons of negative bias, all along the same signs, at the input that has these signs; or with their share of the squares spent
/// on neurons of positive bias, which reach less.
fn hidden_layer(subject: &Subject<'_>) -> Result<(), String> {
    let mut rng = subject.rng();
    let mut attained = 0;
    let propose = |rng: &mut ChaCha8Rng| {
        let (k, m) = (one_of(rng, &[2.0, 4.0]), f64::from(rng.random_range(1..40)));
        let d = k + f64::from(rng.random_range(0..60));
        let noise = decades(rng, -4.0, 2.0);
        let spread = decades(rng, -3.0, 2.0);
        vec![
            ("k", k),
            ("d", d),
            ("m", m),
            ("noise", noise),
            ("centre", (k + (d - k) * noise) / spread),
            ("S_g", m * decades(rng, -3.0, 2.0)),
            ("u_max", d.sqrt()),
            ("B_x1", d.sqrt()),
            ("beta", d * decades(rng, -3.0, 1.0)),
        ]
    };
    for point in subject.points(60, &mut rng, propose)? {
        let get = |symbol| point.get(symbol);
        let (k, m) = (get("k") as usize, get("m"));
        let along = |l: usize| if l < k { 1.0 } else { get("noise") };
        // v = (g/centre) times this, and the input has its signs.
        let reach: f64 = (0..get("d") as usize).map(along).sum::<f64>() / get("centre");
        equal("the reach of a neuron", get("spread"), reach, 1e-9)?;
        let negative = |z: f64| (1.0 + z).max(0.0).powi(2) + (1.0 - z).max(0.0).powi(2);
        let positive = |z: f64| (z - 1.0).max(0.0).powi(2);
        for part in [1.0, 0.5, 0.0] {
            let z = |share: f64| reach * (get("S_g") * share / m).sqrt();
            let norm = (m * (negative(z(part)) + positive(z(1.0 - part)))).sqrt();
            at_most("the hidden layer", norm, get("Gamma_1"), 1e-9)?;
            if part > 0.9 && z(part) <= 1.0 {
                attained += 1;
                equal("the hidden layer", get("Gamma_1"), norm, 1e-9)?;
            }
        }
        first_outer_layer(&point)?;
    }
    if attained >= 10 { Ok(()) } else { Err(format!("the bound was attained {attained} times only")) }
}

/// Two active neurons whose output weights have the given sum, moved against the label by as much as the coordinates off A can.
fn margin(subject: &Subject<'_>) -> Result<(), String> {
    let mut rng = subject.rng();
    let propose = |rng: &mut ChaCha8Rng| {
        let (k, off) = (one_of(rng, &[2.0, 4.0]), f64::from(rng.random_range(0..40)));
        let weight = decades(rng, -1.0, 1.5);
        let moved =
            if rng.random_range(0..3) == 0 { 1.0 - decades(rng, -9.0, 0.0) } else { rng.random_range(0.0..2.0) };
        vec![("k", k), ("d", k + off), ("weight", weight), ("noise", moved / (weight * off.max(1.0)))]
    };
    for point in subject.points(60, &mut rng, propose)? {
        let get = |symbol| point.get(symbol);
        let most = (get("k") as usize..get("d") as usize).map(|_| get("noise")).sum::<f64>();
        let (first, second) = (get("weight") / 4.0, 0.75 * get("weight"));
        // Both are active before and after, and without what is off A the label is reached.
        let (high, low) = ((1.0 + second * most) / first, most);
        let output = |moved: f64| first * (high - moved).max(0.0) - second * (low + moved).max(0.0);
        let room = 1e-12 * (1.0 + get("weight") * most);
        near("the margin", get("margin_1"), output(most), room)?;
        let wanted = 1.0 + get("drift_share");
        let scale = get("scale");
        near("the scaled margin", scale * output(most), wanted, scale.abs() * room + 1e-12 * wanted)?;
        at_most("the scaled output without noise", wanted, scale * output(0.0), 1e-9)?;
    }
    Ok(())
}

/// The tail that a sub-Gaussian sum may have, integrated; and the sums of signs themselves.
fn loss(subject: &Subject<'_>) -> Result<(), String> {
    let mut rng = subject.rng();
    let mut attained = 0;
    let propose = |rng: &mut ChaCha8Rng| {
        let (k, off) = (one_of(rng, &[2.0, 4.0]), f64::from(rng.random_range(1..40)));
        let (drift, room, weight) = (decades(rng, -3.0, 0.5), decades(rng, -2.0, 0.7), decades(rng, 0.0, 1.5));
        let scale = (1.0 + drift) * (1.0 + room);
        // The room is so many deviations.
        let deviations =
            if rng.random_range(0..4) == 0 { decades(rng, -4.0, 1.6) } else { rng.random_range(0.01..7.0) };
        let noise = (1.0 + drift) * room / deviations / (scale * weight * off.sqrt());
        vec![
            ("k", k),
            ("d", k + off),
            ("drift_share", drift),
            ("room", room),
            ("weight", weight),
            ("noise", noise),
            ("epsilon", if rng.random_range(0..3) == 0 { decades(rng, -6.0, -0.01) } else { 1e-6 }),
        ]
    };
    for point in subject.points(40, &mut rng, propose)? {
        let get = |symbol| point.get(symbol);
        let (scale, off) = (get("scale"), (get("d") - get("k")) as u64);
        // How much may be added to the output before margin 1 + drift_share is lost.
        let spare = scale - (1.0 + get("drift_share"));
        let deviation = scale * get("weight") * get("noise") * (off as f64).sqrt();
        let tail = |u: f64| 2.0 * (-0.5 * (u / deviation).powi(2)).exp();
        let from = spare.max(0.0);
        let lost = integral(from, from + 12.0 * deviation, 24, tail) + (-spare).max(0.0);
        let floor = get("epsilon") / 1000.0;
        // 2 sqrt(2π) is rounded up to 5.0133.
        equal("the loss of the tail", get("omega"), lost.max(floor), 1e-5)?;
        at_most("the loss of the tail", lost, get("omega"), 1e-9)?;
        attained += u32::from(lost > floor);
        let each = scale * get("weight") * get("noise");
        let excess = |j: u64| (each * (off as f64 - 2.0 * j as f64).abs() - spare).max(0.0);
        let signs: f64 = (0..=off).map(|j| choose(off, j) as f64 * excess(j)).sum::<f64>() / 2f64.powi(off as i32);
        at_most("the loss of sums of signs", signs, get("omega"), 1e-9)?;
    }
    if attained >= 20 { Ok(()) } else { Err(format!("the loss was above its floor in {attained} points only")) }
}
