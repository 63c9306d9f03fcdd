//! From trials to a verdict with a stated error rate (docs/theory.md §6).

use super::outcome::{ObligationRecord, TrialOutcome};
use super::runner::Decision;
use crate::decimal::{near, rounded_up};
use crate::statistics::Rate;
use serde::Serialize;

/// What a theorem's run ends in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The upper confidence bound on the failure rate is at most δ, every obligation was judged, and nothing of the proof was
    /// refuted.
    Corroborated,
    /// The lower confidence bound on the rate of certified failures exceeds δ and their certificates' error, or an event or
    /// obligation of the proof is refuted.
    Refuted,
    /// The trials decide nothing.
    Inconclusive,
    /// A hypothesis of the theorem fails on this instance.
    OutOfScope,
    /// The bound promises no more than the trivial predictor.
    Vacuous,
    /// The theorem's own parameters are beyond what can be run.
    TooLarge,
}

impl Verdict {
    /// Exit code of the command: only `corroborated` is success.
    #[must_use]
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Corroborated => 0,
            Self::Refuted => 1,
            Self::Inconclusive | Self::OutOfScope | Self::Vacuous | Self::TooLarge => 3,
        }
    }
}

/// Whether an event or obligation stood up to the trials.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Never broken.
    Held,
    /// An event that failed in some trials, or a sum that was above its expectation: no more than chance and its share explain.
    NotRefuted,
    /// An event whose counts prove its share.
    Bounded,
    /// An event whose counts must prove its share, and do not.
    NotBounded,
    /// Clearly broken.
    Refuted,
    /// Never judged: the events it assumes did not hold in any trial, or none came to where it is promised.
    NotJudged,
}

impl Status {
    /// Whether the trials judged it, and have nothing against it.
    #[must_use]
    pub fn stands(self) -> bool {
        matches!(self, Self::Held | Self::NotRefuted | Self::Bounded)
    }
}

/// An event or obligation over all trials.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Judgement {
    /// Its name.
    pub name: String,
    /// How it fared.
    pub status: Status,
    /// Counts, and the first violation.
    pub detail: String,
    /// Trials in which it was judged (for an event: all).
    #[serde(skip)]
    pub judged: u64,
    /// Trials in which it failed.
    #[serde(skip)]
    pub failures: u64,
    /// Whether it is an event that the trials' counts must bound, and do not.
    #[serde(skip)]
    pub unbounded: bool,
}

/// How the trials of a theorem are judged: δ, the error rate, and the events' shares.
#[derive(Clone, Debug, PartialEq)]
pub struct Rules {
    /// δ.
    pub delta: f64,
    /// 1 − confidence of this theorem's part of the command.
    pub error: f64,
    /// Chance that one trial's success is certified wrongly, and chance that its failure is.
    pub certification_error: f64,
    /// Events with the name and value of their share of δ.
    pub events: Vec<(&'static str, &'static str, f64)>,
    /// Those among them that the trials' counts must bound by their share: no theory bounds them, so nothing is refuted by
    /// them, and nothing corroborated without them.
    pub counted: Vec<&'static str>,
    /// Obligations.
    pub obligations: Vec<String>,
}

/// Everything the trials showed.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    /// Trials.
    pub trials: u64,
    /// Trials of which it is certified that they met the goal at no step up to T.
    pub failures: u64,
    /// Trials that ended with neither certificate.
    pub uncertified: u64,
    /// Trials cut by the budget.
    pub cut: u64,
    /// Time-uniform upper bound on the failure rate, certification error included.
    pub failure_upper: f64,
    /// Time-uniform lower bound, less the certification error.
    pub failure_lower: f64,
    /// Step of success of each successful trial.
    pub stopping_steps: Vec<u64>,
    /// Largest observed population quantity among the successful trials.
    pub observed: f64,
    /// The events.
    pub events: Vec<Judgement>,
    /// The obligations.
    pub obligations: Vec<Judgement>,
    /// The verdict.
    pub verdict: Verdict,
}

impl Rules {
    /// 1 − confidence until one is given: `check` puts in its own.
    pub const USUAL_ERROR: f64 = 0.01;

    /// Half of the error rate is for the failure rate.
    fn failure_error(&self) -> f64 {
        self.error / 2.0
    }

    /// The other half is split over the events.
    fn part_error(&self) -> f64 {
        self.error / 2.0 / self.events.len().max(1) as f64
    }

    /// Of the trials that may have failed, and of those that certainly did.
    fn failure_rates(&self, outcomes: &[TrialOutcome]) -> (Rate, Rate) {
        let (trials, error) = (outcomes.len() as u64, self.failure_error());
        let count = |of: fn(&TrialOutcome) -> bool| outcomes.iter().filter(|o| of(o)).count() as u64;
        let failures = count(TrialOutcome::failed);
        let open = count(TrialOutcome::uncertified) + count(TrialOutcome::cut);
        (Rate { events: failures + open, trials, error }, Rate { events: failures, trials, error })
    }

    fn event_rate(&self, name: &str, outcomes: &[TrialOutcome]) -> Rate {
        let failed = |o: &&TrialOutcome| o.events.iter().any(|e| e.name == name && !e.held);
        let events = outcomes.iter().filter(failed).count() as u64;
        Rate { events, trials: outcomes.len() as u64, error: self.part_error() }
    }

