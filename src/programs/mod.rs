//! What a program needs of the image around it, as far as its code and its manifests tell.
//!
//! Nothing here understands a program. It looks for signs, and knows packages by name: what it does not know counts as a need.

pub(crate) mod files;
pub(crate) mod history;
pub(crate) mod installs;
mod places;
mod ports;
mod routes;
pub(crate) mod variables;

pub(crate) use self::places::place;

use self::places::is_settings;
use self::ports::low_port;
use crate::known::{Table, table};
use crate::rewrite::Context;
use crate::semantics::Part;

/// Signs in code, whatever it is written in.
static FACTS: Table = table!("signs.txt");

/// What the code of a program does with its surroundings: the first sign of each kind, as half a sentence.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Needs {
    /// Of the system, whatever image it has: programs that it starts, places outside its own folder, rights of root.
    pub system: Option<String>,
    /// Of libraries and files that an image may lack: packages of which nothing is known, and code that is not seen.
    pub libraries: Option<String>,
    /// Of its libraries, of which one is not known: what it may read and write. What it needs of an image is asked where it is installed.
    pub unseen: Option<String>,
    /// Of the image alone, whoever runs it: what another image may lack.
    pub image: Option<String>,
    /// Files that it reads, by whatever name.
    pub reads: Option<String>,
    /// Files that it may write.
    pub writes: Option<String>,
    /// A port that may be for root alone, or another question for root.
    pub port: Option<String>,
}

