//! Manifests of Kubernetes, and templates of Helm, whose blanks are filled with something that says nothing.
//! <https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/>

use super::tree::Node;
use super::{Deed, FACTS, Page, Whose, commands, compose};

/// What stands where a template is filled in.
pub(super) const FILLED_IN: &str = "$filled";

/// Whether a document describes something that runs containers.
pub(super) fn is_manifest(node: &Node) -> bool {
    node.get("kind").is_some() && node.get("apiVersion").is_some()
}

/// `text` without the lines that only steer a template, and with a word where something is filled in.
pub(super) fn without_templates(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let trimmed = line.trim();
        let is_steering = trimmed.starts_with("{{") && trimmed.ends_with("}}") && trimmed.matches("{{").count() == 1;
        if is_steering {
            plain.push_str(if line.ends_with('\n') { "\n" } else { "" });
            continue;
        }
        let mut rest = line;
        while let Some(start) = rest.find("{{") {
            let Some(length) = rest[start..].find("}}") else { break };
            plain.push_str(&rest[..start]);
            plain.push_str(FILLED_IN);
            rest = &rest[start + length + 2..];
        }
        plain.push_str(rest);
    }
    plain
}

pub(super) fn read(page: &mut Page<'_>, node: &Node) {
    sets(page, node);
    pod(page, node, &Pod::default());
}

/// What a pod says for all its containers.
#[derive(Clone, Copy, Default)]
struct Pod<'n> {
    user: Option<&'n Node>,
    volumes: &'n [Node],
}

/// Looks for containers in everything below `node`: those of pods, and of what is made of pods, such as workflows, tasks and services.
fn pod<'n>(page: &mut Page<'_>, node: &'n Node, outer: &Pod<'n>) {
    let user = node.at(&["securityContext", "runAsUser"]).or(outer.user);
    let volumes = node.get("volumes").map(Node::items).filter(|_| node.get("image").is_none());
    let own = Pod { user, volumes: volumes.unwrap_or(outer.volumes) };
    for key in FACTS.of("right that a pod has") {
        if let Some(right) = node.get(key).filter(|node| node.text() == Some("true")) {
            page.uses(right.line, &Whose::Any, Deed::Right(key.to_owned()));
        }
    }
    for (key, below) in node.entries() {
        for one in if below.items().is_empty() { std::slice::from_ref(below) } else { below.items() } {
            let is_listed = FACTS.has("list of containers", key) && !one.entries().is_empty();
            let is_seen =
                one.get("image").is_some() && FACTS.of("key of a container").any(|key| one.get(key).is_some());
            if is_listed || is_seen {
                container(page, one, own);
            } else {
                pod(page, one, &own);
            }
        }
    }
    for below in node.items() {
        pod(page, below, &own);
    }
}

/// What can be set all together: a ConfigMap, or what kustomize makes one of.
fn sets(page: &mut Page<'_>, node: &Node) {
    let name = |node: &Node| node.get("name").and_then(Node::text).map(set_name);
    if node.get("kind").and_then(Node::text) == Some("ConfigMap")
        && let Some(set) = node.get("metadata").and_then(name)
    {
        for (key, value) in node.get("data").map(Node::entries).unwrap_or_default() {
            page.sets(&set, value.line, key, value.text().unwrap_or_default());
        }
    }
    for made in node.get("configMapGenerator").map(Node::items).unwrap_or_default() {
        let Some(set) = name(made) else { continue };
        for literal in made.get("literals").map(Node::items).unwrap_or_default() {
            if let Some((key, value)) = literal.text().and_then(|text| text.split_once('=')) {
                page.sets(&set, literal.line, key, value);
            }
        }
    }
    node.get("items").map(Node::items).unwrap_or_default().iter().for_each(|item| sets(page, item));
}

fn set_name(name: &str) -> String {
    format!("ConfigMap {name}")
}

/// `values.yaml` of a chart: what templates make a container of, where it stands beside the image. <https://helm.sh/docs/chart_template_guide/values_files/>
pub(super) fn values(page: &mut Page<'_>, node: &Node) {
    let repository = node.get("image").and_then(|image| image.get("repository").or_else(|| image.get("name")));
    if repository.is_some_and(|name| name.text().is_some()) {
        let user = ["podSecurityContext", "securityContext"].iter().find_map(|key| node.at(&[key, "runAsUser"]));
        let volumes = ["volumes", "extraVolumes"].iter().find_map(|key| node.get(key)).map(Node::items);
        container(page, node, Pod { user, volumes: volumes.unwrap_or_default() });
    }
    for (_, below) in node.entries() {
        values(page, below);
    }
}

