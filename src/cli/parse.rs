//! `dockeropt parse`: what a Dockerfile is read as. A file that BuildKit would refuse is an answer too, not a failure.

use std::io::Read;
use std::path::Path;

use super::arguments::TreeFormat;
use super::{Failure, Verdict, report};
use crate::syntax::Dockerfile;
use crate::syntax::tree::{Node, Tree};

pub(super) fn run(path: &Path, format: TreeFormat) -> Result<Verdict, Failure> {
    let source = if path == Path::new("-") {
        let mut source = Vec::new();
        std::io::stdin().lock().read_to_end(&mut source).map(|_| source)
    } else {
        std::fs::read(path)
    };
    let source = source.map_err(|error| format!("{}: {error}", path.display()))?;
    let tree = Tree::of(&Dockerfile::parse(source));
    match format {
        TreeFormat::Json => report::print_json(&tree)?,
        TreeFormat::Human => human(&tree)?,
    }
    Ok(Verdict::Fine)
}

fn human(tree: &Tree) -> Result<(), Failure> {
    for node in &tree.nodes {
        let lines =
            if node.start == node.end { node.start.to_string() } else { format!("{}-{}", node.start, node.end) };
        report::print_line(&format!("{lines:>9}  {}", line(node)))?;
        for heredoc in &node.heredocs {
            report::print_line(&format!("{:>9}    heredoc {} {:?}", "", heredoc.name, heredoc.content))?;
        }
    }
    for problem in &tree.problems {
        report::print_line(&format!("{:>9}  refused: {}", problem.line, problem.message))?;
    }
    Ok(())
}

/// An instruction on one line: keyword, flags, arguments each in quotes.
fn line(node: &Node) -> String {
    let mut parts = vec![node.cmd.clone()];
    parts.extend(node.flags.iter().cloned());
    let quoted = |list: &[String]| list.iter().map(|argument| format!("{argument:?}")).collect::<Vec<_>>();
    match (&node.args, node.json) {
        (Some(args), true) => parts.push(format!("[{}]", quoted(args).join(", "))),
        (Some(args), false) => parts.extend(quoted(args)),
        (None, true) => parts.push("[]".to_owned()),
        (None, false) => {}
    }
    parts.extend(node.sub.as_deref().map(line));
    parts.join(" ")
}
