//! Platforms that build and run an image by a file of their own.

use toml::de::{DeTable, DeValue};

use super::tree::{Node, Value};
use super::{Deed, Page, Spot, Whose, commands, compose, kubernetes, words};

pub(super) fn starts(page: &mut Page<'_>, whose: &Whose, node: &Node) {
    if let Some(command) = compose::command_words(node) {
        page.uses(node.line, whose, Deed::Starts { entrypoint: None, command: Some(command) });
    }
}

pub(super) fn runs(page: &mut Page<'_>, whose: &Whose, node: &Node) {
    if let Some(words) = compose::command_words(node) {
        page.uses(node.line, whose, Deed::Runs { words, is_check: false });
    }
}

/// `devcontainer.json`. <https://containers.dev/implementors/json_reference/>
pub(super) fn devcontainer(page: &mut Page<'_>, node: &Node) {
    let folder = page.folder().to_owned();
    let build = node.get("build");
    let file = build.and_then(|build| build.get("dockerfile")).or_else(|| node.get("dockerFile"));
    const WORK: Deed = Deed::Workplace("people work in this image");
    if let (Some(_), Some(service)) = (node.get("dockerComposeFile"), node.get("service")) {
        return page.uses(service.line, &Whose::Service(service.text().unwrap_or("$").to_owned()), WORK);
    }
    if let Some((line, image)) = node.get("image").and_then(|image| Some((image.line, image.text()?))) {
        page.uses(line, &Whose::Image(commands::image_name(image)), WORK);
    }
    let Some(file) = file else { return };
    let context = build.and_then(|build| build.get("context")).or_else(|| node.get("context")).and_then(Node::text);
    let target = build.and_then(|build| build.get("target")).and_then(Node::text);
    let name = file.text().unwrap_or("$");
    // Without a context it is the folder of the Dockerfile.
    let context = context.unwrap_or_else(|| name.rsplit_once('/').map_or(".", |(folder, _)| folder));
    let whose = page.built(file.line, &folder, context, Some(name), target);
    page.uses(file.line, &whose, WORK);
}

/// `fly.toml` and `railway.toml`.
pub(super) fn toml(page: &mut Page<'_>, text: &str) -> Result<(), String> {
    let table = DeTable::parse(text).map_err(|error| error.message().to_owned())?;
    let line = |at: usize| text[..at].matches('\n').count() + 1;
    let node = Node { line: 1, value: of_table(table.get_ref(), &line) };
    if page.path.ends_with("railway.toml") {
        railway(page, &node);
    } else {
        fly(page, &node);
    }
    Ok(())
}

/// <https://fly.io/docs/reference/configuration/>
fn fly(page: &mut Page<'_>, node: &Node) {
    let folder = page.folder().to_owned();
    let build = node.get("build");
    let at = |key: &str| build.and_then(|build| build.get(key)).and_then(Node::text);
    let number = build.map_or(1, |build| build.line);
    let is_of_image = at("image").is_some() || at("builder").is_some();
    let whose = if is_of_image {
        Whose::Image(at("image").map(commands::image_name).unwrap_or_default())
    } else {
        page.built(number, &folder, ".", at("dockerfile"), at("build-target"))
    };
    if let Some(command) = node.at(&["deploy", "release_command"]) {
        runs(page, &whose, command);
    }
    for (_, process) in node.get("processes").map(Node::entries).unwrap_or_default() {
        starts(page, &whose, process);
    }
    let experimental = |key: &str| node.at(&["experimental", key]).and_then(compose::command_words);
    let (command, entrypoint) = (experimental("cmd"), experimental("entrypoint"));
    if command.is_some() || entrypoint.is_some() {
        let line = node.get("experimental").map_or(1, |node| node.line);
        page.uses(line, &whose, Deed::Starts { entrypoint, command });
    }
    let mounts = node.get("mounts").or_else(|| node.get("mount"));
    for mount in mounts
        .map(|mounts| if mounts.items().is_empty() { std::slice::from_ref(mounts) } else { mounts.items() })
        .unwrap_or_default()
    {
        let target = mount.get("destination").and_then(Node::text).unwrap_or_default();
        page.uses(mount.line, &whose, Deed::Mounts(target.to_owned()));
    }
    for (name, value) in node.get("env").map(Node::entries).unwrap_or_default() {
        page.uses(value.line, &whose, Deed::Variable(name.clone(), value.text().unwrap_or_default().to_owned()));
    }
}

