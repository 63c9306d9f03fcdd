//! Forgeries by hand: those that are valid under a theory which lets anything be used anywhere, files that are no certificates,
//! and files that cost too much.

use super::forge::{Plan, Press};
use super::honest;
use crate::common::choice;
use provably::certificate::document::Certificate;
use provably::certificate::theory::Theory;
use provably::theorems::THEORY;
use serde_json::{Value, json};
use std::sync::OnceLock;

/// The theory as a forger would like it: axioms are for every variant, and variants may have every value of these axes.
pub(crate) fn permissive() -> &'static Theory {
    static PARSED: OnceLock<Theory> = OnceLock::new();
    PARSED.get_or_init(|| {
        let wider = [
            ("comparator=loss ", "comparator=margin|loss "),
            ("evaluation=sampled", "evaluation=exact|sampled"),
            ("gradients=closed-first|fresh ", "gradients=population|closed-first|fresh "),
        ];
        let lines = THEORY.lines().filter(|line| !line.starts_with("  only ")).map(|line| {
            match line.strip_prefix("  variant ") {
                Some(_) => wider.iter().fold(line.to_string(), |line, (from, to)| line.replace(from, to)),
                None => line.to_string(),
            }
        });
        Theory::parse(&lines.collect::<Vec<_>>().join("\n")).unwrap()
    })
}

/// Variants that no theorem has, in certificates that are valid but for that: a continuous law with a margin on every input, or
/// evaluated exactly; the posterior level with population gradients.
pub(crate) fn unlisted(press: &mut Press<'_>, base: &str, certificate: &Certificate) {
    let variants = [("b", "comparator", "margin"), ("c", "evaluation", "exact"), ("d", "gradients", "population")];
    for (class, axis, value) in variants {
        let mut forged = certificate.clone();
        let old = forged.variant.insert(axis.into(), value.into());
        // On samples the posterior level pays for the program's certificate, which a margin everywhere has no use for.
        if value == "margin" && forged.variant["level"] == "posterior" {
            forged.variant.insert("evaluation".into(), "exact".into());
        }
        let unlisted = press.theory.statement(&forged.theorem, &forged.variant).is_err();
        let possible = permissive().statement(&forged.theorem, &forged.variant).is_ok();
        if old.is_some() && unlisted && possible {
            let name = format!("{axis}={value}, and all that follows from it");
            let (answers, keep) = (vec!["unknown-variant"], Vec::new());
            press.plans.push(Plan { name, class, base: base.into(), forged, answers, keep, permissive: true });
        }
    }
}

/// Row b: XOR of four Gaussians at distance 4 in R^10, said to be learned to an error of 0.001, where the best predictor that
/// there is errs in 0.00465: nothing is paid for the inputs beyond the margin.
pub(crate) fn bayes(press: &mut Press<'_>) {
    let mut forged = honest::all()["xor-explicit"].1.clone();
    forged.variant.insert("comparator".into(), "margin".into());
    let numbers = [
        ("d", "10"),
        ("radius", "4"),
        ("sigma", "1"),
        ("B_x", "16"),
        ("epsilon", "0.001"),
        ("hit_spread", "0.75"),
        ("hit_draws", "60000"),
        ("T", "20000000000"),
    ];
    for (symbol, number) in numbers {
        choice(&mut forged, symbol).is = number.into();
    }
    let name = "an error of 0.001, below the Bayes error of 0.00465".into();
    let (answers, keep) = (vec!["unknown-variant"], Vec::new());
    press.plans.push(Plan { name, class: "b", base: "xor-explicit".into(), forged, answers, keep, permissive: true });
}

