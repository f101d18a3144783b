//! Where plain text is read, it is read as the library reads it.

use super::super::{Dialect, adapter};
use super::read;

/// Pieces that shell texts are made of; put together at random, most are text that somebody could write.
const PIECES: &[&str] = &[
    "a",
    "apt-get",
    "install",
    "-y",
    "x=1",
    "A=b",
    "PATH=$PATH:/x",
    "=",
    "==",
    "!=",
    "!",
    "[",
    "]",
    "{}",
    "\\;",
    "$a",
    "${b}",
    "\"$a b\"",
    "'c d'",
    "\"\\\"e\"",
    "~",
    "~/f",
    "*.h",
    "?",
    "2>&1",
    ">",
    ">>",
    "<",
    "/dev/null",
    "&&",
    "||",
    "|",
    ";",
    "\n",
    " ",
    " ",
    " ",
    " ",
    "&",
    "#",
    "# i\n",
    "export",
    "exit",
    "1",
    "local",
    "cd",
    "set -e",
    "if",
    "then",
    "fi",
    "for",
    "in",
    "do",
    "done",
    "\\\n",
    "\t",
    "é",
    "'é'",
    "%",
    "@",
    "^",
    "a=",
    "a+=b",
    "a[0]",
    "a[0]=1",
    "$(j)",
    "$(uname -m)",
    "\"$(j | k)\"",
    "$(j \"$(k)\" >l)",
    "$(",
    "`k`",
    "${l:-m}",
    "$1",
    "$$",
    "\"",
    "'",
    "\\",
    "--x=y",
    "1.2",
    "time",
    "{",
    "}",
    "(",
    ")",
    "<<E",
    "-",
    "declare",
    "readonly x",
    "unset",
    ":",
    ",",
    "\"$\"",
    "\"a\\\nb\"",
    "\\ ",
    "a\\'b",
    "\"!\"",
    "x=~",
    "a:~",
    "function",
    "alias",
    "select",
    "0>x",
    "10>x",
    ">&2",
    ">|",
    "&>",
    "2>",
    "source",
    ".",
    "eval",
    "\r",
    "\"`\"",
    "break",
    "return",
    "always",
    "if a; then",
    "; then",
    "; else",
    "; elif",
    "; fi",
    "for x in a $b; do",
    "while read c; do",
    "until",
    "; do",
    "; done",
    "done <f",
    "fi fi",
    "( ",
    " )",
    "(a)",
    "((",
    "))",
    "(#",
    ") fi",
    "{ ",
    "; }",
    "{ a; } >f",
    "! a",
    "case $x in",
    "a|b)",
    "(*)",
    "\"a/b\")",
    ";;",
    "esac",
    "&>f",
    "[a-z]*",
    "a[",
    "[[ a ]]",
    "[[",
    "]]",
    "]=",
    "{a,b}",
    "/x{,.y}",
    "a{b}c",
    "a{}",
    "{fd}>a",
    "a#b",
    "a=#",
    ";#",
    "a!b",
    "`a b`",
    "\"`a 'b'`\"",
    "`a \"b\" | $(c)`",
    "${a%%[b-c]*}",
    "\"${a:+:$b}\"",
    "${a//\\//_}",
    "${a:1:2}",
    "${a:-\\}}",
    "${a[0]}",
    "${!a}",
    "${#a}",
    "$?",
    "\"$@\"",
    "$\"a\"",
    "$'a\\'b'",
    "a$",
    "\"a$\"",
    "a$\"$(b)\"",
    "$((1))",
    "\"a\\n$(b)\"",
    "\"\\$a\"",
    "\"\\\"$(b)\"",
    "a\\ b",
    "a=[b]",
    "a={b,c}",
    "export A=`b`",
    "A=(b)",
    "$(a; b)",
    "$(if a; then b; fi)",
    "$( (a) | b)",
    "$(a # b)",
    "<(a b)",
    ">(a)",
    "f() {",
    "f() { a; }",
    "f()\n(a)",
    "()",
    "@(a)",
    "\\if",
    "i\"f\"",
    "foreach",
    "repeat 2",
    "coproc",
    "noglob",
    "shopt -s expand_aliases",
    "shopt -s expand_aliases\nalias a=b\n",
    "alias a='if b'",
];

/// What stands around a text in a longer one.
const AROUND: &[(&str, &str)] = &[
    ("", ""),
    ("", " && a"),
    ("a\n", "\n"),
    ("! ", " | a"),
    ("( ", ")"),
    ("{ ", "; } >a"),
    ("if ", "; then a; fi"),
    ("if a; then ", "\nfi"),
    ("for x in y; do ", "; done"),
    ("f() { ", "\n}"),
    ("case a in b) ", ";; esac"),
    ("A=$(", ") b"),
    ("a \"$(", ")\" b"),
    ("$( (", ") )"),
    ("$(if a; then ", "; fi)"),
    ("a <(", ")"),
    ("A=`", "`"),
];

