//! What is asked for, in words.

use super::{Form, Gradients};

/// A list in words.
pub(crate) fn join<T: ToString>(list: &[T]) -> String {
    let words: Vec<String> = list.iter().map(ToString::to_string).collect();
    match words.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., end] => format!("{} and {end}", most.join(", ")),
    }
}

/// `--form a --gradients fresh`, as far as they are given.
pub(crate) fn run_in_words(form: Option<Form>, gradients: Option<Gradients>) -> String {
    let parts = [form.map(|f| format!("--form {f}")), gradients.map(|g| format!("--gradients {g}"))];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}
