//! The command line as a user meets it: bad input, the JSON contract, interrupted runs, files as data.

mod bad_input;
mod contract;
mod data;
mod resume;
mod run;
