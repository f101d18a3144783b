//! What of all that is said in a repository is about one Dockerfile.

use super::foreign::is_foreign;
use super::repository::{Repository, folder_of, is_named_after};
use super::{Build, Deed, FACTS, Place, Said, Spot, Use, Whose};
use crate::catalogue::Catalogue;
use crate::semantics::is_within;
use crate::syntax::shell::{self, CommandKind, Dialect};
use crate::syntax::{DEFAULT_TAG, ImageReference};

/// Which folder is the build context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BuildContextBy {
    /// Nobody names one, and the folder of the Dockerfile has what it copies.
    Nobody,
    /// A file says so: the folder from the root of the repository.
    Named(String, Place),
    /// Nobody names one; what the Dockerfile copies is not in its folder, but in this one above.
    Above(String),
    /// Why no folder can be taken for it: people name several.
    Doubtful(String),
    /// Why none can: what the Dockerfile copies is nowhere. Of what it copies nothing is known then, as of a text alone.
    Missing(String),
}

/// What is said about one Dockerfile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Surroundings {
    pub context: BuildContextBy,
    /// Names that stand for something else than the image or stage of that name.
    pub contexts: Vec<(String, Place)>,
    /// Stages that are built as images of their own.
    pub targets: Vec<(String, Place)>,
    /// How its image is used, in the order of files and lines.
    pub uses: Vec<Use>,
    /// Why something that may be about it was not read.
    pub unread: Option<String>,
}

/// What a container starts with by somebody's word.
#[derive(Clone, Copy, Debug)]
pub struct Start<'s> {
    pub place: &'s Place,
    pub entrypoint: Option<&'s [String]>,
    pub command: Option<&'s [String]>,
}

impl Surroundings {
    /// What `repository` says about the Dockerfile at `dockerfile`, from its root. `sources`, the paths of its context that it copies, are asked for only where nobody
    /// names the context.
    #[must_use]
    pub fn of(
        repository: &Repository,
        dockerfile: &str,
        sources: impl FnOnce() -> Vec<String>,
        catalogue: &Catalogue,
    ) -> Self {
        let is_built = |build: &&Build| build.dockerfile == Spot::Here(dockerfile.to_owned()) && !build.is_inline;
        let builds: Vec<_> = repository.builds().filter(is_built).collect();
        let contexts =
            builds.iter().flat_map(|build| build.contexts.iter().map(|name| (name.clone(), build.place.clone())));
        let targets = builds.iter().filter_map(|build| Some((build.target.clone()?, build.place.clone())));
        let judge = Judge { repository, dockerfile, builds: &builds, catalogue };
        let mut uses: Vec<Use> = Vec::new();
        let mut unread = repository.beyond.clone();
        for said in &repository.said {
            for it in said.uses.iter().filter(|it| judge.is_about(said, it)) {
                match &it.deed {
                    Deed::VariablesOf(set) => uses.extend(repository.set(set).map(|(place, deed)| Use {
                        place,
                        whose: it.whose.clone(),
                        deed,
                    })),
                    _ => uses.push(it.clone()),
                }
            }
            let first = said.unread.iter().find(|(place, _)| !judge.is_of_another(&place.path));
            unread =
                unread.or_else(|| first.map(|(place, because)| format!("`{}` cannot be read: {because}", place.path)));
        }
        // What somebody builds without a Dockerfile of a name that is known may take other contexts too.
        let mut contexts: Vec<_> = contexts.collect();
        let unsure = repository.builds().filter(|build| build.dockerfile == Spot::Unknown);
        contexts.extend(unsure.flat_map(|build| build.contexts.iter().map(|name| (name.clone(), build.place.clone()))));
        Self {
            context: context(repository, dockerfile, sources, &builds),
            contexts,
            targets: targets.collect(),
            uses,
            unread,
        }
    }

    /// Who says that `image`, as FROM or COPY name it, is something else.
    #[must_use]
    pub fn replaced(&self, image: &str) -> Option<&Place> {
        let full = |name: &str| {
            ImageReference::parse(name)
                .ok()
                .map(|reference| (reference.canonical(), reference.tag_or_latest().to_owned()))
        };
        let own = full(image);
        let is_same = |name: &str| {
            name.eq_ignore_ascii_case(image)
                || (own.is_some() && own == full(name))
                || (name.strip_suffix(DEFAULT_TAG).and_then(|name| name.strip_suffix(':')) == Some(image))
        };
        self.contexts.iter().find(|(name, _)| is_same(name)).map(|(_, place)| place)
    }

