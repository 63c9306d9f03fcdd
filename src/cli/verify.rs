//! `verify`: a certificate checked again, and its trials run again.

use super::heading::Heading;
use super::program::{Failure, INTERRUPTED, print, print_json};
use crate::certificate::checker;
use crate::check;
use crate::registry::Registry;
use crate::report::{json, text};
use crate::wellformed;
use std::io::Read;
use std::path::PathBuf;

pub(super) fn verify(
    registry: &'static Registry,
    path: &std::path::Path,
    replay: bool,
    texts: &[PathBuf],
    permit: &[String],
    as_json: bool,
) -> Result<u8, Failure> {
    let shown = path.display();
    let (mut text, most) = (String::new(), checker::MAX_BYTES as u64);
    let file = std::fs::File::open(path).and_then(|file| file.take(most + 1).read_to_string(&mut text));
    if text.len() > checker::MAX_BYTES {
        return Err(format!("too-costly: {shown} is longer than the {most} bytes a certificate may have").into());
    }
    file.map_err(|e| format!("cannot read {shown}: {e}"))?;
    // A file that is no certificate at all is bad input; one that is a certificate and wrong is invalid.
    serde_json::from_str::<Heading>(&text).map_err(|e| {
        let kind = if e.is_data() { "a certificate" } else { "JSON" };
        format!("{shown} is not {kind}: {e}")
    })?;
    let (mut extended, mut last) = (registry.theory()?.clone(), None);
    for text in texts {
        let shown = text.display();
        let read = std::fs::read_to_string(text).map_err(|e| format!("--theory {shown}: cannot be read: {e}"))?;
        let more = wellformed::extend(&extended, &read, true).map_err(|e| format!("--theory {shown}: {e}"))?;
        last = more.extensions.keys().find(|name| !extended.extensions.contains_key(*name)).cloned();
        extended = more;
    }
    let theory = &extended;
    let papers = || theory.permissible();
    if let Some(name) = permit.iter().find(|name| !papers().any(|paper| paper == *name)) {
        let (known, list) = (theory.axiom(name).is_some(), papers().collect::<Vec<_>>().join(", "));
        let what = if known { "an axiom that needs no permission" } else { "no axiom of the theory" };
        return Err(format!("--permit {name}: {what}; those that need it are {list}").into());
    }
    let read = checker::read(&text);
    let outcome = read.clone().and_then(|certificate| checker::check(&certificate, theory, permit));
    if let (Ok(certificate), Ok(verified)) = (&read, &outcome) {
        let used = |name: &String| verified.axioms.contains(name) || certificate.theorem == *name;
        if let Some(name) = permit.iter().find(|name| !used(name)) {
            return Err(format!("--permit {name} is not used by {shown}, which does not rest on it").into());
        }
        // Those before the last one may be what it builds on.
        if let Some(name) = last.filter(|name| !certificate.theories.contains_key(name)) {
            return Err(format!("--theory: {shown} does not rest on the theory `{name}`").into());
        }
    }
    let mut difference = None;
    if replay && let (Ok(certificate), Ok(_)) = (&read, &outcome) {
        let theorem = registry.find(&certificate.theorem).ok_or_else(|| {
            format!(
                "--replay: {} is known by its text alone; the program that runs it can replay it",
                certificate.theorem
            )
        })?;
        difference = check::replay(certificate, theorem, &INTERRUPTED).err();
    }
    if as_json {
        print_json(&json::verify(theory, &outcome, difference.as_ref(), replay))?;
    } else {
        print(&text::verify(theory, &outcome, difference.as_ref(), replay));
    }
    Ok(u8::from(outcome.is_err() || difference.is_some()))
}
