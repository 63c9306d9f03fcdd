//! The twins of the theorem modules: what each accepts, what each rejects, and its constants computed a second time.

mod linear_data;