fn of_table(table: &DeTable<'_>, line: &dyn Fn(usize) -> usize) -> Value {
    let entries = table.iter().map(|(key, value)| {
        let value = Node { line: line(key.span().start), value: of_value(value.get_ref(), line) };
        (key.get_ref().to_string(), value)
    });
    Value::Map(entries.collect())
}

fn of_value(value: &DeValue<'_>, line: &dyn Fn(usize) -> usize) -> Value {
    let scalar = |text: &str| Value::Scalar { text: text.to_owned(), is_block: false };
    match value {
        DeValue::String(text) => scalar(text),
        DeValue::Integer(number) => scalar(&number.to_string()),
        DeValue::Boolean(is) => scalar(if *is { "true" } else { "false" }),
        DeValue::Float(number) => scalar(&number.to_string()),
        DeValue::Datetime(_) => Value::Expression,
        DeValue::Array(items) => {
            let items =
                items.iter().map(|item| Node { line: line(item.span().start), value: of_value(item.get_ref(), line) });
            Value::List(items.collect())
        }
        DeValue::Table(table) => of_table(table, line),
    }
}

/// `Procfile`: a line a process. <https://devcenter.heroku.com/articles/procfile>
pub(super) fn procfile(page: &mut Page<'_>, text: &str) {
    for (index, line) in text.lines().enumerate() {
        let Some((name, command)) = line.split_once(':').filter(|(name, _)| !name.trim_start().starts_with('#')) else {
            continue;
        };
        let shell = vec!["sh".to_owned(), "-c".to_owned(), command.trim().to_owned()];
        if name.trim() == "release" {
            page.uses(index + 1, &Whose::Any, Deed::Runs { words: shell, is_check: false });
        } else {
            let words = words::plain(command);
            page.uses(index + 1, &Whose::Any, Deed::Starts { entrypoint: None, command: Some(words) });
        }
    }
}

/// `app.json` of Heroku and Dokku: scripts around a deployment. <https://devcenter.heroku.com/articles/app-json-schema>
pub(super) fn app(page: &mut Page<'_>, node: &Node) {
    let scripts = node.at(&["scripts"]).into_iter().chain(node.at(&["scripts", "dokku"]));
    for (_, script) in scripts.flat_map(Node::entries).filter(|(_, script)| script.text().is_some()) {
        runs(page, &Whose::Any, script);
    }
    if let Some(checks) = node.get("healthchecks") {
        let mut found = Vec::new();
        checks.walk(&mut |key, node| {
            if key == "command" {
                found.push(node.clone());
            }
        });
        // A list of words is gone over word by word; the list itself comes first.
        if let Some(words) = found.first().and_then(Node::texts) {
            page.uses(checks.line, &Whose::Any, Deed::Runs { words, is_check: true });
        }
    }
}

/// `heroku.yml`. <https://devcenter.heroku.com/articles/build-docker-images-heroku-yml>
pub(super) fn heroku(page: &mut Page<'_>, node: &Node) {
    let folder = page.folder().to_owned();
    let mut whose = Whose::Any;
    for (_, file) in node.at(&["build", "docker"]).map(Node::entries).unwrap_or_default() {
        let name = file.text().or_else(|| file.get("dockerfile").and_then(Node::text)).unwrap_or("$");
        let context = name.rsplit_once('/').map_or(".", |(folder, _)| folder);
        let target = file.get("target").and_then(Node::text);
        whose = page.built(file.line, &folder, context, Some(name), target);
    }
    // Each entry of a list is a line for the shell.
    let line = |node: &Node| Some(vec!["sh".to_owned(), "-c".to_owned(), node.texts()?.join(" && ")]);
    for (_, process) in node.get("run").map(Node::entries).unwrap_or_default() {
        let command = process.get("command").unwrap_or(process);
        match line(command).filter(|_| command.text().is_none()) {
            Some(words) => {
                page.uses(command.line, &whose, Deed::Starts { entrypoint: None, command: Some(words) });
            }
            None => starts(page, &whose, command),
        }
    }
    if let Some((command, words)) = node.at(&["release", "command"]).and_then(|command| Some((command, line(command)?)))
    {
        page.uses(command.line, &whose, Deed::Runs { words, is_check: false });
    }
}

