//! G of a structured parity by the product structure of its input (docs/theory.md §5.3), beyond the stored supports.
//!
//! φ_A and the coordinates off A are independent, the label is a function of φ_A, and within a block, or off A, coordinates
//! with one |w| are exchangeable up to their signs: of each such group only the number N = Σ sign(w_l)φ_l matters. So ⟨w,φ⟩ is
//! a sum of independent parts with few values, which two sorted halves decide; and `E[φ_l | N]` = sign(w_l) N/(size of the group).

use nalgebra::DVector;
use std::collections::BTreeMap;

/// Largest number of values on either side of the meeting in the middle: sorting them takes some 0.1 s.
const MAX_SIDE: usize = 1 << 20;

/// Largest group: the law of its N is then one convolution of 10⁷ terms.
const MAX_GROUP: usize = 2048;

/// r blocks of k coordinates, each constant with weight p_A a sign; off them p_o a sign.
pub(super) struct Blocks {
    pub(super) blocks: usize,
    pub(super) block_size: usize,
    pub(super) p_a: f64,
    pub(super) p_o: f64,
}

/// Coordinates with one |w|, all in one block or all off A.
struct Group {
    block: usize,
    magnitude: f64,
    coordinates: Vec<usize>,
}

impl Group {
    fn size(&self) -> usize {
        self.coordinates.len()
    }
}

/// The groups, by block (off A is block r) and |w|. Off A a coordinate without weight is independent of the event, with mean
/// 0, and belongs to none.
fn groups(law: &Blocks, w: &[f64]) -> Vec<Group> {
    let mut found: BTreeMap<(usize, u64), Vec<usize>> = BTreeMap::new();
    for (l, weight) in w.iter().enumerate() {
        let block = (l / law.block_size).min(law.blocks);
        if block < law.blocks || *weight != 0.0 {
            found.entry((block, weight.abs().to_bits())).or_default().push(l);
        }
    }
    let group = |((block, bits), coordinates)| Group { block, magnitude: f64::from_bits(bits), coordinates };
    found.into_iter().map(group).collect()
}

/// +1 or −1; a weight of 0 counts as +.
fn sign(weight: f64) -> f64 {
    if weight < 0.0 { -1.0 } else { 1.0 }
}

/// The law of a sum of n independent signs that are ±1 with probability p each, else 0: weights of −n, …, n.
fn law_of_sum(n: usize, p: f64) -> Vec<f64> {
    let mut law = vec![1.0];
    for _ in 0..n {
        let mut next = vec![0.0; law.len() + 2];
        for (i, weight) in law.iter().enumerate() {
            next[i] += p * weight;
            next[i + 1] += (1.0 - 2.0 * p) * weight;
            next[i + 2] += p * weight;
        }
        law = next;
    }
    law
}

/// An independent part of the input: the values of its share of ⟨w,φ⟩, with their weights, which are signed by the label where
/// the part is φ_A.
struct Part {
    values: Vec<f64>,
    weights: Vec<f64>,
}

/// A group off A, with N at each of its values.
fn off_part(group: &Group, p_o: f64) -> (Part, Vec<f64>) {
    let n = group.size() as f64;
    let law = law_of_sum(group.size(), p_o);
    let atoms = law.iter().enumerate().filter(|(_, weight)| **weight > 0.0);
    let (sums, weights): (Vec<f64>, Vec<f64>) = atoms.map(|(i, weight)| (i as f64 - n, *weight)).unzip();
    (Part { values: sums.iter().map(|sum| sum * group.magnitude).collect(), weights }, sums)
}

/// φ_A: first the uniform part, as the numbers of signs against w in each group, the last group slowest; then each block at
/// +1 and at −1.
fn relevant_part(law: &Blocks, w: &[f64], groups: &[Group]) -> Part {
    let uniform = 1.0 - 2.0 * law.blocks as f64 * law.p_a;
    let (mut values, mut weights, mut parities) = (vec![0.0], vec![uniform], vec![0_u64]);
    for group in groups {
        let n = group.size();
        let signs = law_of_sum(n, 0.5);
        let against_all = group.coordinates.iter().filter(|l| w[**l] < 0.0).count();
        let (old_values, old_weights, old_parities) = (values, weights, parities);
        (values, weights, parities) = (Vec::new(), Vec::new(), Vec::new());
        for against in 0..=n {
            let sum = n as f64 - 2.0 * against as f64;
            values.extend(old_values.iter().map(|v| v + sum * group.magnitude));
            weights.extend(old_weights.iter().map(|weight| weight * signs[2 * (n - against)]));
            let odd = ((against + against_all) as u64 & 1) << group.block;
            parities.extend(old_parities.iter().map(|bits| bits ^ odd));
        }
    }
    // r is odd: y = −1 where most of the blocks' products are −1.
    let label = |bits: &u64| if 2 * bits.count_ones() as usize > law.blocks { -1.0 } else { 1.0 };
    weights.iter_mut().zip(&parities).for_each(|(weight, bits)| *weight *= label(bits));
    for block in w[..law.blocks * law.block_size].chunks_exact(law.block_size) {
        let sum: f64 = block.iter().sum();
        values.extend([sum, -sum]);
        weights.extend([law.p_a, -law.p_a]);
    }
    Part { values, weights }
}

/// A sum that carries its own rounding errors (Neumaier): its error is a few units of the last place of the largest partial
/// sum, whatever the number of terms.
#[derive(Clone, Copy, Default)]
struct Sum {
    sum: f64,
    lost: f64,
}

impl Sum {
    fn add(&mut self, term: f64) {
        let next = self.sum + term;
        self.lost += if self.sum.abs() >= term.abs() { (self.sum - next) + term } else { (term - next) + self.sum };
        self.sum = next;
    }