/// What may be put into a text, or taken from it, to make another of it.
const CHARACTERS: &str = "()[]{}<>;&|$`'\"\\#!=~*? \n\taé1-,:/.%+^@";

/// Numbers that are the same in each run.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }

    fn mutated(&mut self, text: &str) -> String {
        let place = self.of(&text.char_indices().map(|(at, _)| at).collect::<Vec<_>>());
        let (before, after) = text.split_at(place);
        let rest = &after[after.chars().next().map_or(0, char::len_utf8)..];
        match self.below(4) {
            0 => format!("{before}{rest}"),
            1 => format!("{before}{}{after}", self.of(PIECES)),
            2 => format!("{before}{}{after}", self.of(&CHARACTERS.chars().collect::<Vec<_>>())),
            _ => format!("{before}{}{rest}", self.of(&CHARACTERS.chars().collect::<Vec<_>>())),
        }
    }
}

#[test]
fn plain_text_is_read_as_the_library_reads_it() {
    let mut random = Random(7);
    let mut count = 0;
    for _ in 0..100_000 {
        let length = 1 + random.below(9);
        let text: String = (0..length).flat_map(|_| [random.of(PIECES), random.of(&["", " "])]).collect();
        count += usize::from(is_plain_and_the_same(&text));
    }
    assert!(count > 5_000, "{count}");
}

#[test]
fn what_is_nearly_plain_text_is_read_as_the_library_reads_it() {
    let mut random = Random(7);
    let mut count = 0;
    for _ in 0..30_000 {
        let mut text = random.of(PLAIN).to_owned();
        for _ in 0..random.below(3) {
            let (before, after) = random.of(AROUND);
            text = format!("{before}{text}{after}");
        }
        for _ in 0..random.below(4) {
            text = random.mutated(&text);
        }
        count += usize::from(is_plain_and_the_same(&text));
    }
    assert!(count > 5_000, "{count}");
}

/// Texts like most, which it is a waste to ask the library for.
const PLAIN: &[&str] = &[
    "apt-get update && apt-get install -y --no-install-recommends curl=7.* \\\n git || exit 1; rm -rf /var/lib/apt/lists/*",
    "set -eux; if [ \"$(uname -m)\" = x86_64 ]; then A=1; elif ! b; then\n  c # d\nelse (e); fi 2>&1 | f",
    "for x in a \"$b\" /c/*.d; do e \"$x\" || { f; g; }; done < /h && i",
    "while read -r a; do b $a & done; until c; do\n sleep 1\ndone; wait",
    "case \"$(dpkg --print-architecture)\" in\n  amd64|x86_64) A='a' ;;\n (arm64) ;;\n *) echo \"b: $c\" >&2; exit 1\nesac",
    "(cd /a && make -j\"$(nproc)\") && { echo 'b'; echo \"c\\n\"; } > /d",
    "echo \"${A:-b} ${C%%[a-z]*} ${D//\\//_} ${E:0:3}\" $1 \"$@\" $? \\$F 'g'\"h\"$'i\\n' j\\ k {} \\;",
    "ln -s `which a` \"`which b`\" d{,.e} [f-g]h ~/i j=[k] l#m ^n$",
    "f() { local a=\"$1\"; shift; b \"$(c \"$(d 'e')\" | g)\"; }; f x &> y; tar xz <(curl h) > i",
    "f() {\n  if a; then\n    b\n  elif c; then d; fi\n}\nf || (g; h) && { i; }",
    "case $a in b) c;; d|e) f ;; *) g; h\n;; esac | i",
    "A=$(b $(c `d`) \"e $(f)\") G=\"$H\" i; export J=\"${K:-l}\" M=${N%.*}/o",
    "x=$(if a; then b; else c; fi) y=$(for d in e; do f; done); z=$( (a; b) | c ) && ( (d) ) && ( { e; } )",
    "{ a; b\n} | c && { d; } 2>&1; { e; }& f; ! a && ! b; ! (c); if ! d; then e; fi",
    "# a\nb # c\n  # d\ne && # f\n g | # h\n i \\\n  j \\\n && k",
    "a 'b'\\''c' \"d\\\"e\" \"\\$f\" \"g\\\\h\"$i {} j{,k} [ l ] [l-m]n; echo \"o `p q` $(r \"s\") ${t:+ $u} \\n$(v)\\n ${w:-x}\"",
];

#[test]
fn common_text_is_read_without_the_library() {
    for text in PLAIN {
        assert!(is_plain_and_the_same(text), "{text}");
    }
}

/// Whether `text` is plain; then the library must read the same.
fn is_plain_and_the_same(text: &str) -> bool {
    let Some(script) = read(text) else { return false };
    for dialect in [Dialect::Posix, Dialect::Bash] {
        assert_eq!(adapter::read(text, dialect).as_ref(), Ok(&script), "{text:?}");
    }
    true
}
