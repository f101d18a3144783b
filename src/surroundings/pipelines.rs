//! Pipelines: workflows of GitHub and actions, GitLab, and what they share with scripts.

use super::clouds::quoted;
use super::commands::{self, Text};
use super::tree::{Node, Value};
use super::{Build, Deed, Page, Spot, Whose};

/// Reads the commands in every text of `node`; they run in the root of the repository, or where `working-directory` says.
pub(super) fn scripts(page: &mut Page<'_>, node: &Node) {
    scripts_in(page, node, "");
}

fn scripts_in(page: &mut Page<'_>, node: &Node, folder: &str) {
    match &node.value {
        Value::Scalar { text, is_block } => {
            let line = node.line + usize::from(*is_block);
            commands::read(page, Text { text, line, folder });
        }
        Value::List(items) => items.iter().for_each(|item| scripts_in(page, item, folder)),
        Value::Map(entries) => {
            let own = node.get("working-directory").and_then(Node::text).and_then(|own| match Spot::of("", own) {
                Spot::Here(path) => Some(path),
                _ => None,
            });
            let folder = own.as_deref().unwrap_or(folder);
            entries.iter().for_each(|(_, value)| scripts_in(page, value, folder));
        }
        Value::Expression => {}
    }
}

/// A workflow of GitHub. <https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax>
pub(super) fn workflow(page: &mut Page<'_>, node: &Node) {
    for (_, job) in node.get("jobs").map(Node::entries).unwrap_or_default() {
        if let Some(container) = job.get("container") {
            let image = container.text().or_else(|| container.get("image").and_then(Node::text)).unwrap_or("$");
            let whose = Whose::Image(commands::image_name(image));
            page.uses(container.line, &whose, Deed::Workplace("a job of the workflow runs in this image"));
        }
        for step in job.get("steps").map(Node::items).unwrap_or_default() {
            let uses = step.get("uses").and_then(Node::text).unwrap_or_default();
            if uses.starts_with("docker/build-push-action@") || uses.contains("kaniko-action") {
                build_push(page, step);
            }
            if uses.starts_with("docker/bake-action") {
                let set = step.at(&["with", "set"]);
                let contexts = set.and_then(Node::text).map(commands::named_contexts).unwrap_or_default();
                if !contexts.is_empty() {
                    commands::named_somewhere(page, set.map_or(step.line, |set| set.line), contexts);
                }
            }
        }
    }
    scripts(page, node);
}

/// <https://github.com/docker/build-push-action#inputs>
fn build_push(page: &mut Page<'_>, step: &Node) {
    let empty = Node { line: step.line, value: Value::Map(Vec::new()) };
    let with = step.get("with").unwrap_or(&empty);
    let text = |key: &str| with.get(key).and_then(Node::text).map(str::trim).filter(|text| !text.is_empty());
    // Without one, the action takes the repository from git, which is the root.
    let context = Spot::of("", text("context").unwrap_or("."));
    let names = text("build-contexts").unwrap_or_default().lines().filter_map(|line| line.split_once('='));
    let contexts = names.map(|(name, _)| name.trim().to_owned()).collect();
    let images = text("tags").unwrap_or_default().split(['\n', ',']).map(str::trim).filter(|tag| !tag.is_empty());
    let images = images.map(commands::image_name).collect();
    let target = text("target").map(str::to_owned);
    let build = Build::of(page.place(step.line), context, "", text("file"));
    page.builds(Build { target, contexts, images, ..build });
}

/// `action.yml` of an action that GitHub builds and runs. <https://docs.github.com/actions/reference/workflows-and-actions/dockerfile-support>
pub(super) fn action(page: &mut Page<'_>, node: &Node) {
    let Some(runs) = node.get("runs").filter(|runs| runs.get("using").and_then(Node::text) == Some("docker")) else {
        return scripts(page, node);
    };
    let Some(image) = runs.get("image") else { return };
    let Some(file) = image.text().filter(|image| !image.starts_with("docker://")) else { return };
    let folder = page.folder().to_owned();
    let whose = page.builds(Build::of(page.place(image.line), Spot::Here(folder.clone()), &folder, Some(file)));
    page.uses(image.line, &whose, Deed::Action);
    let words = |key: &str| runs.get(key).and_then(super::compose::command_words);
    let entrypoint = words("entrypoint");
    if entrypoint.is_some() {
        page.uses(image.line, &whose, Deed::Starts { entrypoint, command: None });
    }
    for key in ["pre-entrypoint", "post-entrypoint"] {
        if let Some(words) = words(key) {
            page.uses(image.line, &whose, Deed::Runs { words, is_check: false });
        }
    }
}

