//! Every preset, and the baseline.

provably::claims!(own_law::REGISTRY);
