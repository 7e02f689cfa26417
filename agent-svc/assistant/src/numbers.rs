//! Counts, rates, medians and lines through points.

/// The middle of some numbers; between two when there are as many below as above.
pub(crate) fn median(numbers: &[f64]) -> Option<f64> {
    let mut sorted = numbers.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;

    match sorted.len() {
        0 => None,
        length if length % 2 == 1 => sorted.get(middle).copied(),
        _ => Some(f64::midpoint(sorted[middle - 1], sorted[middle])),
    }
}

pub(crate) fn mean(numbers: &[f64]) -> Option<f64> {
    (!numbers.is_empty()).then(|| numbers.iter().sum::<f64>() / as_number(numbers.len()))
}

/// `part` of `whole` in per cent.
pub(crate) fn percentage(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| round_tenth(100.0 * as_number(part) / as_number(whole)))
}

/// The line through points one step apart that is nearest to them by least squares: its slope, and how much of the
/// change it explains.
pub(crate) fn fit_line(numbers: &[f64]) -> Option<(f64, f64)> {
    if numbers.len() < 2 {
        return None;
    }
    let middle = (as_number(numbers.len()) - 1.0) / 2.0;
    let mean = mean(numbers)?;
    let (mut across, mut along, mut total) = (0.0, 0.0, 0.0);
    for (at, number) in numbers.iter().enumerate() {
        let step = as_number(at) - middle;
        across += step * (number - mean);
        along += step * step;
        total += (number - mean) * (number - mean);
    }

    let slope = across / along;
    let fit = if total == 0.0 {
        1.0
    } else {
        (slope * across / total).clamp(0.0, 1.0)
    };
    Some((slope, fit))
}

#[expect(clippy::cast_precision_loss, reason = "counts of records of one request")]
pub(crate) fn as_number(count: usize) -> f64 {
    count as f64
}

pub(crate) fn round_tenth(number: f64) -> f64 {
    (number * 10.0).round() / 10.0
}

pub(crate) fn round_hundredth(number: f64) -> f64 {
    (number * 100.0).round() / 100.0
}

/// A number as people write it: no decimals where there are none.
pub(crate) fn say_number(number: f64) -> String {
    let rounded = round_hundredth(number);
    if rounded == rounded.trunc() {
        format!("{rounded:.0}")
    } else {
        format!("{rounded}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_of_the_textbook() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), Some(2.5));
        assert_eq!(median(&[]), None);
        assert_eq!(mean(&[1.0, 2.0, 6.0]), Some(3.0));
        assert_eq!(percentage(1, 3), Some(33.3));
        assert_eq!(percentage(0, 0), None);

        assert_eq!(fit_line(&[1.0, 3.0, 5.0, 7.0]), Some((2.0, 1.0)));
        assert_eq!(fit_line(&[5.0, 5.0, 5.0]), Some((0.0, 1.0)));
        let (slope, fit) = fit_line(&[1.0, 2.0, 1.0, 2.0]).unwrap();
        assert!(
            (slope - 0.2).abs() < 1e-12 && (fit - 0.2).abs() < 1e-12,
            "{slope} {fit}"
        );
        assert_eq!(fit_line(&[1.0]), None);
        assert_eq!(
            (say_number(2.0), say_number(2.345)),
            ("2".to_owned(), "2.35".to_owned())
        );
    }
}
