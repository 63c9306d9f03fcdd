//! A forgery as the edits of an honest certificate: how they are found, and how they are made. The Python runner makes them too.
//!
//! Edits are made in order, each on what the ones before it left: `["set", POINTER, VALUE]` replaces or adds, `["insert", POINTER,
//! VALUE]` puts an element before the one at that place of a list, `["remove", POINTER]` takes one out. A last `["text", FROM, TO]`
//! replaces the first occurrence in the file's text, without blanks between tokens.

use serde_json::{Value, json};

/// The file that the edits make of a certificate.
pub(crate) fn materialised(base: &Value, edits: &[Value]) -> String {
    let (mut document, mut replaced) = (base.clone(), Vec::new());
    for edit in edits {
        let part = |i: usize| edit[i].as_str().unwrap_or_else(|| panic!("no edit: {edit}"));
        let (path, key) = part(1).rsplit_once('/').unwrap_or(("", ""));
        match part(0) {
            "text" => replaced.push((part(1), part(2))),
            "set" if part(1).is_empty() => document = edit[2].clone(),
            operation => {
                let place = document.pointer_mut(path).unwrap_or_else(|| panic!("no {path}"));
                match (operation, place) {
                    ("set", Value::Object(fields)) => drop(fields.insert(key.into(), edit[2].clone())),
                    ("set", Value::Array(list)) => list[key.parse::<usize>().unwrap()] = edit[2].clone(),
                    ("insert", Value::Array(list)) => list.insert(key.parse().unwrap(), edit[2].clone()),
                    ("remove", Value::Array(list)) => drop(list.remove(key.parse().unwrap())),
                    ("remove", Value::Object(fields)) => drop(fields.shift_remove(key).unwrap()),
                    _ => panic!("no edit: {edit}"),
                }
            }
        }
    }
    replaced.into_iter().fold(document.to_string(), |text, (from, to)| {
        assert!(text.contains(from), "no `{from}` in the text");
        text.replacen(from, to, 1)
    })
}

/// The edits that make one document of the other.
pub(crate) fn edits(base: &Value, other: &Value) -> Vec<Value> {
    let mut found = Vec::new();
    compare(base, other, "", &mut found);
    found
}

fn compare(base: &Value, other: &Value, path: &str, found: &mut Vec<Value>) {
    match (base, other) {
        _ if base == other => {}
        (Value::Object(old), Value::Object(new)) => {
            for key in old.keys().filter(|key| !new.contains_key(*key)) {
                found.push(json!(["remove", format!("{path}/{key}")]));
            }
            for (key, value) in new {
                match old.get(key) {
                    Some(before) => compare(before, value, &format!("{path}/{key}"), found),
                    None => found.push(json!(["set", format!("{path}/{key}"), value])),
                }
            }
        }
        (Value::Array(old), Value::Array(new)) if new.iter().any(Value::is_object) => {
            let pairs = aligned(old, new);
            for i in (0..old.len()).rev().filter(|i| !pairs.iter().any(|(before, _)| before == i)) {
                found.push(json!(["remove", format!("{path}/{i}")]));
            }
            for (i, value) in new.iter().enumerate().filter(|(i, _)| !pairs.iter().any(|(_, after)| after == i)) {
                found.push(json!(["insert", format!("{path}/{i}"), value]));
            }
            pairs
                .iter()
                .for_each(|&(before, after)| compare(&old[before], &new[after], &format!("{path}/{after}"), found));
        }
        _ => found.push(json!(["set", path, other])),
    }
}

/// What an element of a list is known by.
fn label(element: &Value) -> Value {
    json!([element["rule"], element["axiom"], element["name"], element["defines"][0]["name"], element["claim"]])
}

/// A longest common subsequence of the elements' labels.
fn aligned(old: &[Value], new: &[Value]) -> Vec<(usize, usize)> {
    let [before, after] = [old, new].map(|list| list.iter().map(label).collect::<Vec<_>>());
    let mut lengths = vec![vec![0; after.len() + 1]; before.len() + 1];
    for (i, x) in before.iter().enumerate().rev() {
        for (j, y) in after.iter().enumerate().rev() {
            lengths[i][j] = if x == y { lengths[i + 1][j + 1] + 1 } else { lengths[i + 1][j].max(lengths[i][j + 1]) };
        }
    }
    let (mut i, mut j, mut pairs) = (0, 0, Vec::new());
    while i < before.len() && j < after.len() {
        if before[i] == after[j] {
            pairs.push((i, j));
            (i, j) = (i + 1, j + 1);
        } else if lengths[i + 1][j] >= lengths[i][j + 1] {
            i += 1;
        } else {
            j += 1;
        }
    }
    pairs
}
