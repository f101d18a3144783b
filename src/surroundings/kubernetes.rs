//! Manifests of Kubernetes, and templates of Helm, whose blanks are filled with something that says nothing.
//! <https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/>

use super::tree::Node;
use super::{Deed, Page, Whose, commands, compose};

/// What stands where a template is filled in.
const FILLED_IN: &str = "$filled";

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
    const LISTS: &[&str] = &["containers", "initContainers", "ephemeralContainers"];
    node.walk(&mut |_, pod| {
        let user = pod.at(&["securityContext", "runAsUser"]);
        for one in LISTS.iter().filter_map(|key| pod.get(key)).flat_map(Node::items) {
            container(page, one, user);
        }
    });
}

/// A container of a pod whose containers run as `user` if they say nothing of it.
fn container(page: &mut Page<'_>, node: &Node, user: Option<&Node>) {
    let whose = match node.get("image").and_then(Node::text) {
        Some(image) if !image.contains('$') => Whose::Image(commands::image_name(image)),
        _ => Whose::Any,
    };
    let words = |key: &str| node.get(key).and_then(compose::command_words);
    let (entrypoint, command) = (words("command"), words("args"));
    let line = ["command", "args"].iter().find_map(|key| node.get(key)).map_or(node.line, |node| node.line);
    if entrypoint.is_some() || command.is_some() {
        page.uses(line, &whose, Deed::Starts { entrypoint, command });
    }
    if let Some(ports) = node.get("ports") {
        page.uses(ports.line, &whose, Deed::Serves);
    }
    let probes = [
        ["livenessProbe", "exec"].as_slice(),
        &["readinessProbe", "exec"],
        &["startupProbe", "exec"],
        &["lifecycle", "postStart", "exec"],
        &["lifecycle", "preStop", "exec"],
    ];
    for path in probes {
        if let Some(command) = node.at(path).and_then(|exec| exec.get("command")) {
            let words = compose::command_words(command).unwrap_or_default();
            page.uses(command.line, &whose, Deed::Runs { words, is_check: path[0] != "lifecycle" });
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
    if let Some(user) = security.and_then(|security| security.get("runAsUser")).or(user) {
        page.uses(user.line, &whose, Deed::User(user.text().unwrap_or("$").to_owned()));
    }
    for mount in node.get("volumeMounts").map(Node::items).unwrap_or_default() {
        if mount.get("readOnly").and_then(Node::text) != Some("true") {
            let target = mount.get("mountPath").and_then(Node::text).unwrap_or_default();
            page.uses(mount.line, &whose, Deed::Mounts(target.to_owned()));
        }
    }
    for variable in node.get("env").map(Node::items).unwrap_or_default() {
        if let (Some(name), Some(value)) =
            (variable.get("name").and_then(Node::text), variable.get("value").and_then(Node::text))
        {
            page.uses(variable.line, &whose, Deed::Variable(name.to_owned(), value.to_owned()));
        }
    }
}
