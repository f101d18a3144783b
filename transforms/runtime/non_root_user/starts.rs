//! What a container starts, in words: through scripts of the build context and of `package.json`, and through programs that only start another.

use super::ownership::Ownership;
use super::{FACTS, environments, programs, scripts};
use crate::ecosystems;
use crate::rewrite::{Answer, Context, Obstacle, Question};
use crate::semantics::start::is_shell;
use crate::semantics::{StartWord, joined};
use crate::syntax::Instruction;
use crate::text::TextRange;

/// How far what is started is followed: further, it is not known.
const DEPTH_MAX: u32 = 6;

/// The command lines that a container starts with.
#[derive(Debug)]
pub(super) struct Start<'f> {
    /// That of the program.
    pub words: Vec<String>,
    /// Those that run before it, or beside it.
    pub others: Vec<Vec<String>>,
    /// Files of the build context that are programs themselves.
    pub executed: Vec<String>,
    /// The first of CMD and ENTRYPOINT, of those that count.
    pub first: &'f Instruction,
    pub range: TextRange,
}

impl Start<'_> {
    /// All command lines, that of the program first.
    pub fn lines(&self) -> impl Iterator<Item = &Vec<String>> {
        std::iter::once(&self.words).chain(&self.others)
    }
}

/// The name of a program without the folder that it is in.
pub(super) fn name_of(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// What stage `stage` starts.
///
/// # Errors
/// Why that is not known.
pub(super) fn start<'f>(cx: &Context<'f>, stage: usize, ownership: &Ownership<'_>) -> Result<Start<'f>, Obstacle> {
    let start = cx.build.start(stage);
    let own = start.parts().filter(|part| part.stage == stage).map(|part| part.instruction);
    let first = own.min_by_key(|instruction| instruction.range.start());
    let (Some(shown), Some(first)) = (start.shown(), first) else {
        let because = "it starts nothing itself: there is no CMD and no ENTRYPOINT".to_owned();
        return Err((cx.build.stages[stage].from.text_range(), because));
    };
    let range = shown.instruction.text_range();
    let lines = match start.line() {
        Ok(line) => vec![line.words],
        Err(unread) => {
            let is_alone = start.parts().count() == 1 && !shown.has_other_shell();
            let script = shown.script().filter(|_| is_alone).ok_or_else(|| unread.clone())?;
            scripts::sequence(script).map_err(|_| unread)?
        }
    };
    let mut follow = Following { cx, stage, ownership, executed: Vec::new() };
    let mut all = Vec::new();
    for line in lines {
        let words = known(line).map_err(|because| (range, because))?;
        all.extend(follow.expanded(words, 0).map_err(|because| (range, because))?);
    }
    let words = all.pop().ok_or_else(|| (range, "it starts a shell".to_owned()))?;
    Ok(Start { words, others: all, executed: follow.executed, first, range })
}

/// The words, where those that only the shell knows are options, or have a port in them.
fn known(words: Vec<StartWord>) -> Result<Vec<String>, String> {
    let word = |StartWord { text, is_known, .. }: StartWord| {
        let holds_options = || FACTS.has("variable with options", text.trim_matches(['"', '$', '{', '}']));
        let is_option = || holds_options() || text == "\"$@\"" || has_port_alone(&text);
        if is_known || is_option() { Ok(text) } else { Err(format!("what `{text}` is, is only known when it runs")) }
    };
    words.into_iter().map(word).collect()
}

/// Whether the only variable in `text` is a port, with one that is for all where it is not set.
fn has_port_alone(text: &str) -> bool {
    let Some((before, variable)) = text.split_once('$') else { return false };
    let (variable, behind) = match variable.strip_prefix('{') {
        Some(rest) => rest.split_once('}').unwrap_or((rest, "$")),
        None => {
            let end = variable.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(variable.len());
            variable.split_at(end)
        }
    };
    let (name, default) = variable.split_once(":-").unwrap_or((variable, "8080"));
    let is_plain = |text: &str| !text.contains(['$', '`', '/']);
    let is_for_all = default.parse::<u32>().is_ok_and(|port| port >= super::signs::PORT_MIN);
    is_plain(before) && is_plain(behind) && is_for_all && name.ends_with("PORT")
}

/// What is followed to what it starts.
struct Following<'c, 'f> {
    cx: &'c Context<'f>,
    stage: usize,
    ownership: &'c Ownership<'f>,
    executed: Vec<String>,
}

type Lines = Result<Vec<Vec<String>>, String>;

impl Following<'_, '_> {
    /// The command lines that `words` come to in the end.
    fn expanded(&mut self, words: Vec<String>, depth: u32) -> Lines {
        if depth > DEPTH_MAX {
            return Err("what it starts leads on and on".to_owned());
        }
        let Some(program) = words.first() else { return Err("it starts a shell".to_owned()) };
        let is_in_shell = is_shell(program);
        if let [_, option, script] = words.as_slice()
            && is_in_shell
            && option == "-c"
        {
            return self.all(scripts::sequence(script)?, depth);
        }
        let at = usize::from(is_in_shell);
        let Some(name) = words.get(at) else { return Err("it starts a shell".to_owned()) };
        if is_in_shell || name.ends_with(".sh") || name.contains("entrypoint") {
            return self.through_file(&words, at, depth);
        }
        if let Some(rest) = self.behind_wrapper(&words)? {
            return self.expanded(rest, depth + 1);
        }
        if name_of(name) == FACTS.get("starter of several").unwrap_or_default() {
            let is_option = |word: &&String| word.starts_with('-');
            if words.iter().filter(is_option).any(|word| !FACTS.has("option of a starter of several", word)) {
                return Err(format!("what `{name}` starts is not known"));
            }
            let lines = words[1..].iter().filter(|word| !word.starts_with('-')).map(|line| scripts::sequence(line));
            return self.all(lines.collect::<Result<Vec<_>, _>>()?.concat(), depth);
        }
        match script_called(&words) {
            Some(name) => self.through_manifest(&words, name, depth),
            None => Ok(vec![words]),
        }
    }

    fn all(&mut self, lines: Vec<Vec<StartWord>>, depth: u32) -> Lines {
        let mut all = Vec::new();
        for line in lines {
            all.extend(self.expanded(known(line)?, depth + 1)?);
        }
        Ok(all)
    }

    /// What comes behind a program that only starts another, as a user that cannot be told from root.
    fn behind_wrapper(&self, words: &[String]) -> Result<Option<Vec<String>>, String> {
        let lead = |count: usize| words.iter().take(count).map(|word| name_of(word)).collect::<Vec<_>>().join(" ");
        if FACTS.has("program that sets variables", &lead(1)) {
            let rest = words[1..].iter().skip_while(|word| word.contains('=')).cloned().collect();
            return Ok(Some(rest));
        }
        if FACTS.has("init for every user", &lead(1)) {
            let rest = words[1..].iter().skip_while(|word| word.starts_with('-') && *word != "--");
            return Ok(Some(rest.skip_while(|word| *word == "--").cloned().collect()));
        }
        if !FACTS.has("program that starts another", &lead(2)) || words.len() < 3 || words[2].starts_with('-') {
            return Ok(None);
        }
        environments::at_start(self.cx, self.stage, name_of(&words[0]))?;
        Ok(Some(words[2..].to_vec()))
    }

    /// What a script of the build context comes to, whose words stand from `at` on.
    fn through_file(&mut self, words: &[String], at: usize, depth: u32) -> Lines {
        let name = &words[at];
        let unknown = || format!("what `{name}` does is not known");
        let text = self.text(name).ok_or_else(unknown)?;
        if at == 0 {
            self.executed.extend(self.source(name));
        }
        let mut all = Vec::new();
        let lines = scripts::of_file(name, &text)?;
        let last = lines.len().saturating_sub(1);
        for (index, line) in lines.into_iter().enumerate() {
            // What is only an argument of what comes before the program says nothing of it.
            let line = match index == last {
                true => known(line)?,
                false => line.into_iter().map(|word| word.text).collect(),
            };
            let behind = |word| if word == "\"$@\"" { words[at + 1..].to_vec() } else { vec![word] };
            let line: Vec<_> = line.into_iter().flat_map(behind).collect();
            let program = line.first().cloned().unwrap_or_default();
            let lines = self.expanded(line, depth + 1)?;
            if index != last {
                let is_known = lines.iter().all(|line| programs::is_step(self.cx, line, self.ownership));
                if !is_known {
                    return Err(format!("`{name}` runs `{program}`, which may need root"));
                }
            }
            all.extend(lines);
        }
        Ok(all)
    }

    /// The path in the build context of what stands at `path` where it is started.
    fn source(&self, path: &str) -> Option<String> {
        let path = joined(&self.ownership.directory, path);
        self.ownership.source_of(&path).or_else(|| source_in(self.cx, self.stage, &path))
    }

    /// The text of the file of the build context that stands at `path` where it is started.
    fn text(&self, path: &str) -> Option<String> {
        let source = self.source(path)?;
        let Answer::Text(text) = self.cx.facts.answer(Question::ContextFile(source)) else { return None };
        String::from_utf8(text.clone()).ok()
    }

    /// What the script `name` of a manifest comes to.
    fn through_manifest(&mut self, words: &[String], name: &str, depth: u32) -> Lines {
        let runner = name_of(&words[0]);
        let Some(text) = self.text(ecosystems::MANIFEST_WITH_SCRIPTS) else { return Ok(vec![words.to_vec()]) };
        let Some(scripts) = ecosystems::script(&text, name) else { return Ok(vec![words.to_vec()]) };
        environments::at_start(self.cx, self.stage, runner)?;
        let mut all = Vec::new();
        for script in scripts {
            all.extend(self.all(scripts::sequence(&script)?, depth)?);
        }
        Ok(all)
    }
}

/// That the script which is started is not where it is looked for, by all that is copied.
pub(super) fn missing(cx: &Context<'_>, start: &Start<'_>, ownership: &Ownership<'_>) -> Option<String> {
    let Answer::Paths(all) = cx.facts.answer(Question::ContextFiles) else { return None };
    let script = programs::script_of(start.words.get(1..)?)?;
    let is_of_context = ownership.copied.iter().all(|copied| copied.from == crate::semantics::Origin::Context);
    let is_written = FACTS.of("ending of a script of Python").any(|ending| script.ends_with(ending));
    let path = joined(&ownership.directory, script);
    let is_here = || source_in(cx, ownership.stage, &path).is_some();
    let is_known = is_written && is_of_context && !ownership.copied.is_empty() && !all.is_empty();
    (is_known && !is_here()).then(|| format!("`{script}` is not where it is started"))
}

/// The script of a manifest that `words` run.
fn script_called(words: &[String]) -> Option<&str> {
    let (runner, rest) = words.split_first()?;
    let runner = name_of(runner);
    let mut names = rest.iter().map(String::as_str).filter(|word| !FACTS.has("option of a runner of scripts", word));
    let first = names.next()?;
    let is_verb = FACTS.has("verb that runs a script", first);
    let name = if is_verb { names.next()? } else { first };
    let is_direct = FACTS.has("runner of scripts by their names", runner) || name == "start";
    let is_runner = FACTS.has("runner of scripts", runner) && (is_verb || is_direct);
    (is_runner && names.next().is_none() && !name.starts_with('-')).then_some(name)
}

/// The path in the build context of what stands at `path` of stage `stage`, whatever stages it came through.
pub(super) fn source_in(cx: &Context<'_>, stage: usize, path: &str) -> Option<String> {
    use crate::semantics::{Base, Origin};
    let Answer::Paths(all) = cx.facts.answer(Question::ContextFiles) else { return None };
    let mut open = vec![(stage, path.to_owned())];
    let mut steps = 0;
    while let Some((stage, path)) = open.pop() {
        steps += 1;
        if steps > cx.build.stages.len() * 4 {
            return None;
        }
        let copies: Vec<_> = cx.build.copies_of(stage).collect();
        for copied in copies.iter().rev() {
            let origins = copied.origins_of(&path);
            match copied.from {
                Origin::Context => {
                    if let Some(found) = origins.into_iter().find(|origin| all.contains(origin)) {
                        return Some(found);
                    }
                }
                Origin::Stage(lender) => {
                    open.extend(origins.into_iter().map(|origin| (lender, joined("/", &origin))));
                }
                _ => {}
            }
        }
        if let Base::Stage(base) = cx.build.stages[stage].base {
            open.push((base, path));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::has_port_alone;

    #[test]
    fn a_variable_may_be_a_port() {
        for text in ["$PORT", "${PORT}", "0.0.0.0:$PORT", "\"0.0.0.0:${APP_PORT:-8000}\"", "--port=$PORT"] {
            assert!(has_port_alone(text), "{text}");
        }
        for text in ["${PORT:-80}", "$FILE", "/$PORT", "$PORT$FILE", "8080", "${PORT"] {
            assert!(!has_port_alone(text), "{text}");
        }
    }
}
