//! Uses `apt-get` where scripts use `apt`, whose command line may change from one release to the next.

use crate::known;
use crate::rewrite::{Context, Findings, Preserves, Transform};
use crate::semantics::images::has_docker_clean;
use crate::semantics::packages::APT;
use crate::syntax::shell::Word;
use crate::text::{Edit, TextRange};

pub(super) const TRANSFORM: Transform = Transform {
    id: "apt-get-for-apt",
    preserves: Preserves::Behavior,
    page: include_str!("apt_get_for_apt.md"),
    rules: &["DL3027"],
    rewrite,
    ..Transform::PLAIN
};

fn rewrite(cx: &Context<'_>) -> Findings {
    let mut findings = Findings::default();
    for command in cx.build.commands_of(&APT).filter(|command| command.name() == Some("apt")) {
        let Some(package) = command.package_command() else { continue };
        let program = package.program()[0].range;
        if !known::APT.has("verb that apt-get has too", package.verb()) || !command.text(program).ends_with("apt") {
            continue;
        }
        if !cx.build.image_of(command.run.stage).is_some_and(has_docker_clean) {
            findings.decline(
                command.range(),
                "apt deletes what it has downloaded, and `apt-get` may keep it: the base image is not known to have `docker-clean`",
            );
            continue;
        }
        if let Some(operand) = package.operands().find(|operand| is_pattern(operand, command.text(operand.range))) {
            let because = format!("apt and `apt-get` may read `{}` differently", command.text(operand.range));
            findings.decline(command.range(), because);
            continue;
        }
        let name = TextRange::new(program.end() - "apt".len(), program.end());
        findings.rewrite("Use `apt-get` in scripts", vec![Edit::replace(command.source_range(name), "apt-get")]);
    }
    findings
}

/// Whether a name stands for other packages, or says to remove one: `g++` is plain.
fn is_pattern(operand: &Word, text: &str) -> bool {
    let Some(name) = &operand.literal else { return text.contains(['*', '?', '[', '{']) && !text.contains("${") };
    let plain = name.strip_suffix("++").unwrap_or(name);
    plain.contains(['*', '?', '[', '^', '~']) || plain.ends_with(['+', '-', '$'])
}
