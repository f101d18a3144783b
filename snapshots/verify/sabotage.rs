//! Transforms that are wrong on purpose, and some that are not, each with what it promises.

use dockeropt::rewrite::{Context, Effect, Findings, Preserves, Transform};
use dockeropt::syntax::Keyword;
use dockeropt::text::{Edit, TextRange};

/// Replaces each of the texts by the one behind it.
fn replace(cx: &Context<'_>, pairs: &[(&str, &str)]) -> Findings {
    let text = std::str::from_utf8(cx.file.source()).unwrap();
    let mut edits = Vec::new();
    for (from, to) in pairs {
        let Some(at) = text.find(from) else { return Findings::default() };
        edits.push(Edit { range: TextRange::new(at, at + from.len()), text: (*to).into() });
    }
    let mut findings = Findings::default();
    findings.rewrite("Change the text", edits);
    findings
}

const fn transform(
    id: &'static str,
    preserves: Preserves,
    owns: &'static [Keyword],
    effects: &'static [Effect],
    rewrite: fn(&Context<'_>) -> Findings,
) -> Transform {
    Transform { id, preserves, owns, effects, rewrite, ..Transform::PLAIN }
}

pub static LOSES_FILE: Transform = transform("loses-file", Preserves::Filesystem, &[], &[], |cx| {
    replace(cx, &[("COPY app.py settings.txt /app/", "COPY app.py /app/")])
});

pub static LOSES_VARIABLE: Transform =
    transform("loses-variable", Preserves::Intent, &[Keyword::Env], &[Effect::Anything], |cx| {
        replace(cx, &[("ENV GREETING=hello NAME=world", "ENV NAME=world")])
    });

pub static WRONG_USER: Transform =
    transform("wrong-user", Preserves::Intent, &[Keyword::User], &[Effect::Owners], |cx| {
        if cx.file.instructions().any(|instruction| instruction.keyword() == Keyword::User) {
            return Findings::default();
        }
        replace(cx, &[("CMD [\"python\"", "USER nobody\nCMD [\"python\"")])
    });

pub static LOSES_PACKAGE: Transform =
    transform("loses-package", Preserves::Behavior, &[], &[Effect::Files("/var/lib/apt/lists/**")], |cx| {
        replace(cx, &[(" tree", "")])
    });

pub static NOT_STATIC: Transform = transform("not-static", Preserves::Intent, &[], &[Effect::Anything], |cx| {
    replace(cx, &[("CGO_ENABLED=0 go build", "CGO_ENABLED=1 go build")])
});

pub static EMPTIES_LISTS: Transform =
    transform("empties-lists", Preserves::Behavior, &[], &[Effect::Files("/var/lib/apt/lists/**")], |cx| {
        let text = String::from_utf8_lossy(cx.file.source());
        if text.contains("rm -rf /var/lib/apt/lists") {
            return Findings::default();
        }
        replace(cx, &[(" tree", " tree && rm -rf /var/lib/apt/lists/*")])
    });

pub static RIGHT_USER: Transform =
    transform("right-user", Preserves::Intent, &[Keyword::User], &[Effect::Owners], |cx| {
        if cx.file.instructions().any(|instruction| instruction.keyword() == Keyword::User) {
            return Findings::default();
        }
        replace(
            cx,
            &[
                ("COPY app.py settings.txt /app/", "COPY --chown=33:33 app.py settings.txt /app/"),
                ("RUN mkdir /app", "RUN mkdir /app && chown 33:33 /app"),
                ("CMD [\"python\"", "USER www-data\nCMD [\"python\""),
            ],
        )
    });