    /// Stops as soon as the verdict is decided; the confidence bounds hold at every trial, so stopping costs nothing.
    #[must_use]
    pub fn decide(&self, outcomes: &[TrialOutcome]) -> Decision {
        if self.refuted(outcomes) || self.corroborated(outcomes) { Decision::Stop } else { Decision::Continue }
    }

    fn corroborated(&self, outcomes: &[TrialOutcome]) -> bool {
        let counted = self.events.iter().filter(|e| self.counted.contains(&e.0));
        let judged = |name: &String| self.records(name, outcomes).next().is_some();
        self.failure_rates(outcomes).0.at_most(self.delta, self.certification_error)
            && self.obligations.iter().all(judged)
            && counted.into_iter().all(|&(name, _, share)| self.event_rate(name, outcomes).at_most(share, 0.0))
    }

    fn refuted(&self, outcomes: &[TrialOutcome]) -> bool {
        let event = |&(name, _, share): &(&str, _, f64)| {
            !self.counted.contains(&name) && self.event_rate(name, outcomes).exceeds(share)
        };
        // A trial that is counted failed, or its certificate errs.
        self.failure_rates(outcomes).1.exceeds(self.delta + self.certification_error)
            || self.events.iter().any(event)
            || self.obligations.iter().any(|name| self.obligation(name, outcomes).status == Status::Refuted)
    }

    /// Judges the trials.
    #[must_use]
    pub fn summarise(&self, outcomes: &[TrialOutcome]) -> Summary {
        let (most, least) = self.failure_rates(outcomes);
        let count = |of: fn(&TrialOutcome) -> bool| outcomes.iter().filter(|o| of(o)).count() as u64;
        let verdict = match () {
            () if self.refuted(outcomes) => Verdict::Refuted,
            () if self.corroborated(outcomes) => Verdict::Corroborated,
            () => Verdict::Inconclusive,
        };
        let successes = outcomes.iter().filter(|o| o.stopping_step.is_some());
        Summary {
            trials: outcomes.len() as u64,
            failures: least.events,
            uncertified: count(TrialOutcome::uncertified),
            cut: count(TrialOutcome::cut),
            failure_upper: (most.upper(self.delta) + self.certification_error).min(1.0),
            failure_lower: (least.lower() - self.certification_error).max(0.0),
            stopping_steps: outcomes.iter().filter_map(|o| o.stopping_step).collect(),
            observed: successes.map(|o| o.observed).fold(0.0, f64::max),
            events: self.events.iter().map(|e| self.event(e, outcomes)).collect(),
            obligations: self.obligations.iter().map(|name| self.obligation(name, outcomes)).collect(),
            verdict,
        }
    }

    fn event(&self, &(name, of, share): &(&'static str, &'static str, f64), outcomes: &[TrialOutcome]) -> Judgement {
        let rate = self.event_rate(name, outcomes);
        let counted = self.counted.contains(&name);
        let (failures, judged) = (rate.events, rate.trials);
        let limit = if of.starts_with("delta") { "its share of delta" } else { of };
        let mut detail = format!("failed in {failures} of {judged} trials; {limit} is {}", near(share));
        if counted {
            detail += &format!(", the trials bound it by {}", rounded_up(rate.upper(share)));
        }
        let unbounded = counted && !rate.at_most(share, 0.0);
        let status = match () {
            () if judged == 0 => Status::NotJudged,
            () if unbounded => Status::NotBounded,
            () if counted => Status::Bounded,
            () if rate.exceeds(share) => Status::Refuted,
            () if failures > 0 => Status::NotRefuted,
            () => Status::Held,
        };
        Judgement { name: name.into(), status, detail, judged, failures, unbounded }
    }

    /// An obligation's records in the trials that judged it.
    fn records<'a>(
        &self,
        name: &'a str,
        outcomes: &'a [TrialOutcome],
    ) -> impl Iterator<Item = (u64, &'a ObligationRecord)> {
        let of = move |o: &'a TrialOutcome| o.obligations.iter().filter(move |r| r.name == name && r.judged);
        outcomes.iter().flat_map(move |o| of(o).map(move |r| (o.trial, r)))
    }

    fn obligation(&self, name: &str, outcomes: &[TrialOutcome]) -> Judgement {
        let broken: Vec<_> =
            self.records(name, outcomes).filter_map(|(trial, r)| Some((trial, r.violation.as_ref()?))).collect();
        let (judged, failures) = (self.records(name, outcomes).count() as u64, broken.len() as u64);
        let (status, detail) = match broken.first() {
            Some((trial, what)) => {
                (Status::Refuted, format!("broken in {failures} of {judged} trials; trial {trial}: {what}"))
            }
            None if judged == 0 => (Status::NotJudged, self.unjudged(outcomes)),
            None => (Status::Held, format!("held in {judged} trials")),
        };
        Judgement { name: name.into(), status, detail, judged, failures, unbounded: false }
    }

    /// Why an obligation was judged in no trial.
    fn unjudged(&self, outcomes: &[TrialOutcome]) -> String {
        let whole = |o: &&TrialOutcome| o.events.iter().all(|e| e.held);
        match outcomes.iter().filter(whole).count() {
            0 if outcomes.is_empty() => "judged in no trial: none was run".into(),
            0 => "judged in no trial: the events it assumes held in none".into(),
            some => {
                format!("judged in no trial: the events held in {some} of them, and none came to where it is promised")
            }
        }
    }
}
