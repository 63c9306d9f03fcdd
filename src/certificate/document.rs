//! The certificate as it stands in a file. Its schema is published as `docs/certificate.schema.json`.

use super::theory::Variant;
use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// The one format this kernel reads.
pub const FORMAT: &str = "provably-certificate/2";

/// A certificate: the theorem's instantiated statement, its derivation, and what the trials showed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Certificate {
    /// [`FORMAT`].
    pub format: String,
    /// Theorem id.
    pub theorem: String,
    /// How it is instantiated. No key stands twice, so that no two readers can take it differently.
    #[serde(deserialize_with = "serde_with::rust::maps_duplicate_key_is_error::deserialize")]
    pub variant: Variant,
    /// The root claim with its numbers put in, and what the trials showed of it.
    pub statement: String,
    /// `corroborated`, `refuted` or `inconclusive`.
    pub verdict: String,
    /// The theories that it rests on beside the first, with the SHA-256 of their texts.
    #[serde(
        default,
        deserialize_with = "serde_with::rust::maps_duplicate_key_is_error::deserialize",
        skip_serializing_if = "BTreeMap::is_empty"
    )]
    pub theories: BTreeMap<String, String>,
    /// The rows, where the data is a finite support.
    #[serde(default, deserialize_with = "some_object", skip_serializing_if = "Option::is_none")]
    pub support: Option<SupportRecord>,
    /// Every rule application, in order.
    #[serde(deserialize_with = "objects")]
    pub steps: Vec<StepRecord>,
    /// The trials.
    #[serde(deserialize_with = "object")]
    pub trials: TrialsRecord,
    /// Every axiom the certificate rests on, sorted.
    pub axioms: Vec<String>,
    /// Host, versions, timings: claims nothing and is not checked, and is short.
    pub info: Info,
}

/// The rows of a finite support.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SupportRecord {
    /// One list per row; every number is the f64 nearest to it.
    pub points: Vec<Vec<f64>>,
    /// −1 or 1.
    pub labels: Vec<i8>,
    /// Σ y x per coordinate, exact.
    pub label_weighted_sums: Vec<String>,
}

/// One rule application.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StepRecord {
    /// `choice`, `definition`, `axiom`, `inequality`, `weaken`, `union`, `counted` or `trials`.
    pub rule: String,
    /// The axiom that is applied or defines.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub axiom: Option<String>,
    /// Numbers of the premises.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub from: Vec<usize>,
    /// Symbols defined.
    #[serde(default, deserialize_with = "objects", skip_serializing_if = "Vec::is_empty")]
    pub defines: Vec<DefinitionRecord>,
    /// Inequalities an axiom needed and the kernel found to hold.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<String>,
    /// What is proved.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub claim: Option<String>,
}

/// One symbol.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DefinitionRecord {
    /// The symbol.
    pub name: String,
    /// The term.
    pub is: String,
    /// Decimals that enclose its value; where that is a short decimal, it itself.
    pub value: [String; 2],
}

/// The recorded trials.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrialsRecord {
    /// Seed of the trials' streams.
    pub seed: u64,
    /// Trials run.
    pub count: u64,
    /// Trials of which it is certified that they never met the bound.
    pub failures: u64,
    /// Trials that took all their steps without a certificate of success or of failure: counted like those cut short.
    pub uncertified: u64,
    /// Trials cut short: failures in the upper bound, successes in the lower.
    pub cut: u64,
    /// 1 − confidence: the error rate of everything the trials are said to show; at most six places.
    pub error: String,
    /// Events of the initialisation and of the first step: judged in every trial, failed where they did not occur.
    #[serde(deserialize_with = "objects")]
    pub events: Vec<CountRecord>,
    /// Obligations of the trajectory: judged where the events they assume held, failed where clearly broken.
    #[serde(deserialize_with = "objects")]
    pub obligations: Vec<CountRecord>,
}

/// Count of one event or obligation over the trials.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CountRecord {
    /// Name.
    pub name: String,
    /// Trials in which it was judged.
    pub judged: u64,
    /// Trials in which it failed.
    pub failed: u64,
}

/// Most bytes of a certificate's `info`, and most brackets of it that are open at once.
const MAX_INFO_BYTES: usize = 2 << 20;
const MAX_INFO_DEPTH: usize = 127;

/// Notes beside a certificate, as they stand: they are never parsed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Info(String);

impl Info {
    /// Their JSON text.
    pub fn text(&self) -> &str {
        &self.0
    }
}

impl From<serde_json::Value> for Info {
    fn from(notes: serde_json::Value) -> Self {
        Self(notes.to_string())
    }
}

impl Serialize for Info {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        RawValue::from_string(self.0.clone()).map_err(serde::ser::Error::custom)?.serialize(out)
    }
}

impl<'de> Deserialize<'de> for Info {
    fn deserialize<D: Deserializer<'de>>(field: D) -> Result<Self, D::Error> {
        let text = Box::<RawValue>::deserialize(field)?;
        let long = text.get().len() > MAX_INFO_BYTES;
        if long || deepest(text.get()) > MAX_INFO_DEPTH {
            return Err(Error::custom(format!(
                "info is longer than {MAX_INFO_BYTES} bytes, or deeper than {MAX_INFO_DEPTH}"
            )));
        }
        Ok(Self(text.get().into()))
    }
}

/// Most brackets of a JSON text that are open at once; those in strings are none.
fn deepest(text: &str) -> usize {
    let (mut depth, mut most, mut quoted, mut escaped) = (0_usize, 0, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => quoted = !quoted,
            b'[' | b'{' if !quoted => depth = depth.saturating_add(1),
            b']' | b'}' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
        most = depth.max(most);
    }
    most
}

/// An optional field is absent or has a value; `null` is neither.
fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(field: D) -> Result<Option<T>, D::Error> {
    T::deserialize(field).map(Some)
}

/// Reads a record from an object: serde's own readers take a list of the fields' values as well, which no schema allows.
fn record<T: DeserializeOwned, E: Error>(text: &RawValue) -> Result<T, E> {
    let object = text.get().starts_with('{').then(|| serde_json::from_str(text.get()));
    object.unwrap_or_else(|| Err(Error::custom("expected an object"))).map_err(E::custom)
}

fn object<'de, D: Deserializer<'de>, T: DeserializeOwned>(field: D) -> Result<T, D::Error> {
    record(&Box::<RawValue>::deserialize(field)?)
}

fn some_object<'de, D: Deserializer<'de>, T: DeserializeOwned>(field: D) -> Result<Option<T>, D::Error> {
    object(field).map(Some)
}

fn objects<'de, D: Deserializer<'de>, T: DeserializeOwned>(field: D) -> Result<Vec<T>, D::Error> {
    Vec::<Box<RawValue>>::deserialize(field)?.iter().map(|text| record(text)).collect()
}
