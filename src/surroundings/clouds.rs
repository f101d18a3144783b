//! Platforms, tools and tests whose YAML is told by a few keys.

use super::tree::Node;
use super::{Deed, FACTS, Page, Whose, commands, compose, platforms, words};

/// Reads `node`, a document of the file `name`, if it is of one of them.
pub(super) fn reads(page: &mut Page<'_>, name: &str, node: &Node) -> bool {
    if node.get("commandTests").is_some() || node.get("fileExistenceTests").is_some() {
        structure_tests(page, node);
    } else if name.starts_with("goss") {
        goss(page, node);
    } else if node.get("service").is_some() && node.get("image").is_some() && node.get("servers").is_some() {
        kamal(page, node);
    } else if node.at(&["image", "build"]).is_some() {
        copilot(page, node);
    } else if FACTS.of("list of components").any(|key| digital_ocean(node, key).next().is_some()) {
        app_platform(page, node);
    } else {
        return false;
    }
    true
}

/// Tests of an image that run commands in it. <https://github.com/GoogleContainerTools/container-structure-test>
fn structure_tests(page: &mut Page<'_>, node: &Node) {
    for test in node.get("commandTests").map(Node::items).unwrap_or_default() {
        let words = |key: &str| test.get(key).and_then(compose::command_words).unwrap_or_default();
        let words = [words("command"), words("args")].concat();
        page.uses(test.line, &Whose::Any, Deed::Runs { words, is_check: false });
    }
}

/// <https://goss.readthedocs.io/en/stable/gossfile/#command>
fn goss(page: &mut Page<'_>, node: &Node) {
    for (command, test) in node.get("command").map(Node::entries).unwrap_or_default() {
        let text = test.get("exec").and_then(Node::text).unwrap_or(command);
        let words = vec!["sh".to_owned(), "-c".to_owned(), text.to_owned()];
        page.uses(test.line, &Whose::Any, Deed::Runs { words, is_check: false });
    }
}

/// `config/deploy.yml`. <https://kamal-deploy.org/docs/configuration/overview/>
fn kamal(page: &mut Page<'_>, node: &Node) {
    let at = |key: &str| node.at(&["builder", key]).and_then(Node::text);
    let line = node.get("builder").or_else(|| node.get("image")).map_or(1, |node| node.line);
    // Without a context, the repository is taken from git.
    let whose = page.built(line, "", at("context").unwrap_or("."), at("dockerfile"), at("target"));
    if let (Whose::Build(index), Some(image)) = (&whose, node.get("image").and_then(Node::text)) {
        page.said.builds[*index].images.push(commands::image_name(image));
    }
    for (_, role) in node.get("servers").map(Node::entries).unwrap_or_default() {
        if let Some(command) = role.get("cmd") {
            platforms::starts(page, &whose, command);
        }
    }
    for volume in node.get("volumes").map(Node::items).unwrap_or_default() {
        let target = volume.text().and_then(|text| text.split(':').nth(1)).unwrap_or_default();
        page.uses(volume.line, &whose, Deed::Mounts(target.to_owned()));
    }
    for (name, value) in node.at(&["env", "clear"]).map(Node::entries).unwrap_or_default() {
        page.uses(value.line, &whose, Deed::Variable(name.clone(), value.text().unwrap_or_default().to_owned()));
    }
}

/// `manifest.yml`. <https://aws.github.io/copilot-cli/docs/manifest/overview/>
fn copilot(page: &mut Page<'_>, node: &Node) {
    let Some(build) = node.at(&["image", "build"]) else { return };
    let at = |key: &str| build.get(key).and_then(Node::text);
    let file = build.text().or_else(|| at("dockerfile"));
    let above = file.and_then(|file| file.rsplit_once('/')).map_or(".", |(folder, _)| folder);
    let whose = page.built(build.line, "", at("context").unwrap_or(above), file, at("target"));
    let words = |key: &str| node.get(key).and_then(compose::command_words);
    let (entrypoint, command) = (words("entrypoint"), words("command"));
    if entrypoint.is_some() || command.is_some() {
        let line = node.get("command").or_else(|| node.get("entrypoint")).map_or(1, |node| node.line);
        page.uses(line, &whose, Deed::Starts { entrypoint, command });
    }
    if let Some(check) = node.at(&["image", "healthcheck"]).and_then(|check| check.get("command")) {
        let words = check.texts().unwrap_or_default().into_iter().filter(|word| !word.starts_with("CMD")).collect();
        page.uses(check.line, &whose, Deed::Runs { words, is_check: true });
    }
    for (name, value) in node.get("variables").map(Node::entries).unwrap_or_default() {
        page.uses(value.line, &whose, Deed::Variable(name.clone(), value.text().unwrap_or_default().to_owned()));
    }
    for (_, volume) in node.at(&["storage", "volumes"]).map(Node::entries).unwrap_or_default() {
        let target = volume.get("path").and_then(Node::text).unwrap_or_default();
        page.uses(volume.line, &whose, Deed::Mounts(target.to_owned()));
    }
}

/// What an app of DigitalOcean builds from a Dockerfile.
fn digital_ocean<'n>(node: &'n Node, key: &str) -> impl Iterator<Item = &'n Node> {
    node.get(key).map(Node::items).unwrap_or_default().iter().filter(|one| one.get("dockerfile_path").is_some())
}

