#![allow(missing_docs, clippy::unwrap_used)]
use dashu_int::IBig;
use dashu_ratio::RBig;
use provably::certificate::expression::{Meaning, Term};
use provably::certificate::interval::Interval;
struct No;
impl Meaning for No {
    fn symbol(&self, _: &str) -> Option<Interval> {
        None
    }
    fn definition(&self, _: &str) -> Option<&Term> {
        None
    }
    fn data(&self, _: &str, _: &[Interval]) -> Option<Interval> {
        None
    }
}
fn two(k: usize) -> Interval {
    Interval::from_integer(IBig::from(1) << k)
}
fn one() -> Interval {
    Interval::from_integer(1)
}
#[test]
fn a_exp_tiny() {
    for k in [100, 120, 127, 128, 130, 140, 150, 160, 180, 200, 300, 1000] {
        let t = one().div(&two(k)).unwrap();
        let up = t.exp().unwrap();
        let dn = t.neg().exp().unwrap();
        println!(
            "{k} exp up>1 {} low<=1 {}  down<1 {} high {}",
            one().certainly_lt(&up.upper_end()),
            up.lower_end().certainly_le(&one()),
            dn.lower_end().certainly_lt(&one()),
            !dn.upper_end().certainly_lt(&one())
        );
        let s = one().add(&t);
        println!(
            "   add {} sub {}",
            one().certainly_lt(&s.upper_end()),
            one().sub(&t).lower_end().certainly_lt(&one())
        );
    }
    let x = Interval::from_f64(1.0f64.next_up()).unwrap();
    println!("{:?}", x.ln().unwrap());
}
#[test]
fn b_binom() {
    let t = Term::parse("binomial_cdf(0 - 1e30, 10, 0.5)").unwrap();
    println!("{:?}", t.evaluate(&No).map(|i| i.enclosure()));
}
#[test]
fn c_pow() {
    let t = Term::parse("2^(0 - 9223372036854775808)").unwrap();
    println!("{:?}", t.evaluate(&No).map(|i| i.enclosure()));
}
#[test]
fn d_overflow() {
    let t = Term::parse("(((2^1000000)^1000000)^1000000)^1000000").unwrap();
    println!("{:?}", t.evaluate(&No).map(|i| i.enclosure()));
}
#[test]
fn e_overflow_add() {
    for s in [
        "(2^1000000)^1000000 + 1",
        "1 - 1/(2^1000000)^1000000",
        "floor((2^1000000)^1000000)",
        "floor(1/(2^1000000)^1000000)",
        "ceil(1/(2^1000000)^1000000)",
        "ln((2^1000000)^1000000)",
        "sqrt((2^1000000)^1000000)",
        "exp(1/(2^1000000)^1000000)",
        "Phi(1/(2^1000000)^1000000)",
        "max(1, (2^1000000)^1000000)",
        "exp(1000000000000)",
        "exp(0-1000000000000)",
        "exp(exp(0-1000000000000))",
        "ln(1+exp(0-1000000000000))",
        "Phi(1000000)",
        "Phi(0-1000000)",
        "3^1000000/3^1000000",
    ] {
        let t0 = std::time::Instant::now();
        let t = Term::parse(&s.replace("0-1", "0 - 1").replace("1+", "1 + ")).unwrap();
        println!("{s} {:?} {:?}", t.evaluate(&No).map(|i| i.enclosure()), t0.elapsed());
    }
}
#[test]
fn f_long() {
    let t = vec!["1"; 2000].join(" + ");
    println!("{:?}", Term::parse(&t).map(|t| t.evaluate(&No).map(|i| i.enclosure())));
}
#[test]
fn g_rational() {
    let n: IBig = (IBig::from(1) << 300) + 1;
    let q = RBig::from_parts(n, dashu_int::UBig::from(1u8));
    let i = Interval::from_rational(&q);
    println!("{:?}", i);
    println!("{:?}", Interval::from_integer((IBig::from(1) << 300) + 1));
    let n: IBig = (IBig::from(3).pow(1000)) + 1;
    let i = Interval::from_rational(&RBig::from_parts(n.clone(), dashu_int::UBig::from(3u8).pow(1000)));
    println!("{:?}", i);
}
#[test]
fn h_over() {
    for s in [
        "2^9223372036854775807",
        "((2^1000000)^1000000)^1000000 + 1",
        "((2^1000000)^1000000)^9000000",
        "(((2^1000000)^1000000)^1000000)^9",
        "(((2^1000000)^1000000)^1000000)^9 + 1",
        "1/(((2^1000000)^1000000)^1000000)^9 + 1",
        "1/(((2^1000000)^1000000)^1000000)^9*2^1000",
        "floor(1/(((2^1000000)^1000000)^1000000)^9)",
        "sqrt(1/(((2^1000000)^1000000)^1000000)^9)",
        "ln(1/(((2^1000000)^1000000)^1000000)^9)",
        "exp(1/(((2^1000000)^1000000)^1000000)^9)",
        "Phi(1/(((2^1000000)^1000000)^1000000)^9)",
        "Phi((((2^1000000)^1000000)^1000000)^9)",
        "exp((((2^1000000)^1000000)^1000000)^9)",
        "max(1/(((2^1000000)^1000000)^1000000)^9, 1)",
        "1/(((2^1000000)^1000000)^1000000)^9/(((2^1000000)^1000000)^1000000)^9",
        "((((2^1000000)^1000000)^1000000)^9)^0.5",
        "binomial_cdf(1, 10, 1/(((2^1000000)^1000000)^1000000)^9)",
        "binomial_cdf(1, 10, 1 - 1/(((2^1000000)^1000000)^1000000)^9)",
        "binomial_cdf(1, 10, 1/(2^1000000)^1000000)",
        "binomial_cdf(5, 10, 1 - 1/2^120)",
        "binomial_cdf(5, 10, 1 - 1/2^1200)",
        "binomial_cdf(5000000000, 10000000000, 0.5)",
        "binomial_cdf(1, 9000000000000000000, 0.5)",
        "binomial_cdf(4500000000000000000, 9000000000000000000, 0.5)",
        "binomial_cdf((((2^1000000)^1000000)^1000000)^9, 10, 0.5)",
    ] {
        let t0 = std::time::Instant::now();
        let t = Term::parse(s).unwrap();
        println!("{s} {:?} {:?}", t.evaluate(&No).map(|i| i.enclosure()), t0.elapsed());
    }
}