    /// Every way in which a container of it is started besides its own.
    pub fn starts(&self) -> impl Iterator<Item = Start<'_>> {
        self.uses.iter().filter_map(|it| match &it.deed {
            Deed::Starts { entrypoint, command } => {
                Some(Start { place: &it.place, entrypoint: entrypoint.as_deref(), command: command.as_deref() })
            }
            _ => None,
        })
    }

    /// Every program that is run in its containers beside what they start.
    pub fn runs(&self) -> impl Iterator<Item = (&Place, &[String])> {
        self.uses.iter().filter_map(|it| match &it.deed {
            Deed::Runs { words, .. } => Some((&it.place, words.as_slice())),
            _ => None,
        })
    }

    /// Whether somebody opens a port of it.
    #[must_use]
    pub fn serves(&self) -> bool {
        self.uses.iter().any(|it| it.deed == Deed::Serves)
    }

    /// Who builds another image on it.
    #[must_use]
    pub fn based_on(&self) -> Option<&Place> {
        self.uses.iter().find(|it| it.deed == Deed::Workplace(super::BASED_ON)).map(|it| &it.place)
    }

    /// The words of every command that somebody has it run: those of starts, and those beside them.
    pub fn commands(&self) -> impl Iterator<Item = (&Place, Vec<String>)> {
        let words =
            |start: Start<'_>| [start.entrypoint, start.command].into_iter().flatten().flatten().cloned().collect();
        let starts = self.starts().map(move |start| (start.place, words(start)));
        starts.chain(self.runs().map(|(place, words)| (place, words.to_vec())))
    }

    /// Who works in it, with whatever it holds.
    #[must_use]
    pub fn workplace(&self) -> Option<(&Place, &'static str)> {
        self.uses.iter().find_map(|it| match it.deed {
            Deed::Workplace(because) => Some((&it.place, because)),
            _ => None,
        })
    }
}

/// Which folder is the context of the Dockerfile that `builds` are about.
fn context(
    repository: &Repository,
    dockerfile: &str,
    sources: impl FnOnce() -> Vec<String>,
    builds: &[&Build],
) -> BuildContextBy {
    let mut named: Vec<(&str, &Place)> = Vec::new();
    for build in builds {
        if let Spot::Here(folder) = &build.context
            && !named.iter().any(|(other, _)| other == folder)
        {
            named.push((folder, &build.place));
        }
    }
    let shown = |folder: &str| if folder.is_empty() { ".".to_owned() } else { folder.to_owned() };
    match named.as_slice() {
        [(folder, place)] => return BuildContextBy::Named((*folder).to_owned(), (*place).clone()),
        [(folder, place), (other, there), ..] => {
            return BuildContextBy::Doubtful(format!(
                "`{place}` builds it with the folder `{}` as its context, and `{there}` with `{}`",
                shown(folder),
                shown(other)
            ));
        }
        [] => {}
    }
    let (own, sources) = (folder_of(dockerfile), sources());
    let missing = |folder: &str| sources.iter().find(|source| !is_there(repository, folder, source));
    let Some(source) = missing(own) else { return BuildContextBy::Nobody };
    let mut folder = own;
    while !folder.is_empty() {
        folder = folder_of(folder);
        if missing(folder).is_none() {
            return BuildContextBy::Above(folder.to_owned());
        }
    }
    // What is made before the build, such as a jar, is in no checkout. If there is something that is copied, the folder is the right one.
    let is_some_there = sources.iter().any(|source| !source.is_empty() && is_there(repository, own, source));
    if is_some_there || own.is_empty() || sources.len() == 1 {
        return BuildContextBy::Nobody;
    }
    BuildContextBy::Missing(format!(
        "`{source}` is not in the folder of the Dockerfile, nor in one above, so another folder may be the build context"
    ))
}

/// Whether `source`, as COPY names it, stands in `folder`.
fn is_there(repository: &Repository, folder: &str, source: &str) -> bool {
    let source = source.trim_start_matches("./").trim_matches('/');
    if source.is_empty() || source == "." || source.contains('$') {
        return true;
    }
    // A pattern is there if its folder is.
    let plain = source.find(['*', '?', '[']).map_or(source, |at| &source[..at]);
    let is_pattern = plain.len() < source.len();
    let path = if folder.is_empty() { plain.to_owned() } else { format!("{folder}/{plain}") };
    let files = &repository.files;
    let some_starts_with = |start: &str| {
        let at = files.partition_point(|file| file.as_str() < start);
        files.get(at).is_some_and(|file| file.starts_with(start))
    };
    if is_pattern {
        return some_starts_with(&path);
    }
    files.binary_search(&path).is_ok() || some_starts_with(&format!("{path}/"))
}