/// In what a program is written, and how its code is read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Language {
    /// Whether the file at a path is code, or says what the code needs.
    pub is_code: fn(&str) -> bool,
    /// Whether it is code, and does not only say what code needs.
    pub is_source: fn(&str) -> bool,
    /// Whether the calls that are looked for in its code are all that open files.
    pub names_files: bool,
    /// What code needs, of all the paths that the program is made of.
    pub needs: fn(&[Source<'_>], &[String]) -> Needs,
    /// What code may write, wherever that is.
    pub writes: fn(&[Source<'_>]) -> Option<String>,
}

impl Language {
    /// Whether there is code among `paths`, and not only what says what code needs.
    pub fn has_code(&self, paths: &[String]) -> bool {
        paths.iter().any(|path| (self.is_source)(path))
    }
}

/// What the program needs whose code and manifests are among `paths` of the build context; `None` if one of them is not known, or there is no
/// code.
pub(crate) fn needs(cx: &Context<'_>, language: &Language, paths: &[String]) -> Option<Needs> {
    let is_here = language.has_code(paths) && is_started_here(cx, paths);
    is_here.then(|| needs_of_code(cx, language, paths))
}

/// What shows that the code among `paths` listens or waits for work, of the signs that `facts` has; `None` if nothing does.
pub(crate) fn service(cx: &Context<'_>, language: &Language, facts: Table, paths: &[String]) -> Option<&'static str> {
    let code: Vec<_> = paths.iter().map(String::as_str).filter(|path| (language.is_source)(path)).collect();
    files::texts(cx, &code)?.iter().find_map(|text| facts.sign("sign of a service", text))
}

/// What the code among `paths` needs, whatever is started.
pub(crate) fn needs_of_code(cx: &Context<'_>, language: &Language, paths: &[String]) -> Needs {
    let code: Vec<_> = paths.iter().map(String::as_str).filter(|path| (language.is_code)(path)).collect();
    let Some(texts) = files::texts(cx, &code) else {
        let because = "its code is more than is read here, or is not all text".to_owned();
        return Needs { system: Some(because), ..Needs::default() };
    };
    let sources: Vec<_> = code.into_iter().zip(texts.iter().map(String::as_str)).collect();
    let mut needs = (language.needs)(&sources, paths);
    needs.port = needs.port.or_else(|| sources.iter().find_map(|(path, text)| low_port(path, text)));
    needs.port = needs.port.or_else(|| sources.iter().find_map(|(path, text)| asks_for_root(path, text)));
    let settings: Vec<_> = paths.iter().map(String::as_str).filter(|path| is_settings(path)).collect();
    let Some(texts) = files::texts(cx, &settings) else {
        needs.port.get_or_insert_with(|| "what its settings say is not known".to_owned());
        return needs;
    };
    let settings: Vec<_> = settings.into_iter().zip(texts.iter().map(String::as_str)).collect();
    needs.port = needs.port.or_else(|| settings.iter().find_map(|(path, text)| low_port(path, text)));
    needs.writes = needs.writes.or_else(|| place(&settings));
    needs
}

/// What the code and the settings among `paths` may write that is not in one of the folders `own`, where the program has another user than root.
pub(crate) fn writes_of_root(
    cx: &Context<'_>,
    language: &Language,
    paths: &[String],
    own: &[String],
) -> Option<String> {
    let is_asked = |path: &&str| (language.is_code)(path) || is_settings(path);
    let asked: Vec<_> = paths.iter().map(String::as_str).filter(is_asked).collect();
    let Some(texts) = files::texts(cx, &asked) else {
        return Some("its code is more than is read here, or is not all text".to_owned());
    };
    let sources: Vec<_> = asked.into_iter().zip(texts.iter().map(String::as_str)).collect();
    places::outside(&sources, own)
}

/// What the code among `paths` may write by calls whose names mean something else too; as half a sentence.
pub(crate) fn writes(cx: &Context<'_>, language: &Language, paths: &[String]) -> Option<String> {
    let code: Vec<_> = paths.iter().map(String::as_str).filter(|path| (language.is_code)(path)).collect();
    let texts = files::texts(cx, &code)?;
    let sources: Vec<_> = code.into_iter().zip(texts.iter().map(String::as_str)).collect();
    (language.writes)(&sources)
}

/// Whether the code or the settings among `paths` may make files where the program is started, or it is not known what they say.
pub(crate) fn may_write_beside(cx: &Context<'_>, language: &Language, paths: &[String]) -> bool {
    let is_asked = |path: &&str| (language.is_code)(path) || is_settings(path);
    let asked: Vec<_> = paths.iter().map(String::as_str).filter(is_asked).collect();
    let has_sign = |text: &String| {
        let lower = text.to_ascii_lowercase();
        FACTS.sign("sign of a file beside", &lower).is_some()
    };
    files::texts(cx, &asked).is_none_or(|texts| texts.iter().any(has_sign))
}

/// Whether the scripts that the last stage starts are among `paths`, or what they may be compiled from. If not, another folder may be the build context, and what is
/// here is not the program.
fn is_started_here(cx: &Context<'_>, paths: &[String]) -> bool {
    let Some(last) = cx.build.stages.len().checked_sub(1) else { return true };
    let start = cx.build.start(last);
    let mut scripts = start.parts().flat_map(Part::pieces).filter_map(|word| {
        let stem = FACTS.of("ending of a script").find_map(|ending| word.strip_suffix(ending))?;
        Some(stem.rsplit('/').next().unwrap_or(stem))
    });
    let is_here = |stem: &str| {
        let mut names = paths.iter().filter_map(|path| path.rsplit('/').next());
        names.any(|name| name.split('.').next() == stem.split('.').next())
    };
    scripts.all(is_here)
}

/// What code names of `module`, which it writes as `os.name`; a name is made of what `is_of_name` takes.
pub(crate) fn members<'t>(
    text: &'t str,
    module: &'t str,
    is_of_name: fn(char) -> bool,
) -> impl Iterator<Item = &'t str> + Clone {
    text.match_indices(module).filter_map(move |(at, _)| {
        let rest = text[at + module.len()..].strip_prefix('.')?;
        let is_module = !text[..at].ends_with(|before: char| before.is_alphanumeric() || "_./".contains(before));
        is_module.then(|| rest.split(|c| !is_of_name(c)).next().unwrap_or_default())
    })
}

/// What code names of `class`, wherever that is from: `System.IO.File.Delete`.
pub(crate) fn members_anywhere<'t>(text: &'t str, class: &'t str) -> impl Iterator<Item = &'t str> + Clone {
    let is_of_name = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(class).filter_map(move |(at, _)| {
        let rest = text[at + class.len()..].trim_start().strip_prefix('.')?.trim_start();
        let is_class = !text[..at].ends_with(is_of_name);
        is_class.then(|| rest.split(|c| !is_of_name(c)).next().unwrap_or_default())
    })
}

/// What of the program as a whole goes to a path, and its text.
pub(crate) type Source<'s> = (&'s str, &'s str);

impl Needs {
    /// What the first signs are that stand in `sources` as written, of those that `facts` has: a `sign of system` starts a program, runs code that is not seen, goes
    /// by what the system has or changes who it is, a `sign of libraries` goes by what an image may lack, a `sign of image` by what one image has alone, and a
    /// `sign of reading` and a `sign of writing` open files.
    pub fn by_signs(sources: &[Source<'_>], facts: Table) -> Self {
        let first = |kind: &str| {
            sources.iter().find_map(|(path, text)| {
                let sign = facts.sign(kind, text)?;
                Some(format!("`{path}` has `{}`", sign.trim_end_matches(['(', '"', '\'', '`']).trim()))
            })
        };
        Self {
            system: first("sign of system").or_else(|| place(sources)),
            unseen: None,
            libraries: first("sign of libraries"),
            image: first("sign of image"),
            reads: first("sign of reading"),
            writes: first("sign of writing"),
            port: None,
        }
    }

    /// The first call of a function that needs no module and runs code that is not seen, of those that `facts` has.
    pub fn of_builtins(sources: &[Source<'_>], facts: Table) -> Option<String> {
        sources.iter().find_map(|(path, text)| {
            let builtin = facts.of("builtin").find(|builtin| calls_builtin(text, builtin))?;
            Some(format!("`{path}` has `{builtin}`"))
        })
    }

    /// The first of those that another image may not do with: a package, or something of the system.
    pub fn of_surroundings(&self) -> Option<&String> {
        self.libraries.as_ref().or(self.system.as_ref())
    }

    /// What is not known of libraries.
    pub fn of_libraries(&self) -> Option<&String> {
        self.libraries.as_ref().or(self.unseen.as_ref())
    }

    /// The first of all, of the system or of files.
    pub fn any(&self) -> Option<&String> {
        self.of_surroundings().or(self.image.as_ref()).or(self.writes.as_ref()).or(self.reads.as_ref())
    }
}

/// Whether `text` calls the function `name`, and not a method that is called so too, or one whose name ends so.
fn calls_builtin(text: &str, name: &str) -> bool {
    let is_part_of_name = |c: char| c.is_alphanumeric() || "_$".contains(c);
    text.match_indices(name).any(|(at, _)| {
        let (before, behind) = (&text[..at], text[at + name.len()..].trim_start());
        let is_reached = match before.strip_suffix('.') {
            Some(object) => {
                FACTS.has("holder of builtins", object.rsplit(|c| !is_part_of_name(c)).next().unwrap_or_default())
            }
            None => !before.ends_with(is_part_of_name) && !before.trim_end_matches(' ').ends_with("def"),
        };
        is_reached && behind.starts_with('(')
    })
}

/// Where the number of the user is compared, or kept to be compared.
fn asks_for_root(path: &str, text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let asks = |name: &str| {
        lower.match_indices(name).any(|(at, _)| {
            let before =
                lower[..at].rsplit(|c: char| !c.is_alphanumeric() && !"._".contains(c)).next().unwrap_or_default();
            let before = lower[..at - before.len()].trim_end_matches([' ', '(']);
            // `getuid!()` and `getuid?.()` are calls too.
            let after = lower[at + name.len()..].trim_start_matches('!').trim_start_matches("?.");
            let after = after.trim_start_matches([' ', '(', ')']);
            before.ends_with(['=', '!', '<', '>'])
                || before.ends_with("\nif")
                || FACTS.of("word before a condition").any(|word| before.ends_with(word))
                || after.starts_with(['=', '!', '<', '>', '?', '&', '|'])
        })
    };
    let name = ["geteuid", "getuid"].into_iter().find(|name| asks(name))?;
    Some(format!("`{path}` asks `{name}` who runs it"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_method_is_no_builtin() {
        for text in ["x = eval(y)", "exec (y)", "window.eval(a)", "builtins.exec(y)", "if(eval(a)){}"] {
            assert!(calls_builtin(text, "eval") || calls_builtin(text, "exec"), "{text}");
        }
        for text in ["model.eval()", "ast.literal_eval(x)", "def eval(self):", "session.exec(query)", "redis?.eval(s)"]
        {
            assert!(!calls_builtin(text, "eval") && !calls_builtin(text, "exec"), "{text}");
        }
    }
}