/// `.do/app.yaml`. <https://docs.digitalocean.com/products/app-platform/reference/app-spec/>
fn app_platform(page: &mut Page<'_>, node: &Node) {
    for one in FACTS.of("list of components").flat_map(|key| digital_ocean(node, key)) {
        let text = |key: &str| one.get(key).and_then(Node::text);
        let context = text("source_dir").unwrap_or_default().trim_matches('/');
        let whose = page.built(one.line, "", context, text("dockerfile_path"), None);
        if let Some(command) = one.get("run_command") {
            platforms::starts(page, &whose, command);
        }
        if let Some(list) = one.get("envs") {
            super::kubernetes::named_variables(page, &whose, list, "key");
        }
    }
}

/// `NAME.container`. <https://docs.podman.io/en/latest/markdown/podman-systemd.unit.5.html>
pub(super) fn quadlet(page: &mut Page<'_>, text: &str) {
    let pairs = || text.lines().enumerate().filter_map(|(index, line)| Some((index + 1, line.trim().split_once('=')?)));
    let image = pairs().find_map(|(_, (key, image))| (key == "Image").then_some(image.trim()));
    let whose = match image {
        Some(image) if !image.ends_with(".build") => Whose::Image(commands::image_name(image)),
        _ => Whose::Any,
    };
    for (line, (key, value)) in pairs() {
        let value = value.trim();
        let words = || words::plain(value);
        let deed = match key {
            "Entrypoint" => Deed::Starts { entrypoint: Some(words()), command: None },
            "Exec" => Deed::Starts { entrypoint: None, command: Some(words()) },
            "User" => Deed::User(value.to_owned()),
            "AddCapability" | "AddDevice" => Deed::Right(key.to_owned()),
            "Volume" if !value.contains(":ro") => {
                let mut parts = value.split(':');
                let (first, second) = (parts.next().unwrap_or_default(), parts.next());
                Deed::Mounts(second.unwrap_or(first).to_owned())
            }
            "HealthCmd" => {
                let words = vec!["sh".to_owned(), "-c".to_owned(), value.to_owned()];
                Deed::Runs { words, is_check: true }
            }
            "Environment" => {
                let Some((name, value)) = value.trim_matches('"').split_once('=') else { continue };
                Deed::Variable(name.to_owned(), value.to_owned())
            }
            _ => continue,
        };
        page.uses(line, &whose, deed);
    }
}

/// Tasks of Azure that build an image. <https://learn.microsoft.com/azure/devops/pipelines/tasks/reference/docker-v2>
pub(super) fn azure(page: &mut Page<'_>, node: &Node) {
    let mut tasks = Vec::new();
    node.walk(&mut |_, node| {
        if node.get("task").and_then(Node::text).is_some_and(|task| task.starts_with("Docker@")) {
            tasks.push(node);
        }
    });
    for task in tasks {
        let inputs = task.get("inputs").map(Node::entries).unwrap_or_default();
        let text = |key: &str| {
            let input = inputs.iter().find(|(name, _)| name.eq_ignore_ascii_case(key));
            input.and_then(|(_, node)| node.text()).map(|text| text.trim_start_matches("**/"))
        };
        if !text("command").is_none_or(|command| command.to_ascii_lowercase().starts_with("build")) {
            continue;
        }
        let file = text("Dockerfile").unwrap_or("Dockerfile");
        let above = file.rsplit_once('/').map_or(".", |(folder, _)| folder);
        let context = text("buildContext").filter(|context| *context != "**").unwrap_or(above);
        let whose = page.built(task.line, "", context, Some(file), None);
        if let (Whose::Build(index), Some(image)) = (whose, text("repository")) {
            page.said.builds[index].images.push(commands::image_name(image));
        }
    }
}

/// `docker_build('IMAGE', 'CONTEXT', dockerfile='FILE', live_update=[…])`. <https://docs.tilt.dev/api.html#api.docker_build>
pub(super) fn tilt(page: &mut Page<'_>, text: &str) {
    for (at, _) in text.match_indices("docker_build(") {
        let line = text[..at].matches('\n').count() + 1;
        let rest = &text[at + "docker_build(".len()..];
        let mut depth = 1usize;
        let end = rest.find(|c| {
            depth = match c {
                '(' | '[' => depth + 1,
                ')' | ']' => depth - 1,
                _ => depth,
            };
            depth == 0
        });
        let call = &rest[..end.unwrap_or(rest.len())];
        let named = |key: &str| {
            let behind = &call[call.find(&format!("{key}="))? + key.len() + 1..];
            quoted(behind)
        };
        let mut texts = call.split(',').map(str::trim).filter(|part| part.starts_with(['"', '\''])).filter_map(quoted);
        let (image, second) = (texts.next(), texts.next());
        let context = named("context").or(second);
        // A context that is worked out is not known.
        let (context, file) = (context.unwrap_or("$"), named("dockerfile"));
        let folder = page.folder().to_owned();
        let whose = page.built(line, &folder, context, file, named("target"));
        if let (Whose::Build(index), Some(image)) = (&whose, image) {
            page.said.builds[*index].images.push(commands::image_name(image));
        }
        if call.contains("live_update") {
            page.uses(line, &whose, Deed::Workplace("`live_update` of Tilt brings code into this image"));
        }
    }
    let folder = page.folder().to_owned();
    commands::read(page, commands::Text { text, line: 1, folder: &folder });
}

/// The text in quotes at the start of `text`.
pub(super) fn quoted(text: &str) -> Option<&str> {
    let text = text.trim_start();
    let quote = text.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    text[1..].split(quote).next()
}