/// Tells whose image something is said about.
struct Judge<'r> {
    repository: &'r Repository,
    dockerfile: &'r str,
    /// Those of the Dockerfile.
    builds: &'r [&'r Build],
    catalogue: &'r Catalogue,
}

impl Judge<'_> {
    fn is_about(&self, said: &Said, it: &Use) -> bool {
        match &it.whose {
            Whose::Build(index) => {
                let build = &said.builds[*index];
                build.dockerfile == Spot::Here(self.dockerfile.to_owned()) && !build.is_inline
            }
            // `nginx`, which a Dockerfile names, is not `team/nginx`, which may be what it makes of it.
            Whose::Image(name) if it.deed == Deed::Workplace(super::BASED_ON) => {
                let mut images = self.builds.iter().flat_map(|build| &build.images);
                *it.place.path != *self.dockerfile
                    && images.any(|image| image == name || (name.contains('/') && is_same_image(image, name)))
            }
            Whose::Image(name) if said.services.iter().any(|(_, image)| image.as_deref() == Some(name)) => {
                self.is_called(name)
            }
            Whose::Image(name) => self.is_image(&it.place, name, matches!(it.deed, Deed::Workplace(_))),
            Whose::Service(name) | Whose::Container(name) => self.is_service(&it.place, name),
            Whose::Any => !self.is_of_another(&it.place.path),
        }
    }

    /// Whether a build of the Dockerfile gives its image this name.
    fn is_called(&self, name: &str) -> bool {
        self.builds.iter().flat_map(|build| &build.images).any(|image| is_same_image(image, name))
    }

    /// Whether the image `name` is, or may be, that of the Dockerfile. `is_strict` if it has to be seen that it is.
    fn is_image(&self, place: &Place, name: &str, is_strict: bool) -> bool {
        if self.is_called(name) {
            return true;
        }
        let mut others = self.repository.builds().filter(|build| !self.builds.contains(build));
        let mut is_of_other = || others.any(|build| build.images.iter().any(|image| is_same_image(image, name)));
        let is_variable = name.contains('$');
        if is_strict {
            return name.contains("CI_REGISTRY_IMAGE") && !self.is_of_another(&place.path);
        }
        let is_official = ImageReference::parse(name)
            .is_ok_and(|reference| reference.official().is_some_and(|name| self.catalogue.image(name).is_some()));
        if is_official || is_foreign(name) || is_of_other() || self.is_of_another(&place.path) {
            return false;
        }
        // Nobody builds an image of this name. It is that of a Dockerfile whose folder is called so; else of one further up, or it may be any.
        let last = name.rsplit('/').next().unwrap_or(name);
        if is_variable || is_named_after(last, self.dockerfile) {
            return true;
        }
        let is_other = |other: &&String| other.as_str() != self.dockerfile;
        let is_further_up = || {
            let holds = |folder: &str| folder.is_empty() || is_within(&place.path, folder);
            !holds(folder_of(self.dockerfile)) && self.repository.folders_above(&place.path).next().is_some()
        };
        !(self.repository.named_after(last).iter().any(|other| is_other(&other)) || is_further_up())
    }

    /// Whether the service or container `name` runs, or may run, the image of the Dockerfile.
    fn is_service(&self, place: &Place, name: &str) -> bool {
        let mut is_known = false;
        for said in &self.repository.said {
            for build in said.builds.iter().filter(|build| build.services.iter().any(|service| is_named(service, name)))
            {
                if self.builds.contains(&build) {
                    return true;
                }
                is_known = true;
            }
            for (_, image) in said.services.iter().filter(|(service, _)| is_named(service, name)) {
                match image {
                    Some(image) if self.is_called(image) => return true,
                    Some(_) => is_known = true,
                    None => {}
                }
            }
            for (_, image) in said.containers.iter().filter(|(container, _)| container == name) {
                if self.is_image(place, image, false) {
                    return true;
                }
                is_known = true;
            }
        }
        !is_known && !self.is_of_another(&place.path)
    }

    /// Whether the file at `path` is in the folder of another Dockerfile, which is not a folder above this one.
    fn is_of_another(&self, path: &str) -> bool {
        let own = folder_of(self.dockerfile);
        let mut others = self.repository.folders_above(path).filter(|other| !other.is_empty());
        others.any(|other| !is_within(own, other) && !is_within(other, own))
    }
}