/// `.gitlab-ci.yml`: jobs run in images. <https://docs.gitlab.com/ci/yaml/#image>
pub(super) fn gitlab(page: &mut Page<'_>, node: &Node) {
    let mut images = Vec::new();
    node.walk(&mut |key, node| {
        if key == "image"
            && let Some(name) = node.text().or_else(|| node.get("name").and_then(Node::text))
        {
            images.push((node.line, name.to_owned()));
        }
    });
    for (line, name) in images {
        let whose = Whose::Image(commands::image_name(&name));
        page.uses(line, &whose, Deed::Workplace("a job of GitLab runs in this image"));
    }
    scripts(page, node);
}

/// A Jenkinsfile, as text: commands, builds, and stages that run in an image. <https://www.jenkins.io/doc/book/pipeline/docker/>
pub(super) fn jenkins(page: &mut Page<'_>, text: &str) {
    const WORK: Deed = Deed::Workplace("a stage of the pipeline runs in this image");
    let lines: Vec<&str> = text.lines().collect();
    for (index, line) in lines.iter().enumerate() {
        let squeezed: String = line.split_whitespace().collect();
        // What stands in a block, or behind it on its line.
        let setting = |key: &str| {
            let block = lines[index..].iter().take(BLOCK_MAX).map(|line| line.trim());
            let mut block = block.scan(false, |is_over, line| {
                let is_next = !*is_over;
                *is_over = line.ends_with('}');
                is_next.then_some(line)
            });
            block.find_map(|line| {
                let behind = line.split_once(key)?.1.trim_start();
                quoted(behind.strip_prefix(':').unwrap_or(behind))
            })
        };
        if squeezed.contains("dockerfiletrue") || squeezed.contains("dockerfile{") {
            let folder = setting("dir ").unwrap_or(".");
            let file = setting("filename ").unwrap_or("Dockerfile");
            let spot = if folder == "." { file.to_owned() } else { format!("{folder}/{file}") };
            let whose = page.built(index + 1, "", folder, Some(&spot), None);
            page.uses(index + 1, &whose, WORK);
        } else if squeezed.contains("docker{")
            && let Some(image) = setting("image ")
        {
            page.uses(index + 1, &Whose::Image(commands::image_name(image)), WORK);
        }
        if let Some((_, call)) = line.split_once("docker.build(") {
            jenkins_build(page, index + 1, call);
        }
        if let Some((before, _)) = line.split_once(".inside") {
            // What is called, or what a name stands for that is called.
            let name = before.rsplit(|c: char| !(c.is_alphanumeric() || c == '_')).next().unwrap_or_default();
            let is_set = |line: &&&str| {
                let set = line.split_once('=').map(|(left, _)| left.trim_end());
                set.is_some_and(|left| !name.is_empty() && left.rsplit([' ', '.']).next() == Some(name))
            };
            let made = if before.contains("docker.") { Some(before) } else { lines.iter().find(is_set).copied() };
            let image = made.and_then(|made| made.split_once("docker.image(")).and_then(|(_, call)| quoted(call));
            let whose = image.map_or(Whose::Any, |image| Whose::Image(commands::image_name(image)));
            page.uses(index + 1, &whose, WORK);
        }
    }
    commands::read(page, Text { text, line: 1, folder: "" });
}

/// Most lines of a block that says which image a stage runs in.
const BLOCK_MAX: usize = 12;

/// `docker.build("IMAGE", "-f FILE FOLDER")`
fn jenkins_build(page: &mut Page<'_>, line: usize, call: &str) {
    let Some(image) = quoted(call) else { return };
    let rest = &call[call.find(image).map_or(0, |at| at + image.len() + 1)..];
    let words = rest.trim_start().strip_prefix(',').and_then(quoted).unwrap_or(".");
    let text = format!("docker build -t '{image}' {words}");
    commands::read(page, Text { text: &text, line, folder: "" });
}
