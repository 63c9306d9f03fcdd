"""A second checker of certificates, written from docs/certificate.md and the theory text, with arithmetic of its own.

    refusal, budget      the answers, and how much work a file may be
    language             numerals, terms and claims, each with one spelling
    arithmetic, special  enclosures: elementary functions, the normal distribution, binomial tails, confidence sequences
    rows                 the moments of a finite support
    theory, text         what a theory consists of, and how its text is read
    wellformed           that no variant of it is incomplete
    values               what terms are worth, and recorded numbers
    document             the file, read strictly
    rules, statement     what each rule gives, and the sentence that a certificate must contain
    checker, corpus      a whole certificate; many of them, with the answers that are expected
    seal, selftest       certificates put right, and the checker's own tests
"""
