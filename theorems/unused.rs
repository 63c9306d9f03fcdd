//! Options that are given and not used. They are refused with who would use them: before anything is computed where the
//! declarations of [`super::options`] say so ([`admit`]), and afterwards by what was read.

use super::asked::Asked;
use super::options::{Runs, Use};
use super::words::{join, run_in_words};
use super::{Form, Gradients, Instance, InstanceError, Level, REGISTRY, Request, Theorem};
use crate::error::ParameterError;

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

/// The users of an option: those of the theorem, or where it has none, of the others.
fn users(theorem: &dyn Theorem, of: impl Fn(&dyn Theorem) -> Vec<Use>) -> Vec<User> {
    let all = |t: &dyn Theorem| of(t).into_iter().map(|how| User { theorem: t.id(), how }).collect::<Vec<_>>();
    let own = all(theorem);
    if own.is_empty() { REGISTRY.iter().flat_map(|t| all(*t)).collect() } else { own }
}

fn unused(theorem: &dyn Theorem, levels: &[Level], what: String, of: impl Fn(&dyn Theorem) -> Vec<Use>) -> Unused {
    Unused { what, theorem: theorem.id(), levels: levels.to_vec(), because: String::new(), users: users(theorem, of) }
}

fn of_key(key: &str) -> impl Fn(&dyn Theorem) -> Vec<Use> {
    move |t| t.options().parameter(key).map_or_else(Vec::new, |p| p.used.to_vec())
}

fn of_rows(theorem: &dyn Theorem) -> Vec<Use> {
    let levels = theorem.levels().iter().filter(|_| theorem.options().rows);
    levels.map(|level| Use::at(*level)).collect()
}

fn of_seed(theorem: &dyn Theorem) -> Vec<Use> {
    theorem.options().seed.iter().map(|level| Use::at(*level)).collect()
}

fn of_run(form: Option<Form>, gradients: Option<Gradients>) -> impl Fn(&dyn Theorem) -> Vec<Use> {
    let meets = move |r: &&Runs| r.meeting(form, gradients).is_some();
    move |t| t.options().runs.iter().filter(meets).map(|r| Use::at(r.level)).collect()
}

/// Whether a level runs what is asked for; a level that is a formula has neither form nor gradients, and runs whatever it is.
///
/// # Errors
/// [`Unused`] where it runs something else.
pub fn runs(theorem: &dyn Theorem, level: Level, request: &Request) -> Result<(), Unused> {
    let (form, gradients) = (request.form, request.gradients);
    match theorem.options().runs_at(level).filter(|runs| runs.meeting(form, gradients).is_none()) {
        None => Ok(()),
        Some(runs) => {
            let because = format!(": {}", runs.why);
            let what = run_in_words(form, gradients);
            Err(Unused { because, ..unused(theorem, &[level], what, of_run(form, gradients)) })
        }
    }
}

/// Refuses what no level among these uses by the declarations alone.
///
/// # Errors
/// The first option that is unknown or unused.
pub fn admit(theorem: &dyn Theorem, request: &Request, levels: &[Level]) -> Result<(), InstanceError> {
    admit_at(theorem, request, levels, "")
}

/// The same; `why` it is these levels, where there is more to say.
///
/// # Errors
/// As [`admit`].
pub(super) fn admit_at(
    theorem: &dyn Theorem,
    request: &Request,
    levels: &[Level],
    why: &str,
) -> Result<(), InstanceError> {
    let unused = |what: String, of: &dyn Fn(&dyn Theorem) -> Vec<Use>| Unused {
        because: why.into(),
        ..unused(theorem, levels, what, of)
    };
    levels.iter().try_for_each(|level| theorem.has(*level))?;
    drop(Asked::new(theorem, request)?);
    if let Some(data) = request.data.as_ref().filter(|_| !theorem.options().rows) {
        let what = format!("--data {}", data.path.display());
        return Err(unused(what, &of_rows).into());
    }
    levels.iter().try_for_each(|level| runs(theorem, *level, request))?;
    let (form, gradients) = (request.form, request.gradients);
    if (form, gradients) != (None, None) && levels.iter().all(|level| theorem.options().runs_at(*level).is_none()) {
        return Err(unused(run_in_words(form, gradients), &of_run(form, gradients)).into());
    }
    for (key, value) in &request.parameters {
        let used = theorem.options().parameter(key).map_or(&[][..], |p| p.used);
        if !used.iter().any(|u| levels.contains(&u.level)) {
            return Err(unused(format!("{key} = {value}"), &of_key(key)).into());
        }
    }
    if request.seeded && !theorem.options().seed.iter().any(|level| levels.contains(level)) {
        return Err(unused(format!("seed = {}", request.seed), &of_seed).into());
    }
    Ok(())
}

