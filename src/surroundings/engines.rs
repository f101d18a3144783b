//! Options of the programs that build and run images, as far as they must be told from what stands behind them.
//! <https://docs.docker.com/reference/cli/docker/buildx/build/>, <https://docs.docker.com/reference/cli/docker/container/run/>

use super::FACTS;

/// What is given with the socket of the engine, which belongs to root, even where it is mounted to be read.
pub(super) const ENGINE: &str = "docker.sock";

/// An option with its value, or alone.
pub(super) type Pair<'w> = (&'w str, Option<&'w str>);

/// What options are known in front of what.
#[derive(Clone, Copy)]
pub(super) enum Of {
    Engine,
    Build,
    Run,
}

/// The options at the start of `words`, and what follows. Options of `build` may also stand behind the folder.
pub(super) fn options(words: &[String], of: Of) -> (Vec<Pair<'_>>, Vec<&str>) {
    let flags = match of {
        Of::Engine => "flag of an engine",
        Of::Build => "flag of build",
        Of::Run => "flag of run",
    };
    let (mut pairs, mut operands) = (Vec::new(), Vec::new());
    let mut words = words.iter().map(String::as_str).peekable();
    while let Some(word) = words.next() {
        if word == "--" {
            operands.extend(words.by_ref());
        } else if let Some((name, value)) = word.split_once('=').filter(|_| word.starts_with('-')) {
            pairs.push((name, Some(value)));
        } else if FACTS.has(flags, word) {
            pairs.push((word, None));
        } else if word.starts_with("--") && word.len() > 2 {
            pairs.push((word, words.next()));
        } else if word.starts_with('-') && word.len() > 1 {
            short(word, flags, &mut pairs, &mut words);
        } else {
            operands.push(word);
            // Behind the image or the container stand the words of its program.
            if matches!(of, Of::Run | Of::Engine) {
                operands.extend(words.by_ref());
            }
        }
    }
    (pairs, operands)
}

/// `-it`, `-v/a:/b`, `-itv /a:/b`
fn short<'w>(word: &'w str, flags: &str, pairs: &mut Vec<Pair<'w>>, words: &mut impl Iterator<Item = &'w str>) {
    for (at, letter) in word.char_indices().skip(1) {
        let is_flag = FACTS.of(flags).any(|flag| flag.len() == 2 && flag.ends_with(letter));
        let rest = &word[at + letter.len_utf8()..];
        if is_flag {
            continue;
        }
        let name = FACTS.of("option with a value").find(|name| name.ends_with(letter)).unwrap_or("-?");
        pairs.push((name, if rest.is_empty() { words.next() } else { Some(rest) }));
        return;
    }
}
