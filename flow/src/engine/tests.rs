//! What users read when a run took too long.

use super::*;

#[test]
fn a_limit_is_told_in_words() {
    let told = [55 * 60, 60, 30].map(|seconds| too_slow_message(Duration::from_secs(seconds)));
    assert_eq!(
        told,
        [
            "It took longer than 55 minutes and was stopped.",
            "It took longer than a minute and was stopped.",
            "It took longer than 30 seconds and was stopped.",
        ]
    );
}