/// Files: class, name, edits of the base, answer. They are of the first certificate that has what they change.
pub(crate) fn files() -> Vec<Value> {
    let mut all = Vec::new();
    let mut add = |class: &str, base: &str, name: &str, refusal: &str, edits: Value| {
        let answer = if refusal == "too-costly" { "declined" } else { "invalid" };
        let expected = json!({"answer": answer, "refusal": refusal});
        all.push(json!({"name": name, "class": class, "base": base, "expected": expected, "edits": edits}));
    };
    let bases = ["linear-c1-fresh", "main-posterior", "xor-posterior", "beyond", "ticket", "uniform-windows"];
    for base in bases {
        let document = &honest::all()[base].0;
        let values = |pointer: &str| {
            document.pointer(pointer).unwrap().as_object().unwrap().values().cloned().collect::<Vec<_>>()
        };
        for pointer in ["/trials", "/steps/0", "/steps/0/defines/0", "/trials/events/0", "/trials/obligations/0"] {
            let list = json!([["set", pointer, values(pointer)]]);
            add("file", base, &format!("a list in the place of the object {pointer}"), "unreadable", list);
        }
        for (name, from, to) in [
            ("a key of the variant twice", "\"level\":", "\"level\":\"paper\",\"level\":"),
            ("a field twice", "\"seed\":", "\"seed\":2,\"seed\":"),
            ("a support that is null", "\"steps\":", "\"support\":null,\"steps\":"),
            ("an axiom that is null", "\"rule\":\"choice\"", "\"rule\":\"choice\",\"axiom\":null"),
            ("a claim that is null", "\"rule\":\"choice\"", "\"rule\":\"choice\",\"claim\":null"),
            ("a fraction as a count", "\"cut\":0", "\"cut\":0.0"),
            ("a negative count", "\"cut\":0", "\"cut\":-1"),
            ("a count of 2^64", "\"cut\":0", "\"cut\":18446744073709551616"),
            ("an unknown field", "\"cut\":0", "\"cut\":0,\"lucky\":true"),
            ("more behind the end", "\"info\":null}", "\"info\":null}}"),
        ] {
            add("file", base, name, "unreadable", json!([["text", from, to]]));
        }
        for format in ["provably-certificate/1", "provably-certificate/3"] {
            add("file", base, &format!("the format {format}"), "unknown-format", json!([["set", "/format", format]]));
        }
        add("n", base, "a theorem there is not", "unknown-theorem", json!([["set", "/theorem", "linear-data-2"]]));
        let first = |claim: &str| json!([["insert", "/steps/0", {"rule": "inequality", "claim": claim}]]);
        let tails = |many: usize| {
            let tail = |i: usize| format!("binomial_cdf({}, 10000000000, 0.5)", 5_000_000_000_u64 + i as u64);
            (0..many).map(tail).collect::<Vec<_>>().join(" + ")
        };
        add("k", base, "124 binomial tails", "too-costly", first(&format!("0 <= {}", tails(124))));
        add(
            "k",
            base,
            "a binomial tail beyond reach",
            "too-costly",
            first("0 <= binomial_cdf(2000000000000000000, 4000000000000000001, 0.5)"),
        );
        add("need", base, "another spelling", "not-canonical", first("1  <= 2"));
        add("need", base, "no claim", "not-a-term", first("1 <= <= 2"));
        add("need", base, "a function there is not", "unknown-function", first("0 <= gamma(3)"));
        add("need", base, "a division by nothing", "undefined", first("0 <= 1/0"));
        add("m", base, "a power beyond reach", "undefined", first("0 <= 2^99999999"));
        add("need", base, "a rule there is not", "unknown-rule", json!([["set", "/steps/0/rule", "assume"]]));
        add("need", base, "a claim of the rates by decree", "unknown-symbol", first("failure_rate <= delta"));
        add("need", base, "a probability as an inequality", "wrong-premises", first("Pr[not hits(1)] <= 0"));
        add(
            "f",
            base,
            "a count of what is not counted",
            "not-counted",
            json!([["insert", "/steps/0", {"rule": "counted", "claim": "Pr[not luck] <= 0.1"}]]),
        );
    }
    let support = "/support/points/0";
    for base in ["iris", "linear-c2", "main-rows"] {
        add("support", base, "a number as a text", "unreadable", json!([["set", "/support/points/0/0", "1"]]));
        add(
            "support",
            base,
            "the support as a list",
            "unreadable",
            json!([["set", "/support", [[[1.0]], [1], ["1"]]]]),
        );
        let wide: Vec<f64> = (0..300).map(|i| if i % 2 == 0 { 1e308 } else { 5e-324 }).collect();
        add("k", base, "a row of all sizes at once", "bad-support", json!([["set", support, wide]]));
    }
    all
}