/// Whether the container `name` is the service `service`, or is called after it, as Compose does: `project-service-1`.
fn is_named(service: &str, name: &str) -> bool {
    let parts = || name.trim_end_matches(|c: char| c.is_ascii_digit()).strip_suffix(['-', '_']);
    let is_behind = |name: &str| name.strip_suffix(service).is_some_and(|project| project.ends_with(['-', '_']));
    service == name || parts().is_some_and(|name| name == service || is_behind(name))
}

/// Whether two names mean one image: in a registry or not, as far as both are written out.
fn is_same_image(a: &str, b: &str) -> bool {
    let last = |name: &str| name.rfind('/').map_or(0, |at| at + 1);
    let (a_last, b_last) = (&a[last(a)..], &b[last(b)..]);
    a == b || (a_last == b_last && !a_last.is_empty() && !a.contains('$') && !b.contains('$'))
}

/// The programs that `words` start, each by the name that is written: shells and what they are given, and what programs such as `env` pass on. What is only
/// known when it runs is given with its `$`.
#[must_use]
pub fn programs(words: &[String]) -> Vec<String> {
    let mut programs = Vec::new();
    add_programs(words, &mut programs);
    programs
}

fn add_programs(words: &[String], programs: &mut Vec<String>) {
    let Some((program, rest)) = words.split_first() else { return };
    let name = program.rsplit('/').next().unwrap_or(program);
    if FACTS.has("shell", name) {
        programs.push(name.to_owned());
        let is_script = |word: &&String| word.starts_with('-') && word.ends_with('c');
        match rest.iter().position(|word| is_script(&word)).and_then(|at| rest.get(at + 1)) {
            Some(script) => add_script(script, programs),
            // A script in a file.
            None => programs.extend(rest.iter().find(|word| !word.starts_with('-')).cloned()),
        }
        return;
    }
    // What another file says is done here.
    if FACTS.has("reads commands of a file", name) {
        programs.extend(rest.first().map(|file| file.rsplit('/').next().unwrap_or(file).to_owned()));
    }
    if !FACTS.has("command of a shell", name) {
        // What a template fills in is shown as one writes it.
        let filled = || program.replace(super::kubernetes::FILLED_IN, "${{ … }}");
        programs.push(if program.contains('$') { filled() } else { name.to_owned() });
    }
    // Where no shell reads the words, somebody may have meant one to.
    if let Some(at) = rest.iter().position(|word| FACTS.has("stands between commands", word)) {
        add_programs(&rest[at + 1..], programs);
    }
    if FACTS.has("starts what stands behind its options", name) {
        let is_of_it = |word: &&String| {
            word.starts_with('-')
                || word.contains('=')
                || word.chars().all(|c| c.is_ascii_digit() || "smhd.".contains(c))
        };
        let behind = rest.iter().position(|word| !is_of_it(&word));
        if let Some(at) = behind {
            add_programs(&rest[at..], programs);
        }
    }
}

fn add_script(script: &str, programs: &mut Vec<String>) {
    let Ok(tree) = shell::parse(script, Dialect::Bash) else {
        return programs.push(format!("$({script})"));
    };
    for visit in tree.commands() {
        let CommandKind::Simple(simple) = &visit.command.kind else { continue };
        let words = simple.words.iter().map(|word| match &word.literal {
            Some(literal) => literal.to_string(),
            None => {
                let text = script.get(std::ops::Range::from(word.range)).unwrap_or_default();
                if text.starts_with('$') { text.to_owned() } else { format!("${text}") }
            }
        });
        add_programs(&words.collect::<Vec<_>>(), programs);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_seen_through_shells() {
        let of = |words: &[&str]| programs(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>()).join(" ");
        assert_eq!(of(&["bash", "-c", "git --version && curl -s http://x; python app.py"]), "bash git curl python");
        assert_eq!(of(&["/bin/sh", "-ec", "exec $X; timeout 5 env A=b nc -z a 1"]), "sh $X timeout env nc");
        assert_eq!(of(&["npm", "run", "dev"]), "npm");
        assert_eq!(of(&["sh", "wait.sh"]), "sh wait.sh");
        assert_eq!(of(&["sh", "-c", "cd /x && [ -f y ] || (wget z | tar x)"]), "sh wget tar");
        assert_eq!(of(&["sh", "-c", ". ./lib.sh && start"]), "sh lib.sh start");
    }
}
