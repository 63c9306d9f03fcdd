//! docs/certificate.schema.json against real certificates and their mutants.

use crate::common::{all, certificate};
use provably::certificate::checker;
use provably::certificate::expression::numeral;
use serde_json::{Value, json};

const SCHEMA: &str = include_str!("../../docs/certificate.schema.json");

/// The schema's pattern of a recorded end.
const DECIMAL: &str = concat!(
    r"^-?inf$|^0$|^-?[1-9]([0-9]*[1-9])?0{0,20}$|^-?(0|[1-9][0-9]*)\.[0-9]{0,23}[1-9]$",
    r"|^-?[1-9]([0-9]*[1-9])?e(2[1-9]|[3-9][0-9]|[1-9][0-9]{2,3}|-(2[5-9]|[3-9][0-9]|[1-9][0-9]{2,3}))$"
);

/// What of a schema only describes.
const ANNOTATIONS: [&str; 5] = ["$schema", "$id", "$defs", "title", "description"];

/// Whether a document obeys a schema; the first place where it does not. Knows the keywords the published schema uses, and
/// refuses others rather than skip them.
fn obeys(schema: &Value, document: &Value, root: &Value, path: &str) -> Result<(), String> {
    let fail = |keyword: &str| Err(format!("{path}: {keyword} of {schema}"));
    for (keyword, rule) in schema.as_object().ok_or("a schema is an object")? {
        let holds = match keyword.as_str() {
            k if ANNOTATIONS.contains(&k) => true,
            "$ref" => {
                let target = rule.as_str().and_then(|r| root.pointer(r.strip_prefix('#')?)).ok_or("a dangling $ref")?;
                obeys(target, document, root, path)?;
                true
            }
            "const" => document == rule,
            "enum" => rule.as_array().is_some_and(|all| all.contains(document)),
            "type" => match rule.as_str() {
                Some("object") => document.is_object(),
                Some("array") => document.is_array(),
                Some("string") => document.is_string(),
                Some("number") => document.is_number(),
                Some("integer") => document.is_i64() || document.is_u64(),
                _ => return fail("unknown type"),
            },
            "required" => {
                rule.as_array().is_some_and(|all| all.iter().all(|k| document.get(k.as_str().unwrap()).is_some()))
            }
            "properties" => {
                for (key, inner) in rule.as_object().ok_or("properties is an object")? {
                    document.get(key).map_or(Ok(()), |value| obeys(inner, value, root, &format!("{path}/{key}")))?;
                }
                true
            }
            "additionalProperties" => {
                let known = |key: &String| schema.get("properties").is_some_and(|p| p.get(key).is_some());
                let others = document.as_object().into_iter().flatten().filter(|(key, _)| !known(key));
                for (key, value) in others {
                    if *rule == json!(false) {
                        return fail(&format!("unknown key {key}"));
                    }
                    obeys(rule, value, root, &format!("{path}/{key}"))?;
                }
                true
            }
            "items" => {
                for (i, value) in document.as_array().into_iter().flatten().enumerate() {
                    obeys(rule, value, root, &format!("{path}/{i}"))?;
                }
                true
            }
            "minItems" => document.as_array().is_none_or(|list| list.len() as u64 >= rule.as_u64().unwrap()),
            "maxItems" => document.as_array().is_none_or(|list| list.len() as u64 <= rule.as_u64().unwrap()),
            "uniqueItems" => {
                document.as_array().is_none_or(|list| (1..list.len()).all(|i| !list[..i].contains(&list[i])))
            }
            "minLength" => document.as_str().is_none_or(|s| s.chars().count() as u64 >= rule.as_u64().unwrap()),
            "minimum" => document.as_u64().is_none_or(|n| n >= rule.as_u64().unwrap()) && !is_negative(document),
            "maximum" => document.as_u64().is_none_or(|n| n <= rule.as_u64().unwrap()),
            "pattern" => document.as_str().is_none_or(|s| matches(rule.as_str().unwrap(), s)),
            _ => return fail(&format!("a keyword this test does not know, {keyword}")),
        };
        if !holds {
            return fail(keyword);
        }
    }
    Ok(())
}

fn is_negative(number: &Value) -> bool {
    number.as_f64().is_some_and(|x| x < 0.0)
}

/// The schema's patterns, by hand.
fn matches(pattern: &str, text: &str) -> bool {
    let digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    let word = |s: &str| s.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    match pattern {
        "^0$|^-?[1-9][0-9]*(/[1-9][0-9]*)?$" => {
            let (over, under) = text.split_once('/').map_or((text, None), |(p, q)| (p, Some(q)));
            let positive = |s: &str| digits(s) && !s.starts_with('0');
            text == "0" || positive(over.strip_prefix('-').unwrap_or(over)) && under.is_none_or(positive)
        }
        "^[A-Za-z][A-Za-z0-9_]*$" => text.starts_with(|c: char| c.is_ascii_alphabetic()) && word(text),
        "^[a-z][a-z0-9_]*$" => {
            text.starts_with(|c: char| c.is_ascii_lowercase()) && word(text) && text == text.to_ascii_lowercase()
        }
        "^0\\.[0-9]{0,5}[1-9]$" => {
            text.strip_prefix("0.").is_some_and(|f| digits(f) && f.len() <= 6 && !f.ends_with('0'))
        }
        // The kernel's own spelling; the second checker's tests hold the pattern itself against its own.
        DECIMAL => {
            let size = text.strip_prefix('-').unwrap_or(text);
            size == "inf" || text == "0" || size != "0" && numeral(size).is_some()
        }
        other => panic!("a pattern this test does not know: {other}"),
    }
}