/// `render.yaml`. <https://render.com/docs/blueprint-spec>
pub(super) fn render(page: &mut Page<'_>, node: &Node) {
    for service in node.get("services").map(Node::items).unwrap_or_default() {
        let text = |key: &str| service.get(key).and_then(Node::text);
        if text("runtime").or_else(|| text("env")) != Some("docker") {
            continue;
        }
        let root = text("rootDir").unwrap_or_default().to_owned();
        let (context, file) = (text("dockerContext").unwrap_or("."), text("dockerfilePath"));
        let whose = page.built(service.line, &root, context, file, None);
        if let Some(command) = service.get("dockerCommand") {
            starts(page, &whose, command);
        }
        if let Some(command) = service.get("preDeployCommand") {
            runs(page, &whose, command);
        }
        if let Some(list) = service.get("envVars") {
            kubernetes::named_variables(page, &whose, list, "key");
        }
        if let Some(disk) = service.get("disk") {
            let target = disk.get("mountPath").and_then(Node::text).unwrap_or_default();
            page.uses(disk.line, &whose, Deed::Mounts(target.to_owned()));
        }
    }
}

/// `railway.json` and `railway.toml` start a program too. <https://docs.railway.com/reference/config-as-code>
pub(super) fn railway(page: &mut Page<'_>, node: &Node) {
    let folder = page.folder().to_owned();
    let file = node.at(&["build", "dockerfilePath"]);
    let whose = match file {
        Some(file) => page.built(file.line, &folder, ".", file.text(), None),
        None => Whose::Any,
    };
    for key in ["startCommand", "preDeployCommand"] {
        if let Some(command) = node.at(&["deploy", key]) {
            starts(page, &whose, command);
        }
    }
}

/// Task definitions of ECS. <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html>
pub(super) fn ecs(page: &mut Page<'_>, node: &Node) {
    let definitions = node.get("containerDefinitions").or_else(|| node.at(&["taskDefinition", "containerDefinitions"]));
    for container in definitions.map(Node::items).unwrap_or_default() {
        let whose = match container.get("image").and_then(Node::text) {
            Some(image) if !image.contains(['$', '<', '{']) => Whose::Image(commands::image_name(image)),
            _ => Whose::Any,
        };
        let words =
            |key: &str| container.get(key).filter(|node| !node.items().is_empty()).and_then(compose::command_words);
        let (entrypoint, command) = (words("entryPoint"), words("command"));
        let line = container.get("command").or_else(|| container.get("entryPoint")).unwrap_or(container).line;
        if entrypoint.is_some() || command.is_some() {
            page.uses(line, &whose, Deed::Starts { entrypoint, command });
        }
        let check = container.at(&["healthCheck", "command"]);
        if let Some((line, check)) = check.and_then(|check| Some((check.line, check.texts()?))) {
            let words = match check.first().map(String::as_str) {
                Some("CMD-SHELL") => vec!["sh".to_owned(), "-c".to_owned(), check.get(1).cloned().unwrap_or_default()],
                Some("CMD") => check[1..].to_vec(),
                _ => check,
            };
            page.uses(line, &whose, Deed::Runs { words, is_check: true });
        }
        if let Some(user) = container.get("user") {
            page.uses(user.line, &whose, Deed::User(user.text().unwrap_or("$").to_owned()));
        }
        if let Some(right) = container.get("privileged").filter(|node| node.text() == Some("true")) {
            page.uses(right.line, &whose, Deed::Right("privileged".to_owned()));
        }
        if let Some(list) = container.get("environment") {
            kubernetes::named_variables(page, &whose, list, "name");
        }
        for mount in container.get("mountPoints").map(Node::items).unwrap_or_default() {
            if mount.get("readOnly").and_then(Node::text) != Some("true") {
                let target = mount.get("containerPath").and_then(Node::text).unwrap_or_default();
                page.uses(mount.line, &whose, Deed::Mounts(target.to_owned()));
            }
        }
    }
}

