//! What holds for every shell text: it is read exactly or not at all, and as a second parser reads it.

mod material;

use std::collections::BTreeMap;

use dockeropt::syntax::shell::{CommandKind, Dialect, ListItem, Script, Step, Word, parse};
use dockeropt::text::TextRange;
use proptest::prelude::*;
use rable::NodeKind;

/// Pieces of shell text that make scripts when strung together: some right, some wrong.
const FRAGMENTS: [&str; 64] = [
    "a",
    "b c",
    "echo",
    "'x y'",
    "\"$z\"",
    "\"a b\"",
    "$(",
    ")",
    "`",
    "(",
    "{ ",
    " }",
    ";",
    "; ",
    " && ",
    " || ",
    " | ",
    " & ",
    "\n",
    " ",
    "\\\n",
    "\\",
    "# c\n",
    "#",
    "if ",
    "; then ",
    "; else ",
    "; elif ",
    "; fi",
    "for i in ",
    "while ",
    "; do ",
    "; done",
    "case x in ",
    " esac",
    ";;",
    "x) ",
    "f() ",
    "function f ",
    "A=1 ",
    "B+=$(c) ",
    "C=(1 2) ",
    ">f ",
    "2>&1 ",
    "&> g",
    "<<E\n",
    "\nE\n",
    "<<-'E'\n",
    "<<<w ",
    "! ",
    "[[ ",
    " ]]",
    " == ",
    "((",
    "))",
    "${x:-",
    "}",
    "$'\\''",
    "é",
    "~",
    "*",
    "export ",
    "exit 1",
    "[ -n x ]",
];

fn scripts() -> impl Strategy<Value = String> {
    let strung =
        prop::collection::vec(prop::sample::select(FRAGMENTS.to_vec()), 0..24).prop_map(|parts| parts.concat());
    prop_oneof![4 => strung, 2 => commands(), 1 => any::<String>()]
}

/// Scripts that are mostly right.
fn commands() -> impl Strategy<Value = String> {
    let simple = prop::sample::select(vec![
        "apt-get update",
        "echo \"a $b\" 'c d'",
        "A=1 B=\"x y\" make -j4 >log 2>&1",
        "export P=$(pwd)/bin Q",
        "cd /tmp",
        "find . -name '*.o' -exec rm {} +",
        "test -f `which a`",
        "exit 1",
        "set -eux",
        "x=${y:-\"$(z -q)\"}",
    ]);
    simple.prop_map(str::to_owned).prop_recursive(4, 24, 3, |inner| {
        prop_oneof![
            (
                inner.clone(),
                prop::sample::select(vec![" && ", " || ", "; ", " | ", "\n", " &\n", " \\\n && "]),
                inner.clone()
            )
                .prop_map(|(left, operator, right)| format!("{left}{operator}{right}")),
            inner.clone().prop_map(|body| format!("( {body})")),
            inner.clone().prop_map(|body| format!("{{ {body}; }} >/dev/null")),
            inner.clone().prop_map(|body| format!("echo \"$( {body})\" # why")).prop_map(|text| text + "\n:"),
            (inner.clone(), inner.clone()).prop_map(|(test, body)| format!("if {test}; then {body}; fi")),
            inner.clone().prop_map(|body| format!("for i in 1 \"$a\"; do {body}; done")),
            inner.clone().prop_map(|body| format!("case \"$x\" in (a|b) {body} ;; (*) : ;; esac")),
            inner.prop_map(|body| format!("f() {{ {body}; }}")),
        ]
    })
}

