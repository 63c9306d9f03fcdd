//! Options that are given and not used. They are refused with who would use them: before anything is computed where the
//! declarations of [`crate::parameters::options`] say so ([`Listed::admit`]), and afterwards by what was read.

use super::{FormRow, Instance, InstanceError, Listed, Theorem, Unused, User};
use crate::parameters::options::Runs;
use crate::parameters::uses::Use;
use crate::parameters::words::run_in_words;
use crate::parameters::{Asked, Form, Gradients, Level, Request};

/// The users of an option: those of the theorem, or where it has none, of the others.
fn users(theorem: Listed, of: impl Fn(&dyn Theorem) -> Vec<Use>) -> Vec<User> {
    let all = |t: &dyn Theorem| of(t).into_iter().map(|how| User { theorem: t.id(), how }).collect::<Vec<_>>();
    let own = all(&*theorem);
    if own.is_empty() { theorem.registry().iter().flat_map(|t| all(&*t)).collect() } else { own }
}

fn unused(theorem: Listed, levels: &[Level], what: String, of: impl Fn(&dyn Theorem) -> Vec<Use>) -> Unused {
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

/// Refuses what no level among these uses by the declarations alone; `why` it is these levels, where there is more to say.
///
/// # Errors
/// The first option that is unknown or unused.
pub(super) fn admit_at(theorem: Listed, request: &Request, levels: &[Level], why: &str) -> Result<(), InstanceError> {
    let unused = |what: String, of: &dyn Fn(&dyn Theorem) -> Vec<Use>| Unused {
        because: why.into(),
        ..unused(theorem, levels, what, of)
    };
    levels.iter().try_for_each(|level| theorem.has(*level))?;
    drop(theorem.asked(request)?);
    if let Some(data) = request.data.as_ref().filter(|_| !theorem.options().rows) {
        let what = format!("--data {}", data.path.display());
        return Err(unused(what, &of_rows).into());
    }
    levels.iter().try_for_each(|level| theorem.runs(*level, request))?;
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
    pub(super) fn new(theorem: Listed, request: &Request, level: Level) -> Result<Self, InstanceError> {
        let asked = theorem.asked(request)?;
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
pub(super) fn all_used(theorem: Listed, built: &[Built], why: &str) -> Result<(), Unused> {
    let Some(request) = built.first().map(|b| b.asked.request()) else { return Ok(()) };
    let levels: Vec<Level> = built.iter().map(|b| b.level).collect();
    let refused = |what: String, of: &dyn Fn(&dyn Theorem) -> Vec<Use>| {
        Err(Unused { because: why.into(), ..unused(theorem, &levels, what, of) })
    };
    for (key, value) in &request.parameters {
        let declared = of_key(key)(&*theorem);
        if !built.iter().any(|b| b.uses(b.asked.has_read(key), &declared)) {
            return refused(format!("{key} = {value}"), &of_key(key));
        }
    }
    if let Some(data) = &request.data
        && !built.iter().any(|b| b.uses(b.asked.has_read_rows(), &of_rows(&*theorem)))
    {
        return refused(format!("--data {}", data.path.display()), &of_rows);
    }
    if request.seeded && !built.iter().any(|b| b.uses(b.asked.has_read_seed(), &of_seed(&*theorem))) {
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

impl Listed {
    /// Whether a level runs what is asked for; a level that is a formula has neither form nor gradients, and runs whatever it is.
    ///
    /// # Errors
    /// [`Unused`] where it runs something else.
    pub fn runs(self, level: Level, request: &Request) -> Result<(), Unused> {
        let (form, gradients) = (request.form, request.gradients);
        match self.options().runs_at(level).filter(|runs| runs.meeting(form, gradients).is_none()) {
            None => Ok(()),
            Some(runs) => {
                let because = format!(": {}", runs.why);
                let what = run_in_words(form, gradients);
                Err(Unused { because, ..unused(self, &[level], what, of_run(form, gradients)) })
            }
        }
    }

    /// Refuses what no level among these uses by the declarations alone.
    ///
    /// # Errors
    /// The first option that is unknown or unused.
    pub fn admit(self, request: &Request, levels: &[Level]) -> Result<(), InstanceError> {
        admit_at(self, request, levels, "")
    }

    /// The theorem at several levels of one request. What the user gives must be used by one of them; what only a preset gives may
    /// go unused.
    ///
    /// # Errors
    /// Options that are unknown or that no level uses; what is wrong at a level is that level's own.
    pub fn each(self, request: &Request, levels: &[Level]) -> Result<Vec<Built>, InstanceError> {
        self.admit(request, levels)?;
        let built: Vec<Built> =
            levels.iter().map(|level| Built::new(self, request, *level)).collect::<Result<_, _>>()?;
        if built.iter().any(|b| b.instance.is_ok()) {
            all_used(self, &built, "")?;
        }
        Ok(built)
    }

    /// The same, where every level must be one that can be instantiated.
    ///
    /// # Errors
    /// As [`Listed::each`], and the first level's that cannot.
    pub fn instances(self, request: &Request, levels: &[Level]) -> Result<Vec<Instance>, InstanceError> {
        self.each(request, levels)?.into_iter().map(|built| built.instance).collect()
    }

    /// The theorem at one level.
    ///
    /// # Errors
    /// Bad parameters, unreadable data, and whatever of the request this level does not use.
    pub fn instantiate(self, request: &Request, level: Level) -> Result<Instance, InstanceError> {
        let built = self.instances(request, &[level])?.pop();
        built.ok_or_else(|| InstanceError::NoLevel { theorem: self.id(), level, levels: String::new() })
    }

    /// The forms of the theorem on the same instance, but those of the level `done`, which is instantiated already.
    ///
    /// # Errors
    /// Bad parameters, unreadable data; a form that cannot be instantiated is an error of its own row.
    pub fn forms(self, request: &Request, done: Option<Level>) -> Result<Vec<FormRow>, InstanceError> {
        Theorem::forms(&*self, &self.declared()?, request, done)
    }
}
