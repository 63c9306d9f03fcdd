//! The search for the least value at which a claim holds.

use proptest::prelude::*;
use provably::studies::bisection::{Bracket, decisions, fractions, search, whole_numbers};

/// The search over `values` where the claim holds from position `from` on, and how many decisions it made.
fn searched(values: usize, from: usize) -> (Bracket, u32) {
    let mut made = 0;
    let found = search(values, |at| {
        made += 1;
        Ok::<_, ()>(at >= from)
    });
    (found.unwrap(), made)
}

/// Every list up to 200 values and every position of the first that holds: enumerated.
#[test]
fn the_first_value_that_holds_is_found_within_the_decisions_split_over() {
    for values in 1..=200 {
        for from in 0..=values {
            let (found, made) = searched(values, from);
            let expected = if from == values {
                Bracket { fails: Some(values - 1), holds: None }
            } else {
                Bracket { fails: from.checked_sub(1), holds: Some(from) }
            };
            assert_eq!(found, expected, "{values} values, holds from {from}");
            assert!(made <= decisions(values), "{made} decisions over {values} values, {} allowed", decisions(values));
        }
    }
    assert_eq!(searched(0, 0).0, Bracket { fails: None, holds: None });
}

/// A decision that cannot be made ends the search: nothing is found that was not decided.
#[test]
fn an_error_ends_the_search() {
    assert_eq!(search(10, |at| if at == 9 { Ok(true) } else { Err("interrupted") }), Err("interrupted"));
}

proptest! {
    #[test]
    fn whole_numbers_reach_from_1_to_the_bound_without_wide_gaps(most in 1_u64..1_000_000_000_000) {
        let values = whole_numbers(most);
        prop_assert_eq!((values[0], *values.last().unwrap()), (1, most));
        for pair in values.windows(2) {
            prop_assert!(pair[0] < pair[1]);
            prop_assert!(pair[1] == pair[0] + 1 || pair[1] as f64 <= 1.15 * pair[0] as f64, "{pair:?}");
        }
    }

    #[test]
    fn fractions_reach_from_a_part_of_the_bound_to_the_bound(most in 1e-6..1e3_f64, span in 2.0..100.0_f64) {
        let values = fractions(most, span);
        prop_assert_eq!(*values.last().unwrap(), most);
        prop_assert!((values[0] * span / most - 1.0).abs() < 1e-12);
        prop_assert!(values.windows(2).all(|v| v[0] < v[1] && v[1] <= 1.15 * v[0] * (1.0 + 1e-12)));
    }
}
