//! Named sets of parameters.

/// A preset: a named set of parameters with what it is for.
#[derive(Clone, Copy, Debug)]
pub struct Preset {
    /// Its name.
    pub name: &'static str,
    /// What it is for.
    pub about: &'static str,
    /// Its parameters, as `--set` would give them.
    pub parameters: &'static [(&'static str, &'static str)],
}