fn schema() -> Value {
    serde_json::from_str(SCHEMA).unwrap()
}

fn verdict(document: &Value) -> Result<(), String> {
    obeys(&schema(), document, &schema(), "")
}

/// Catches a published schema that real certificates do not obey.
#[test]
fn every_certificate_obeys_the_schema() {
    for (name, certificate) in all() {
        let document = serde_json::to_value(certificate).unwrap();
        verdict(&document).unwrap_or_else(|e| panic!("{name}: {e}"));
    }
}

/// Catches a schema that leaves an object open or a field optional where the reader does not, and the other way round.
#[test]
fn the_schema_is_as_strict_as_the_reader() {
    for name in ["form c1", "form c2"] {
        let document = serde_json::to_value(certificate(name)).unwrap();
        let (mut missing, mut objects) = (0, Vec::new());
        objects_of(&document, String::new(), &mut objects);
        assert!(objects.len() > 50, "{name}");
        for path in objects.iter().filter(|p| !p.starts_with("/info")) {
            let fields = document.pointer(path).unwrap().as_object().unwrap();
            for key in fields.keys() {
                let mutant = edited(&document, path, |fields| drop(fields.remove(key)));
                let (schema, reader) = (verdict(&mutant), checker::read(&mutant.to_string()));
                assert_eq!(schema.is_ok(), reader.is_ok(), "{name}: {path} without {key}: {schema:?}, {reader:?}");
                missing += usize::from(schema.is_err());
                let null = edited(&document, path, |fields| drop(fields.insert(key.clone(), Value::Null)));
                if !(path.is_empty() && key == "info") {
                    assert!(verdict(&null).is_err() && checker::read(&null.to_string()).is_err(), "{path}/{key} null");
                }
            }
            if path != "/variant" {
                let mutant = edited(&document, path, |fields| drop(fields.insert("unknown".into(), json!("x"))));
                assert!(verdict(&mutant).is_err(), "{name}: {path} with an unknown key obeys the schema");
                assert!(checker::read(&mutant.to_string()).is_err(), "{name}: {path} with an unknown key is read");
            }
        }
        assert!(missing > 100, "{name}: only {missing} fields are required");
    }
}

/// Catches values the schema should refuse by their type, range or spelling.
#[test]
fn the_schema_refuses_wrong_values() {
    let document = serde_json::to_value(certificate("form c2")).unwrap();
    for (path, value) in [
        ("/format", json!("provably-certificate/1")),
        ("/verdict", json!("proved")),
        ("/variant/form", json!(1)),
        ("/steps", json!([])),
        ("/steps/0/rule", json!("assume")),
        ("/steps/0/defines/0/name", json!("a b")),
        ("/steps/0/defines/0/value", json!(["1"])),
        ("/steps/0/defines/0/value/0", json!("one")),
        ("/steps/0/defines/0/value/0", json!("0.10")),
        ("/steps/0/defines/0/value/0", json!("1e5")),
        ("/steps/0/defines/0/value/0", json!("-0")),
        ("/trials/seed", json!(-1)),
        ("/trials/seed", json!(1.5)),
        ("/trials/count", json!(0)),
        ("/trials/error", json!("1")),
        ("/trials/error", json!(0.01)),
        ("/trials/events/0/failed", json!("0")),
        ("/support/labels/0", json!(0)),
        ("/support/points/0/0", json!("1")),
        ("/support/label_weighted_sums/0", json!("1.5")),
        ("/support/label_weighted_sums/0", json!("-0")),
        ("/axioms", json!(["hit-count", "hit-count"])),
    ] {
        let mut mutant = document.clone();
        *mutant.pointer_mut(path).unwrap_or_else(|| panic!("no {path}")) = value;
        assert!(verdict(&mutant).is_err(), "{path} obeys the schema: {}", mutant.pointer(path).unwrap());
    }
}

fn objects_of(value: &Value, path: String, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            fields.iter().for_each(|(key, inner)| objects_of(inner, format!("{path}/{key}"), found));
            found.push(path);
        }
        Value::Array(list) => {
            list.iter().enumerate().for_each(|(i, inner)| objects_of(inner, format!("{path}/{i}"), found));
        }
        _ => {}
    }
}

fn edited(document: &Value, path: &str, edit: impl FnOnce(&mut serde_json::Map<String, Value>)) -> Value {
    let mut mutant = document.clone();
    edit(mutant.pointer_mut(path).unwrap().as_object_mut().unwrap());
    mutant
}