/// `Dockerrun.aws.json` of Elastic Beanstalk. <https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/single-container-docker-configuration.html>
pub(super) fn beanstalk(page: &mut Page<'_>, node: &Node) {
    for volume in node.get("Volumes").map(Node::items).unwrap_or_default() {
        let target = volume.get("ContainerDirectory").and_then(Node::text).unwrap_or_default();
        page.uses(volume.line, &Whose::Any, Deed::Mounts(target.to_owned()));
    }
    let words = |key: &str| node.get(key).and_then(compose::command_words);
    let (entrypoint, command) = (words("Entrypoint"), words("Command"));
    if entrypoint.is_some() || command.is_some() {
        let line = node.get("Command").or_else(|| node.get("Entrypoint")).map_or(1, |node| node.line);
        page.uses(line, &Whose::Any, Deed::Starts { entrypoint, command });
    }
    ecs(page, node);
}

/// Jobs of Nomad that run containers. <https://developer.hashicorp.com/nomad/docs/drivers/docker>
pub(super) fn nomad(page: &mut Page<'_>, node: &Node) {
    let mut tasks = Vec::new();
    node.walk(&mut |_, node| {
        if let Some(config) = node.get("config").filter(|config| config.get("image").is_some()) {
            tasks.push((config, node.get("env")));
        }
    });
    for (config, variables) in tasks {
        let whose = match config.get("image").and_then(Node::text) {
            Some(image) => Whose::Image(commands::image_name(image)),
            None => Whose::Any,
        };
        let words = |key: &str| config.get(key).and_then(compose::command_words);
        let mut command = words("command");
        if let (Some(command), Some(more)) = (&mut command, words("args")) {
            command.extend(more);
        }
        let (entrypoint, command) = (words("entrypoint"), command.or_else(|| words("args")));
        if entrypoint.is_some() || command.is_some() {
            page.uses(config.line, &whose, Deed::Starts { entrypoint, command });
        }
        if let Some(right) = config.get("privileged").filter(|node| node.text() == Some("true")) {
            page.uses(right.line, &whose, Deed::Right("privileged".to_owned()));
        }
        for (name, value) in variables.map(Node::entries).unwrap_or_default() {
            page.uses(value.line, &whose, Deed::Variable(name.clone(), value.text().unwrap_or_default().to_owned()));
        }
        for volume in config.get("volumes").and_then(Node::texts).unwrap_or_default() {
            let mut parts = volume.split(':');
            let target = parts.nth(1).unwrap_or_default().to_owned();
            page.uses(config.line, &whose, Deed::Mounts(target));
        }
    }
}

/// `skaffold.yaml`. <https://skaffold.dev/docs/references/yaml/>
pub(super) fn skaffold(page: &mut Page<'_>, node: &Node) {
    let folder = page.folder().to_owned();
    for artifact in node.at(&["build", "artifacts"]).map(Node::items).unwrap_or_default() {
        let context = artifact.get("context").and_then(Node::text).unwrap_or(".").to_owned();
        let Spot::Here(within) = Spot::of(&folder, &context) else { continue };
        let docker = artifact.get("docker");
        let at = |key: &str| docker.and_then(|docker| docker.get(key)).and_then(Node::text);
        let whose = page.built(artifact.line, &within, ".", at("dockerfile"), at("target"));
        if let Some(sync) = artifact.get("sync") {
            page.uses(sync.line, &whose, Deed::Workplace("`sync` of Skaffold brings code into this image"));
        }
        if let (Whose::Build(index), Some(image)) = (whose, artifact.get("image").and_then(Node::text)) {
            page.said.builds[index].images.push(commands::image_name(image));
        }
    }
}

/// `cloudbuild.yaml`: steps that call `docker` by its words. <https://cloud.google.com/build/docs/build-config-file-schema>
pub(super) fn cloud_build(page: &mut Page<'_>, node: &Node) {
    for step in node.get("steps").map(Node::items).unwrap_or_default() {
        let name = step.get("name").and_then(Node::text).unwrap_or_default();
        let is_docker = name.contains("cloud-builders/docker") || name.ends_with("/docker") || name == "docker";
        let words = step.get("args").and_then(Node::texts).unwrap_or_default();
        if is_docker && step.get("entrypoint").is_none() {
            let quoted: Vec<_> = words.iter().map(|word| format!("'{word}'")).collect();
            let folder = step.get("dir").and_then(Node::text).unwrap_or_default();
            let text = format!("docker {}", quoted.join(" "));
            commands::read(page, commands::Text { text: &text, line: step.line, folder });
        } else {
            super::pipelines::scripts(page, step);
        }
    }
}
