//! What the reading says of small texts.

use super::*;
use crate::text::TextRange;

fn read(text: &str) -> Script {
    parse(text, Dialect::Bash).unwrap_or_else(|opaque| panic!("{text:?}: {opaque}"))
}

fn because(text: &str) -> &'static str {
    parse(text, Dialect::Bash).map(|_| text.to_owned()).unwrap_err().because
}

/// Each command as written, in the order of the walk.
fn commands(text: &str) -> Vec<&str> {
    read(text).commands().iter().map(|visit| &text[std::ops::Range::from(visit.command.range)]).collect()
}

/// The values of the first command's words.
fn values(text: &str) -> Vec<Option<String>> {
    simple(&read(text)).words.iter().map(|word| word.literal.clone().map(String::from)).collect()
}

fn first(script: &Script) -> &Command {
    &script.body.items[0].and_or.first.commands[0]
}

fn simple(script: &Script) -> &Simple {
    match &first(script).kind {
        CommandKind::Simple(simple) => simple,
        other => panic!("{other:?} is not simple"),
    }
}

fn slice(text: &str, range: TextRange) -> &str {
    &text[std::ops::Range::from(range)]
}

#[test]
fn a_chain_keeps_its_connectors() {
    let text = "a && b || c; d &";
    let script = read(text);
    let chain = &script.body.items[0].and_or;
    let connectors: Vec<_> =
        chain.rest.iter().map(|(connector, _)| (connector.kind, slice(text, connector.range))).collect();
    assert_eq!(connectors, [(ConnectorKind::And, "&&"), (ConnectorKind::Or, "||")]);
    assert_eq!(slice(text, chain.range()), "a && b || c");
    assert_eq!(script.body.items[0].separator.map(|separator| separator.kind), Some(SeparatorKind::Semicolon));
    assert!(script.body.items[1].in_background());
}