/// A script with one character taken out, doubled, or another put in.
fn mutated() -> impl Strategy<Value = String> {
    let character = prop::sample::select("()[]{}<>;&|$`'\"\\#!=~* \n\taé".chars().collect::<Vec<_>>());
    (commands(), any::<prop::sample::Index>(), character, 0..3).prop_map(|(text, place, character, how)| {
        let mut characters: Vec<char> = text.chars().collect();
        let place = place.index(characters.len());
        match how {
            0 => drop(characters.remove(place)),
            1 => characters.insert(place, characters[place]),
            _ => characters.insert(place, character),
        }
        characters.into_iter().collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read_in_place_or_not_at_all(text in prop_oneof![scripts(), mutated()]) {
        for dialect in [Dialect::Bash, Dialect::Posix] {
            if let Ok(script) = parse(&text, dialect) {
                assert_in_place(&text, &script);
            }
        }
    }

    #[test]
    fn most_right_scripts_are_read(text in commands()) {
        prop_assert!(parse(&text, Dialect::Bash).is_ok(), "{text:?}");
    }

    #[test]
    fn what_a_second_parser_reads_too_it_reads_alike(text in prop_oneof![commands(), mutated()]) {
        let (Ok(ours), Ok(theirs)) = (parse(&text, Dialect::Bash), rable::parse(&text, false)) else { return Ok(()) };
        prop_assert_eq!(our_chained_words(&text, &ours), their_chained_words(&theirs));
    }

    #[test]
    fn a_test_behind_a_text_changes_nothing_in_front_of_it(text in prop_oneof![scripts(), commands(), mutated()]) {
        assert_same_before_a_test(&text);
    }

    #[test]
    fn another_literal_in_the_place_of_a_word_changes_only_this_word(
        text in prop_oneof![scripts(), mutated()],
        place in any::<prop::sample::Index>(),
    ) {
        let Ok(before) = parse(&text, Dialect::Bash) else { return Ok(()) };
        let words = words(&before);
        // Not a command's name: `export` takes arrays, which no other command does.
        let arguments: Vec<_> =
            words.iter().enumerate().filter(|(_, (at, word))| *at > 0 && word.literal.is_some()).collect();
        if arguments.is_empty() {
            return Ok(());
        }
        let (index, (_, word)) = arguments[place.index(arguments.len())];
        let (start, end) = (word.range.start(), word.range.end());
        let edited = format!("{}zz-top{}", &text[..start], &text[end..]);
        let after = parse(&edited, Dialect::Bash);
        prop_assert!(after.is_ok(), "{text:?} -> {edited:?}: {after:?}");
        let mut expected: Vec<_> = words.iter().map(|(_, word)| word.literal.as_deref()).collect();
        expected[index] = Some("zz-top");
        let after = after.unwrap();
        let found = self::words(&after);
        prop_assert_eq!(found.iter().map(|(_, word)| word.literal.as_deref()).collect::<Vec<_>>(), expected);
    }
}

/// A `[[ ]]` in a text has all of it read by the whole grammar, so that both ways to read a text are compared.
fn assert_same_before_a_test(text: &str) {
    let Ok(alone) = parse(text, Dialect::Bash) else { return };
    // A backslash at the end would take the newline for itself.
    if text.ends_with('\\') {
        return;
    }
    // The whole grammar may lose its place in what it reads alone: `${y:-$(z)"}`.
    let Ok(longer) = parse(&format!("{text}\n[[ a ]]"), Dialect::Bash) else { return };
    let (_, before) = longer.body.items.split_last().unwrap();
    let chains = |items: &[ListItem]| items.iter().map(|item| item.and_or.clone()).collect::<Vec<_>>();
    assert_eq!(chains(before), chains(&alone.body.items), "{text:?}");
    let separators = alone.body.items.iter().zip(before);
    for (item, before) in separators.filter(|(item, _)| item.separator.is_some()) {
        assert_eq!(item.separator, before.separator, "{text:?}");
    }
    assert_eq!(longer.comments, alone.comments, "{text:?}");
}

/// All words of all simple commands with their place in the command, in source order.
fn words(script: &Script) -> Vec<(usize, &Word)> {
    let mut words = Vec::new();
    for visit in script.commands() {
        if let CommandKind::Simple(simple) = &visit.command.kind {
            words.extend(simple.words.iter().enumerate());
        }
    }
    words.sort_by_key(|(_, word)| word.range);
    words
}

fn assert_in_place(text: &str, script: &Script) {
    let slice = |range: TextRange| &text[std::ops::Range::from(range)];
    for range in &script.comments {
        assert!(slice(*range).starts_with('#') && !slice(*range).contains('\n'));
    }
    for visit in script.commands() {
        let whole = visit.command.range;
        assert!(!slice(whole).starts_with([' ', '\t', '\n']), "{text:?} {:?}", slice(whole));
        for redirect in &visit.command.redirects {
            assert!(whole.contains(redirect.range) && redirect.range.contains(redirect.target.range));
            assert!(slice(redirect.range).contains(['<', '>']));
            if let Some(heredoc) = &redirect.heredoc {
                let body = slice(heredoc.body);
                assert!(body.is_empty() || body.ends_with('\n'));
                assert!(text[heredoc.body.end()..].trim_start_matches('\t').starts_with(&heredoc.delimiter));
                assert!(text[..heredoc.body.start()].ends_with('\n'));
            }
        }
        let CommandKind::Simple(simple) = &visit.command.kind else { continue };
        let words = simple.words.iter().map(|word| word.range);
        let redirects = visit.command.redirects.iter().map(|redirect| redirect.range);
        let mut pieces: Vec<_> =
            simple.assignments.iter().map(|node| node.range).chain(words).chain(redirects).collect();
        pieces.sort();
        assert_eq!(pieces.first().map(|piece| piece.start()), Some(whole.start()));
        assert_eq!(pieces.last().map(|piece| piece.end()), Some(whole.end()));
        for pair in pieces.windows(2) {
            let gap = &text[pair[0].end()..pair[1].start()];
            assert!(gap.replace("\\\n", "").trim_matches([' ', '\t']).is_empty(), "{text:?} gap {gap:?}");
        }
    }
}

#[test]
fn nesting_and_length_do_not_hurt() {
    let kinds = "( | $( | { | if | ` | ! | a && | a; | ${x:- | \"$( | (( | $(( | [[ ( | case x in a) | a \\| | <( | a=( | {a, | [";
    for kind in kinds.split(" | ") {
        let text = format!("{kind} ").repeat(20_000);
        let started = std::time::Instant::now();
        for length in [2_000, 20_000, 60_000] {
            let _ = parse(&text[..length.min(text.len())], Dialect::Bash);
            let _ = parse(&text.replace(' ', "")[..length.min(20_000)], Dialect::Posix);
        }
        assert!(started.elapsed().as_secs() < 5, "{kind:?} takes {:?}", started.elapsed());
    }
}

#[test]
fn the_corpus_is_read_as_a_second_parser_reads_it() {
    let Some(bodies) = corpus() else { return };
    let (mut parsed, mut agreed, mut compared) = (0, 0, 0);
    let mut opaque: BTreeMap<&str, usize> = BTreeMap::new();
    for body in &bodies {
        let script = match parse(body, Dialect::Bash) {
            Ok(script) => script,
            Err(reason) => {
                *opaque.entry(reason.because).or_default() += 1;
                continue;
            }
        };
        parsed += 1;
        assert_in_place(body, &script);
        assert_same_before_a_test(body);
        let Ok(nodes) = rable::parse(body, false) else {
            println!("only we read {body:?}");
            continue;
        };
        compared += 1;
        let theirs = their_chained_words(&nodes);
        let ours = our_chained_words(body, &script);
        if ours == theirs {
            agreed += 1;
        } else {
            println!("disagreement on {body:?}\n  ours   {ours:?}\n  theirs {theirs:?}");
        }
    }
    println!("{parsed} of {} read; not read: {opaque:#?}; {agreed} of {compared} agree", bodies.len());
    let unread = bodies.len() - parsed;
    assert!(unread * 100 < bodies.len() * 3, "{unread} of {} texts are not read", bodies.len());
    assert!((compared - agreed) * 1000 <= compared, "{agreed} of {compared} agree");
}

/// The words of each simple command in the outermost chains and pipelines, as written.
fn our_chained_words(text: &str, script: &Script) -> Vec<Vec<String>> {
    let chained = |step: &Step| {
        matches!(
            step,
            Step::ListItem(_) | Step::Background | Step::AndOr(_) | Step::Alternative | Step::Negated | Step::Pipe(_)
        )
    };
    let visits = script.commands().iter().filter(|visit| visit.path.iter().all(chained));
    visits
        .filter_map(|visit| match &visit.command.kind {
            CommandKind::Simple(simple) => Some(&simple.words),
            _ => None,
        })
        .map(|words| words.iter().map(|word| comparable(&text[std::ops::Range::from(word.range)])).collect())
        .collect()
}

fn their_chained_words(nodes: &[rable::Node]) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for node in nodes {
        chained_words(&node.kind, &mut found);
    }
    found
}

fn chained_words(node: &NodeKind, found: &mut Vec<Vec<String>>) {
    match node {
        NodeKind::Command { words, .. } => found.push(
            words
                .iter()
                .filter_map(|word| match &word.kind {
                    NodeKind::Word { value, .. } => Some(comparable(value)),
                    _ => None,
                })
                .collect(),
        ),
        NodeKind::Pipeline { commands, .. } => commands.iter().for_each(|node| chained_words(&node.kind, found)),
        NodeKind::List { items } => items.iter().for_each(|item| chained_words(&item.command.kind, found)),
        NodeKind::Negation { pipeline } => chained_words(&pipeline.kind, found),
        _ => {}
    }
}

/// A word up to its first substitution, inside which the other parser prints its own text.
fn comparable(word: &str) -> String {
    let word = word.replace("\\\n", "");
    word.find("$(").map_or(word.as_str(), |start| &word[..start]).to_owned()
}

/// The text of each shell-form `RUN` of the corpus, once; `None` where the corpus is not at hand.
fn corpus() -> Option<Vec<String>> {
    let folder = material::folder_or_skip("shell texts of the corpus")?;
    let mut bodies: Vec<String> = Vec::new();
    for entry in material::json_lines(&folder.join("conformance/corpus.jsonl.gz")) {
        for node in entry["buildkit"]["nodes"].as_array().into_iter().flatten() {
            let is_text =
                node["cmd"] == "RUN" && node["json"] != true && node["heredocs"].as_array().is_none_or(Vec::is_empty);
            if let (true, Some(body)) = (is_text, node["args"][0].as_str()) {
                bodies.push(body.to_owned());
            }
        }
    }
    bodies.sort_unstable();
    bodies.dedup();
    Some(bodies)
}