    fn value(self) -> f64 {
        self.sum + self.lost
    }
}

/// Every combination of the values of some parts: the first part's fastest.
struct Side {
    parts: Vec<usize>,
    values: Vec<f64>,
    weights: Vec<f64>,
    /// By rising value.
    order: Vec<usize>,
}

impl Side {
    fn new(parts: &[Part], chosen: Vec<usize>) -> Self {
        let (mut values, mut weights) = (vec![0.0], vec![1.0]);
        for part in chosen.iter().map(|p| &parts[*p]) {
            values = part.values.iter().flat_map(|more| values.iter().map(move |v| v + more)).collect();
            weights = part.weights.iter().flat_map(|more| weights.iter().map(move |p| p * more)).collect();
        }
        let mut order: Vec<usize> = (0..values.len()).collect();
        order.sort_unstable_by(|i, j| values[*i].total_cmp(&values[*j]));
        Self { parts: chosen, values, weights, order }
    }

    /// Adds to each value of each part of this side its weight times that of everything beyond b.
    fn reach(&self, other: &Self, b: f64, parts: &[Part], reached: &mut [Vec<f64>]) {
        let mut totals: Vec<Vec<Sum>> =
            self.parts.iter().map(|p| vec![Sum::default(); parts[*p].values.len()]).collect();
        let (mut beyond, mut taken) = (Sum::default(), other.order.iter().rev().peekable());
        for &i in &self.order {
            while let Some(&j) = taken.next_if(|j| self.values[i] + other.values[**j] > b) {
                beyond.add(other.weights[j]);
            }
            let (term, mut rest) = (self.weights[i] * beyond.value(), i);
            for total in &mut totals {
                let size = total.len();
                total[rest % size].add(term);
                rest /= size;
            }
        }
        for (part, total) in self.parts.iter().zip(totals) {
            reached[*part] = total.into_iter().map(Sum::value).collect();
        }
    }
}

/// For each value of each part, E[y 1{⟨w,φ⟩ > b} 1{the part has this value}]; `None` beyond [`MAX_SIDE`].
fn reached(parts: &[Part], b: f64) -> Option<Vec<Vec<f64>>> {
    let mut by_size: Vec<usize> = (0..parts.len()).collect();
    by_size.sort_by_key(|p| std::cmp::Reverse(parts[*p].values.len()));
    let (mut sides, mut sizes) = ([Vec::new(), Vec::new()], [1_usize; 2]);
    for part in by_size {
        let smaller = usize::from(sizes[1] < sizes[0]);
        sides[smaller].push(part);
        sizes[smaller] = sizes[smaller].checked_mul(parts[part].values.len()).filter(|n| *n <= MAX_SIDE)?;
    }
    let [left, right] = sides.map(|chosen| Side::new(parts, chosen));
    let mut found = vec![Vec::new(); parts.len()];
    left.reach(&right, b, parts, &mut found);
    right.reach(&left, b, parts, &mut found);
    Some(found)
}

/// (`E[yx 1{⟨w,x⟩ > b}]`, `E[y 1{⟨w,x⟩ > b}]`) for a finite w of dimension d; `None` where φ_A or either half of the groups
/// has more than 2²⁰ values, or a group more than 2048 coordinates.
///
/// # Guarantee
/// But for the comparison ⟨w,x⟩ > b, whose left side is rounded, each entry is within a few d units of roundoff of the exact
/// value: weights are products of at most d factors and sums of positive terms, and the sums over values are compensated.
pub(super) fn active_moments(law: &Blocks, w: &[f64], b: f64) -> Option<(DVector<f64>, f64)> {
    let all = groups(law, w);
    let cut = all.partition_point(|group| group.block < law.blocks);
    let (relevant, off) = all.split_at(cut);
    let values = |count: Option<usize>, group: &Group| count?.checked_mul(group.size() + 1).filter(|n| *n <= MAX_SIDE);
    relevant.iter().fold(Some(1), values)?;
    // p_o = 0 leaves every coordinate off A at 0.
    let off = if law.p_o > 0.0 { off } else { &[] };
    if all.iter().any(|group| group.size() > MAX_GROUP) {
        return None;
    }
    let (mut parts, sums): (Vec<Part>, Vec<Vec<f64>>) = off.iter().map(|group| off_part(group, law.p_o)).unzip();
    parts.push(relevant_part(law, w, relevant));
    let mut reached = reached(&parts, b)?;
    let on = reached.pop()?;
    let mut g = DVector::zeros(w.len());
    for ((group, sums), reached) in off.iter().zip(&sums).zip(&reached) {
        let mut mean = Sum::default();
        sums.iter().zip(reached).for_each(|(sum, weight)| mean.add(sum * weight));
        let mean = mean.value() / group.size() as f64;
        group.coordinates.iter().for_each(|&l| g[l] = sign(w[l]) * mean);
    }
    let (uniform, structured) = on.split_at(on.len() - 2 * law.blocks);
    let mut stride = 1;
    for group in relevant {
        let n = group.size();
        let mut mean = Sum::default();
        for (i, weight) in uniform.iter().enumerate() {
            mean.add((n as f64 - 2.0 * (i / stride % (n + 1)) as f64) * weight);
        }
        stride *= n + 1;
        let (mean, ends) = (mean.value() / n as f64, &structured[2 * group.block..]);
        group.coordinates.iter().for_each(|&l| g[l] = sign(w[l]) * mean + (ends[0] - ends[1]));
    }
    let mut label = Sum::default();
    on.iter().for_each(|weight| label.add(*weight));
    Some((g, label.value()))
}
