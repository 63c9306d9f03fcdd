//! Every preset, and the baseline.

provably::claims!(own_theorem::REGISTRY);
