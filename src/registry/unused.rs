//! An option that is given and not used, told with who would use it.

use crate::parameters::Level;
use crate::parameters::uses::Use;
use crate::parameters::words::join;

/// A theorem's level that uses an option.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// The theorem.
    pub theorem: &'static str,
    /// How it uses it.
    pub how: Use,
}

/// An option that is given and not used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} is not used by {theorem} {}{because}; {}", at(levels), users_in_words(users))]
pub struct Unused {
    /// The option, with its value.
    pub what: String,
    /// The theorem that was asked.
    pub theorem: &'static str,
    /// The levels that were asked for.
    pub levels: Vec<Level>,
    /// Why they do not use it, where there is more to say.
    pub because: String,
    /// Who would use it: the theorem's other levels, else other theorems.
    pub users: Vec<User>,
}

fn at(levels: &[Level]) -> String {
    format!("at the {} level{}", join(levels), if levels.len() > 1 { "s" } else { "" })
}

/// `parity and main at the explicit level with --form a use it`: levels, and theorems, of which the same is to be said stand
/// together.
fn users_in_words(users: &[User]) -> String {
    /// What follows the names that stand first.
    fn gathered<T: PartialEq + Clone>(list: &[(T, String)]) -> Vec<(Vec<T>, String)> {
        let mut groups: Vec<(Vec<T>, String)> = Vec::new();
        for (name, how) in list {
            match groups.iter_mut().find(|(_, known)| known == how) {
                Some((names, _)) => names.push(name.clone()),
                None => groups.push((vec![name.clone()], how.clone())),
            }
        }
        groups
    }
    let with = |u: &User| u.how.with.iter().map(|w| format!(" {w}")).collect::<String>();
    let mut theorems: Vec<&str> = users.iter().map(|u| u.theorem).collect();
    theorems.dedup();
    let of = |theorem: &&str| {
        let own: Vec<(Level, String)> =
            users.iter().filter(|u| u.theorem == *theorem).map(|u| (u.how.level, with(u))).collect();
        let levels: Vec<String> = gathered(&own).iter().map(|(levels, with)| format!("{}{with}", at(levels))).collect();
        ((*theorem).to_string(), join(&levels))
    };
    let theorems: Vec<(String, String)> = theorems.iter().map(of).collect();
    let list: Vec<String> = gathered(&theorems).iter().map(|(who, how)| format!("{} {how}", join(who))).collect();
    match theorems.len() {
        0 => "nothing uses it".into(),
        1 => format!("{} uses it", join(&list)),
        _ => format!("{} use it", join(&list)),
    }
}