#[test]
fn quotes_and_backslashes_are_removed_from_a_value() {
    assert_eq!(
        values(r#"a'b'"c" "d\"\$\n" e\ f '' "g$" {} h\"#.trim_end_matches('\\')),
        [Some("abc"), Some(r#"d"$\n"#), Some("e f"), Some(""), Some("g$"), Some("{}"), Some("h"),]
            .map(|value| value.map(str::to_owned))
    );
    assert_eq!(values("[ a ]"), ["[", "a", "]"].map(|value| Some(value.to_owned())));
    assert_eq!(values("a \\\nb c\\\nd"), ["a", "b", "cd"].map(|value| Some(value.to_owned())));
}

#[test]
fn what_the_shell_may_expand_has_no_value() {
    for word in [
        "$x", "${x}", "\"$x\"", "$(a)", "`a`", "*", "a?", "[ab]", "~", "~/b", "a=~", "{a,b}", "$'a'", "$\"a\"",
        "$((1))",
    ] {
        assert_eq!(values(&format!("echo {word}"))[1], None, "{word}");
    }
}

#[test]
fn built_ins_are_commands_like_others() {
    for text in ["exit 1", "return", "A=1 break 2", "export A=b C", "local -r x=1", "A=1 export B", "continue >x"] {
        let script = read(text);
        let words: Vec<_> = simple(&script).words.iter().map(|word| slice(text, word.range)).collect();
        let expected: Vec<_> = text.trim_end_matches(" >x").trim_start_matches("A=1 ").split(' ').collect();
        assert_eq!(words, expected);
    }
}

#[test]
fn commands_are_found_wherever_they_stand() {
    assert_eq!(commands("echo \"$(a `b`)\" ${x:-$(c)} <(d) >$(e)")[1..], ["a `b`", "b", "c", "d", "e"]);
    assert_eq!(commands("f() { a; }; (b); { c; }")[1..], ["{ a; }", "a", "(b)", "b", "{ c; }", "c"]);
    assert_eq!(commands("if a; then b; elif c; then d; else e; fi")[1..], ["a", "b", "c", "d", "e"]);
    assert_eq!(commands("for x in $(a); do b; done")[1..], ["a", "b"]);
    assert_eq!(commands("while a; do b; done | c")[1..], ["a", "b", "c"]);
    assert_eq!(commands("case $(a) in $(b)|c) d;; *) ;; esac")[1..], ["a", "b", "d"]);
    assert_eq!(commands("A=$(a) B=($(b)) c")[1..], ["a", "b"]);
    assert_eq!(commands("[[ $(a) == b ]] && cat <<E\n$(c)\nE\n")[1..], ["a", "cat <<E", "c"]);
}

#[test]
fn the_path_says_when_a_command_runs() {
    let script = read("a && b || c; ! d | e; (f) & g=$(h)");
    let visits = script.commands();
    let top_level: Vec<_> = visits.iter().map(Visit::is_top_level).collect();
    assert_eq!(top_level, [true, true, false, false, false, false, false, true, false]);
    assert_eq!(visits[2].path.as_slice(), [Step::ListItem(0), Step::AndOr(2), Step::Alternative]);
    assert_eq!(visits[4].path.as_slice(), [Step::ListItem(1), Step::AndOr(0), Step::Negated, Step::Pipe(1)]);
    assert!(visits[6].is_under(Step::Subshell) && visits[6].is_under(Step::Background));
    assert!(visits[8].is_under(Step::Substitution));
}

#[test]
fn a_redirect_knows_its_parts() {
    let text = "a 2>&1 >> 'f g' &>>h <<<i";
    let script = read(text);
    let redirects: Vec<_> = first(&script)
        .redirects
        .iter()
        .map(|redirect| {
            (redirect.descriptor, redirect.operator, redirect.target.literal.as_deref(), slice(text, redirect.range))
        })
        .collect();
    assert_eq!(
        redirects,
        [
            (Some(2), RedirectOperator::DuplicateOutput, Some("1"), "2>&1"),
            (None, RedirectOperator::Append, Some("f g"), ">> 'f g'"),
            (None, RedirectOperator::AppendBoth, Some("h"), "&>>h"),
            (None, RedirectOperator::HereString, Some("i"), "<<<i"),
        ]
    );
}

#[test]
fn here_documents_know_their_bodies() {
    let text = "cat <<A <<-'B' | c # d\none\nA\n\ttwo $(x)\n\tB\necho";
    let script = read(text);
    let heredocs: Vec<_> = first(&script).redirects.iter().filter_map(|redirect| redirect.heredoc.as_ref()).collect();
    let bodies: Vec<_> = heredocs.iter().map(|heredoc| (slice(text, heredoc.body), heredoc.expands)).collect();
    assert_eq!(bodies, [("one\n", true), ("\ttwo $(x)\n", false)]);
    assert_eq!(commands(text), ["cat <<A <<-'B'", "c", "echo"]);
}

#[test]
fn comments_are_known_and_only_they() {
    let text = "#!/bin/sh\na '#b' c#d $# ${#e} # f\n$(g # h\n)";
    let script = read(text);
    let comments: Vec<_> = script.comments.iter().map(|range| slice(text, *range)).collect();
    assert_eq!(comments, ["#!/bin/sh", "# f", "# h"]);
}

#[test]
fn an_escaped_quote_does_not_hide_what_follows() {
    let script = read(r#"make A="\"$B c\"" D"#);
    assert_eq!(simple(&script).words.len(), 3);
}

#[test]
fn what_is_not_certain_is_not_read() {
    assert_eq!(because("a\rb"), "it holds a carriage return or a zero byte");
    assert_eq!(because(&"a".repeat(LENGTH_MAX + 1)), "it is longer than 64 KiB");
    assert_eq!(because("echo `a \\`b\\``"), "a backslash stands between backticks");
    assert_eq!(because(&"{".repeat(BRACES_MAX + 1)), "it holds too many braces");
    assert_eq!(because("time a"), "`time` is not read");
    for text in [
        "a &&",
        "if a; then",
        "(a",
        "a)",
        "'a",
        "$(a",
        "a &; b",
        "{{ a | b(c) }}",
        "}",
        "cat <<E\na",
        "a $((b); (c))",
        "a ${b",
        "a[b",
    ] {
        assert!(parse(text, Dialect::Bash).is_err(), "{text}");
    }
    assert!(parse("[[ a ]]", Dialect::Posix).is_err());
}
