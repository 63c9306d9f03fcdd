//! The values a parameter runs through, as they are written on the command line.

/// Values of a parameter: `lo..hi` in `points` steps of one ratio, or a list. Whole ends give whole values, odd ones if both ends
/// are odd.
///
/// # Errors
/// What is neither, in words.
pub fn values(text: &str, points: usize) -> Result<Vec<f64>, String> {
    let number = |word: &str| {
        let value = word.trim().parse::<f64>().ok().filter(|x| x.is_finite());
        value.ok_or_else(|| format!("`{}` is not a finite number", word.trim()))
    };
    let Some((low, high)) = text.split_once("..") else { return text.split(',').map(number).collect() };
    let (low, high) = (number(low)?, number(high)?);
    if !(low > 0.0 && high > 0.0) {
        return Err(format!("the ends of {text} must be greater than 0: values are a ratio apart"));
    }
    if !(4..=1000).contains(&points) {
        return Err(format!("points = {points} is not allowed: an exponent needs from 4 to 1000"));
    }
    let multiple = |of: f64, offset: f64| [low, high].iter().all(|x| ((x - offset) / of).fract().abs() <= 0.0);
    let round = |x: f64| match (multiple(1.0, 0.0), multiple(2.0, 1.0)) {
        (_, true) => 2.0 * ((x - 1.0) / 2.0).round() + 1.0,
        (true, _) => x.round(),
        _ => x,
    };
    let at = |i: usize| low * libm::pow(high / low, i as f64 / (points - 1) as f64);
    let mut values: Vec<f64> = (0..points).map(|i| round(at(i))).collect();
    // The ends as they were given, and no value twice.
    if let Some(last) = values.last_mut() {
        *last = high;
    }
    values.dedup();
    Ok(values)
}