/// One level of a request, whether or not it could be instantiated.
pub struct Built {
    /// The level.
    pub level: Level,
    /// The instance.
    pub instance: Result<Instance, InstanceError>,
    asked: Asked,
}

impl Built {
    /// Builds one level, whatever it leaves of the request.
    ///
    /// # Errors
    /// Unknown presets and unknown keys; what is wrong at the level is the level's own.
    pub(super) fn new(theorem: &dyn Theorem, request: &Request, level: Level) -> Result<Self, ParameterError> {
        let asked = Asked::new(theorem, request)?;
        let mut instance = theorem.build(&asked, level);
        if let Ok(instance) = &mut instance {
            instance.parameters = asked.understood(std::mem::take(&mut instance.parameters));
            instance.drawn = asked.has_drawn();
        }
        Ok(Self { level, instance, asked })
    }

    /// Whether it has read a parameter, or would have: a level that failed may not have come to read everything.
    fn uses(&self, read: bool, declared: &[Use]) -> bool {
        read || (self.instance.is_err() && declared.iter().any(|u| u.level == self.level))
    }
}

/// Refuses what none of these levels of a request has read; `why` it is these levels, where there is more to say.
///
/// # Errors
/// The first option that is unused.
pub(super) fn all_used(theorem: &dyn Theorem, built: &[Built], why: &str) -> Result<(), Unused> {
    let Some(request) = built.first().map(|b| b.asked.request()) else { return Ok(()) };
    let levels: Vec<Level> = built.iter().map(|b| b.level).collect();
    let refused = |what: String, of: &dyn Fn(&dyn Theorem) -> Vec<Use>| {
        Err(Unused { because: why.into(), ..unused(theorem, &levels, what, of) })
    };
    for (key, value) in &request.parameters {
        let declared = of_key(key)(theorem);
        if !built.iter().any(|b| b.uses(b.asked.has_read(key), &declared)) {
            return refused(format!("{key} = {value}"), &of_key(key));
        }
    }
    if let Some(data) = &request.data
        && !built.iter().any(|b| b.uses(b.asked.has_read_rows(), &of_rows(theorem)))
    {
        return refused(format!("--data {}", data.path.display()), &of_rows);
    }
    if request.seeded && !built.iter().any(|b| b.uses(b.asked.has_read_seed(), &of_seed(theorem))) {
        return refused(format!("seed = {}", request.seed), &of_seed);
    }
    // What is run stands in the instance's tags; the declarations have promised that it is what is asked for.
    let (form, gradients) = (request.form, request.gradients);
    let differs = |instance: &Instance, key: &str, wanted: Option<String>| {
        let run = instance.tags.iter().find(|(tag, _)| *tag == key).map(|(_, text)| text);
        wanted.is_some_and(|wanted| run.is_some_and(|run| *run != wanted))
    };
    let other = built.iter().filter_map(|b| b.instance.as_ref().ok()).any(|instance| {
        differs(instance, "form", form.map(|f| f.to_string()))
            || differs(instance, "gradients", gradients.map(|g| g.to_string()))
    });
    if other { refused(run_in_words(form, gradients), &of_run(form, gradients)) } else { Ok(()) }
}

/// A theorem at several levels of one request. What the user gives must be used by one of them; what only a preset gives may go
/// unused.
///
/// # Errors
/// Options that are unknown or that no level uses; what is wrong at a level is that level's own.
pub fn each(theorem: &dyn Theorem, request: &Request, levels: &[Level]) -> Result<Vec<Built>, InstanceError> {
    admit(theorem, request, levels)?;
    let built: Vec<Built> =
        levels.iter().map(|level| Built::new(theorem, request, *level)).collect::<Result<_, ParameterError>>()?;
    if built.iter().any(|b| b.instance.is_ok()) {
        all_used(theorem, &built, "")?;
    }
    Ok(built)
}

/// The request without a form or gradients that this level does not run: forms that stand beside one another vary them.
pub(super) fn fitting(theorem: &dyn Theorem, request: &Request, level: Level) -> Request {
    match runs(theorem, level, request) {
        Ok(()) => request.clone(),
        Err(_) => Request { form: None, gradients: None, ..request.clone() },
    }
}

/// The same, where every level must be one that can be instantiated.
///
/// # Errors
/// As [`each`], and the first level's that cannot.
pub fn instances(theorem: &dyn Theorem, request: &Request, levels: &[Level]) -> Result<Vec<Instance>, InstanceError> {
    each(theorem, request, levels)?.into_iter().map(|built| built.instance).collect()
}
