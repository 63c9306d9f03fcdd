//! What is fuzzed: each target takes any bytes and panics where a promise is broken. The fuzzer's programs and the tests that run
//! its corpus share this file.

use provably::certificate::budget::Budget;
use provably::certificate::checker::{check, read};
use provably::certificate::claim::Claim;
use provably::certificate::expression::{Meaning, Term};
use provably::certificate::interval::Interval;
use provably::certificate::refusal::Checked;
use provably::certificate::theory::Theory;
use provably::theorems::theory;
use provably::wellformed;
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::sync::OnceLock;

/// Certificates as text: what is read is read again from what it writes.
pub fn reader(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(certificate) = read(text) {
        let again = serde_json::to_string(&certificate).expect("a certificate is written");
        assert_eq!(read(&again).expect("what was written is read"), certificate);
        // Its refusal is its own business; that there is an answer is not.
        let _ = check(&certificate, built_in(), &[]);
    }
}

/// Values of an edited document, beyond which it is edited no more.
const MOST_PLACES: usize = 20_000;

/// Symbols without values but for a few.
struct Few(Budget);

impl Meaning for Few {
    fn symbol(&self, name: &str) -> Option<Interval> {
        match name {
            "d" => Some(Interval::from_integer(10)),
            "x" => Interval::from_f64(0.1).ok().map(|x| x.hull(&Interval::from_integer(3))),
            _ => None,
        }
    }
    fn exact(&self, name: &str) -> Option<dashu_ratio::RBig> {
        (name == "d").then(|| 10.into())
    }
    fn data(&self, _: &str, _: &[Interval]) -> Checked<Option<Interval>> {
        Ok(None)
    }
    fn budget(&self) -> &Budget {
        &self.0
    }
}

/// A line for a term or a claim, many for a theory text: what parses prints as it was written, and has a value or a refusal.
pub fn language(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(term) = Term::parse(text) {
        assert_eq!(term.to_string(), text);
        let few = Few(Budget::default());
        let enclosure = term.evaluate(&few);
        if let (Ok(enclosure), Some(exact)) = (enclosure, term.exact(&few)) {
            assert!(enclosure.lower_end().certainly_le(&Interval::from_rational(&exact).upper_end()), "{text}");
            assert!(Interval::from_rational(&exact).lower_end().certainly_le(&enclosure.upper_end()), "{text}");
        }
    }
    if let Ok(claim) = Claim::parse(text) {
        assert_eq!(claim.to_string(), text);
    }
    if let Ok(theirs) = Theory::parse(text) {
        for theorem in theirs.theorems() {
            for variant in wellformed::variants(&theirs, theorem).iter().take(100) {
                let _ = theirs.statement(theorem, variant);
            }
        }
    }
    let _ = wellformed::parse(text);
}

/// An honest certificate, edited as the bytes say: what is accepted has the verdict, the axioms and the error rate that it says.
pub fn checker(data: &[u8]) {
    let mut source = Source(data);
    let bases = bases();
    let mut document = bases[usize::from(source.byte()) % bases.len()].clone();
    while !source.0.is_empty() {
        edit(&mut document, &mut source);
    }
    let Ok(certificate) = read(&document.to_string()) else { return };
    if let Ok(verified) = check(&certificate, built_in(), &[]) {
        assert_eq!((&verified.verdict, &verified.axioms), (&certificate.verdict, &certificate.axioms));
        assert_eq!(verified.statement, certificate.statement);
        assert!(verified.error_rate < 0.5 && verified.axioms.iter().any(|a| a == "trials-as-recorded"));
    }
}

fn built_in() -> &'static Theory {
    theory().expect("the built-in theory reads")
}

/// The honest certificates of the public corpus, smallest first: an edit of a small one is quick to check.
fn bases() -> &'static [Value] {
    static BASES: OnceLock<Vec<Value>> = OnceLock::new();
    BASES.get_or_init(|| {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().map(|up| up.join("tests/corpus/honest"));
        let folder = folder.into_iter().find(|path| path.is_dir()).expect("tests/corpus/honest");
        let files = fs::read_dir(folder).expect("the corpus").flatten().map(|entry| entry.path());
        let mut texts: Vec<String> = files
            .filter(|path| path.extension().is_some_and(|e| e == "json"))
            .map(|path| fs::read_to_string(path).expect("a certificate"))
            .collect();
        texts.sort_by_key(|text| (text.len(), text.clone()));
        texts.iter().map(|text| serde_json::from_str(text).expect("JSON")).collect()
    })
}

/// Bytes that decide; zeros once they are used up.
struct Source<'d>(&'d [u8]);

impl Source<'_> {
    fn byte(&mut self) -> u8 {
        let (first, rest) = self.0.split_first().map_or((0, self.0), |(first, rest)| (*first, rest));
        self.0 = rest;
        first
    }

    fn number(&mut self) -> usize {
        usize::from(self.byte()) << 8 | usize::from(self.byte())
    }

    fn text(&mut self) -> String {
        let length = usize::from(self.byte() % 64).min(self.0.len());
        let (text, rest) = self.0.split_at(length);
        self.0 = rest;
        String::from_utf8_lossy(text).into_owned()
    }
}

/// Every value in a document, the document itself first.
fn places(value: &Value, at: String, found: &mut Vec<String>) {
    match value {
        Value::Array(list) => list.iter().enumerate().for_each(|(i, v)| places(v, format!("{at}/{i}"), found)),
        Value::Object(map) => map.iter().for_each(|(key, v)| places(v, format!("{at}/{key}"), found)),
        _ => {}
    }
    found.push(at);
}

/// One edit: a value replaced by another of the document or by one of the input, taken out, put in twice, or exchanged.
fn edit(document: &mut Value, source: &mut Source<'_>) {
    let mut all = Vec::new();
    places(document, String::new(), &mut all);
    // Copies of copies grow without end.
    if all.len() > MOST_PLACES {
        source.0 = &[];
        return;
    }
    let (how, place) = (source.byte() % 8, all[source.number() % all.len()].clone());
    let other = all[source.number() % all.len()].clone();
    let copy = document.pointer(&other).cloned().unwrap_or(Value::Null);
    let new = match how {
        0 => Value::String(source.text()),
        1 => Value::from(source.number()),
        2 => Value::from(f64::from_bits(u64::from_le_bytes(std::array::from_fn(|_| source.byte())))),
        3 => serde_json::from_str(&source.text()).unwrap_or(Value::Null),
        _ => copy.clone(),
    };
    let (parent, last) = place.rsplit_once('/').map_or(("", ""), |(parent, last)| (parent, last));
    match (how, document.pointer_mut(parent)) {
        (5, Some(Value::Array(list))) => {
            if let Ok(index) = last.parse::<usize>() {
                let index = index.min(list.len());
                list.insert(index, copy);
            }
        }
        (6, Some(Value::Array(list))) => {
            if let Some(index) = last.parse::<usize>().ok().filter(|i| *i < list.len()) {
                list.remove(index);
            }
        }
        (6, Some(Value::Object(map))) => {
            map.shift_remove(last);
        }
        (7, Some(Value::Array(list))) => {
            if let Some(index) = last.parse::<usize>().ok().filter(|i| *i + 1 < list.len()) {
                list.swap(index, index + 1);
            }
        }
        _ => {
            if let Some(value) = document.pointer_mut(&place) {
                *value = new;
            }
        }
    }
}