/// A container of a pod, which says what the container itself does not.
fn container(page: &mut Page<'_>, node: &Node, pod: Pod<'_>) {
    let image = node.get("image").and_then(|image| {
        image.text().or_else(|| image.get("repository").or_else(|| image.get("name")).and_then(Node::text))
    });
    let whose = match image {
        Some(image) if !image.contains('$') => Whose::Image(commands::image_name(image)),
        _ => Whose::Any,
    };
    let words = |key: &str| node.get(key).filter(|node| node.items().len() + usize::from(node.text().is_some()) > 0);
    let words = |key: &str| words(key).and_then(compose::command_words);
    let (entrypoint, command) = (words("command"), words("args"));
    let line = ["command", "args"].iter().find_map(|key| node.get(key)).map_or(node.line, |node| node.line);
    if entrypoint.is_some() || command.is_some() {
        page.uses(line, &whose, Deed::Starts { entrypoint, command });
    }
    // A script of a task, or of a template whose command reads it.
    for script in ["script", "source"].iter().filter_map(|key| node.get(key)) {
        if let Some(text) = script.text() {
            let words = vec!["sh".to_owned(), "-c".to_owned(), text.to_owned()];
            page.uses(script.line, &whose, Deed::Starts { entrypoint: Some(words), command: None });
        }
    }
    if let Some((line, folder)) = node.get("workingDir").and_then(|node| Some((node.line, node.text()?))) {
        page.uses(line, &whose, Deed::Directory(folder.to_owned()));
    }
    if let Some(ports) = node.get("ports") {
        page.uses(ports.line, &whose, Deed::Serves);
    }
    let hooks =
        ["postStart", "preStop"].map(|hook| node.at(&["lifecycle", hook])).into_iter().map(|hook| (hook, false));
    for (one, is_check) in FACTS.of("check of a container").map(|check| (node.get(check), true)).chain(hooks) {
        if let Some(command) = one.and_then(|one| one.at(&["exec", "command"])) {
            let words = compose::command_words(command).unwrap_or_default();
            page.uses(command.line, &whose, Deed::Runs { words, is_check });
        }
    }
    let security = node.get("securityContext");
    if let Some(right) =
        security.and_then(|security| security.get("privileged")).filter(|node| node.text() == Some("true"))
    {
        page.uses(right.line, &whose, Deed::Right("privileged".to_owned()));
    }
    if let Some(added) = security.and_then(|security| security.at(&["capabilities", "add"])) {
        page.uses(added.line, &whose, Deed::Right("capabilities".to_owned()));
    }
    if let Some(user) = security.and_then(|security| security.get("runAsUser")).or(pod.user) {
        page.uses(user.line, &whose, Deed::User(user.text().unwrap_or("$").to_owned()));
    }
    let mounts = ["volumeMounts", "extraVolumeMounts"].iter().filter_map(|key| node.get(key));
    for mount in mounts.flat_map(Node::items) {
        let text = |key: &str| mount.get(key).and_then(Node::text);
        let volume = pod.volumes.iter().find(|volume| volume.get("name").and_then(Node::text) == text("name"));
        let is_for_all =
            volume.is_some_and(|volume| FACTS.of("volume for everybody").any(|key| volume.get(key).is_some()));
        if text("readOnly") != Some("true") && !is_for_all {
            page.uses(mount.line, &whose, Deed::Mounts(text("mountPath").unwrap_or_default().to_owned()));
        }
    }
    variables(page, &whose, node);
}

fn variables(page: &mut Page<'_>, whose: &Whose, node: &Node) {
    let Some(env) = node.get("env") else { return from_sets(page, whose, node) };
    named_variables(page, whose, env, "name");
    // In values of a chart they are a map.
    for (name, value) in env.entries() {
        page.uses(value.line, whose, Deed::Variable(name.clone(), value.text().unwrap_or_default().to_owned()));
    }
    from_sets(page, whose, node);
}

/// Variables in a list of maps, with their names under `key`.
pub(super) fn named_variables(page: &mut Page<'_>, whose: &Whose, list: &Node, key: &str) {
    for variable in list.items() {
        if let (Some(name), Some(value)) =
            (variable.get(key).and_then(Node::text), variable.get("value").and_then(Node::text))
        {
            page.uses(variable.line, whose, Deed::Variable(name.to_owned(), value.to_owned()));
        }
    }
}

fn from_sets(page: &mut Page<'_>, whose: &Whose, node: &Node) {
    for source in node.get("envFrom").map(Node::items).unwrap_or_default() {
        if let Some(name) = source.at(&["configMapRef", "name"]).and_then(Node::text) {
            page.uses(source.line, whose, Deed::VariablesOf(set_name(name)));
        }
    }
}
