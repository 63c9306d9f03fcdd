//! From trials to a verdict with a stated error rate (docs/theory.md §6).

use super::outcome::{ObligationRecord, TrialOutcome};
use super::runner::Decision;
use crate::decimal::{near, rounded_up};
use crate::statistics::{Rate, sequential};
use serde::Serialize;

/// What a theorem's run ends in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The upper confidence bound on the failure rate is at most δ, and nothing of the proof was refuted.
    Corroborated,
    /// The lower confidence bound on the failure rate exceeds δ, or an event or obligation of the proof is refuted.
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
    /// Never judged: the events it assumes did not hold in any trial.
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
    /// Chance that one trial's success is certified wrongly.
    pub certification_error: f64,
    /// Events with the name and value of their share of δ.
    pub events: Vec<(&'static str, &'static str, f64)>,
    /// Those among them that the trials' counts must bound by their share: no theory bounds them, so nothing is refuted by
    /// them, and nothing corroborated without them.
    pub counted: Vec<&'static str>,
    /// Obligations.
    pub obligations: Vec<String>,
    /// Variance of all steps together at which the test of the expected decrease is sharpest; fixed before the run.
    pub variance_scale: f64,
}

/// Everything the trials showed.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    /// Trials.
    pub trials: u64,
    /// Trials that exhausted their steps or diverged.
    pub failures: u64,
    /// Trials cut by the budget.
    pub cut: u64,
    /// Time-uniform upper bound on the failure rate, certification error included.
    pub failure_upper: f64,
    /// Time-uniform lower bound.
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
    /// Half of the error rate is for the failure rate.
    fn failure_error(&self) -> f64 {
        self.error / 2.0
    }

    /// The other half is split over the events and one statistical obligation.
    fn part_error(&self) -> f64 {
        self.error / 2.0 / (self.events.len() as f64 + 1.0)
    }

    fn failure_rates(&self, outcomes: &[TrialOutcome]) -> (Rate, Rate) {
        let (trials, error) = (outcomes.len() as u64, self.failure_error());
        let failures = outcomes.iter().filter(|o| o.failed()).count() as u64;
        let cut = outcomes.iter().filter(|o| o.cut()).count() as u64;
        (Rate { events: failures + cut, trials, error }, Rate { events: failures, trials, error })
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
        self.failure_rates(outcomes).0.at_most(self.delta, self.certification_error)
            && counted.into_iter().all(|&(name, _, share)| self.event_rate(name, outcomes).at_most(share, 0.0))
    }

    fn refuted(&self, outcomes: &[TrialOutcome]) -> bool {
        let event = |&(name, _, share): &(&str, _, f64)| {
            !self.counted.contains(&name) && self.event_rate(name, outcomes).exceeds(share)
        };
        self.failure_rates(outcomes).1.exceeds(self.delta)
            || self.events.iter().any(event)
            || self.obligations.iter().any(|name| self.obligation(name, outcomes).status == Status::Refuted)
    }

    /// Judges the trials.
    #[must_use]
    pub fn summarise(&self, outcomes: &[TrialOutcome]) -> Summary {
        let (most, least) = self.failure_rates(outcomes);
        let verdict = match () {
            () if self.refuted(outcomes) => Verdict::Refuted,
            () if self.corroborated(outcomes) => Verdict::Corroborated,
            () => Verdict::Inconclusive,
        };
        let successes = outcomes.iter().filter(|o| o.stopping_step.is_some());
        Summary {
            trials: outcomes.len() as u64,
            failures: least.events,
            cut: most.events - least.events,
            failure_upper: (most.upper(self.delta) + self.certification_error).min(1.0),
            failure_lower: least.lower(),
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
            () if unbounded => Status::NotBounded,
            () if counted => Status::Bounded,
            () if rate.exceeds(share) => Status::Refuted,
            () if failures > 0 => Status::NotRefuted,
            () => Status::Held,
        };
        Judgement { name: name.into(), status, detail, judged, failures, unbounded }
    }

    fn obligation(&self, name: &str, outcomes: &[TrialOutcome]) -> Judgement {
        if name == "expected_decrease" {
            return self.expected_decrease(outcomes);
        }
        let records: Vec<(&TrialOutcome, &ObligationRecord)> = outcomes
            .iter()
            .flat_map(|o| o.obligations.iter().filter(|r| r.name == name && r.judged).map(move |r| (o, r)))
            .collect();
        let broken: Vec<_> = records.iter().filter_map(|(o, r)| Some((o.trial, r.violation.as_ref()?))).collect();
        let (judged, failures) = (records.len() as u64, broken.len() as u64);
        let (status, detail) = match broken.first() {
            Some((trial, what)) => {
                (Status::Refuted, format!("broken in {failures} of {judged} trials; trial {trial}: {what}"))
            }
            None if judged == 0 => (Status::NotJudged, "the events it assumes held in no trial".into()),
            None => (Status::Held, format!("held in {judged} trials")),
        };
        Judgement { name: name.into(), status, detail, judged, failures, unbounded: false }
    }

    /// The sum of (change of Φ + claimed fall) over all steps is a supermartingale with known variance proxies; Robbins'
    /// normal mixture bounds it at every trial at once.
    fn expected_decrease(&self, outcomes: &[TrialOutcome]) -> Judgement {
        let seen: Vec<_> = outcomes.iter().filter_map(|o| o.excess).collect();
        let (sum, variance) = seen.iter().fold((0.0, 0.0), |(s, v), e| (s + e.sum, v + e.variance));
        let limit = sequential::normal_mixture_bound(variance, self.variance_scale, self.part_error());
        let judged = seen.len() as u64;
        let status = match () {
            () if judged == 0 => Status::NotJudged,
            () if sum > limit => Status::Refuted,
            () => Status::NotRefuted,
        };
        let detail = format!(
            "the distance exceeded its expected course by {sum:.3e} in all over {judged} trials; up to {} is chance",
            rounded_up(limit)
        );
        Judgement {
            name: "expected_decrease".into(),
            status,
            detail,
            judged,
            failures: u64::from(status == Status::Refuted),
            unbounded: false,
        }
    }
}
