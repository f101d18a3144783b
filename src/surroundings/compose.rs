//! Compose files, told by what they say: `services:`. <https://github.com/compose-spec/compose-spec/blob/main/05-services.md>

use super::tree::{Node, Value};
use super::{Build, Deed, FACTS, Page, Spot, Whose, engines, words};

/// Whether a document is one of Compose: a map of services, some of which are built or run from an image.
pub(super) fn is_compose(node: &Node) -> bool {
    let services = node.get("services").map(Node::entries).unwrap_or_default();
    services.iter().any(|(_, service)| FACTS.of("key of a service").any(|key| service.get(key).is_some()))
}

pub(super) fn read(page: &mut Page<'_>, node: &Node) {
    for (name, service) in node.get("services").map(Node::entries).unwrap_or_default() {
        let whose = match service.get("build") {
            Some(build) => {
                let images = service.get("image").and_then(Node::text).map(super::commands::image_name);
                built(page, names(name, service), build, images.into_iter().collect())
            }
            None => {
                let image = service.get("image").and_then(Node::text).map(super::commands::image_name);
                for name in names(name, service) {
                    page.said.services.push((name, image.clone()));
                }
                match image {
                    Some(image) => Whose::Image(image),
                    // An override: what the service is stands in another file.
                    None => Whose::Service(name.clone()),
                }
            }
        };
        used(page, &whose, service);
    }
}

/// What a service and its container are called.
fn names(name: &str, service: &Node) -> Vec<String> {
    let container = service.get("container_name").and_then(Node::text);
    std::iter::once(name).chain(container).map(str::to_owned).collect()
}

fn built(page: &mut Page<'_>, services: Vec<String>, node: &Node, images: Vec<String>) -> Whose {
    let text = |key: &str| node.get(key).and_then(Node::text);
    let context = node.text().or_else(|| text("context")).unwrap_or(".");
    let dockerfile = |folder: &str| match (Spot::of(folder, context), text("dockerfile").unwrap_or("Dockerfile")) {
        (Spot::Here(context), file) => Spot::of(&context, file),
        (other, _) => other,
    };
    // Paths are those of the folder of the file, or of the one that `--project-directory` names.
    let folder = page.anchor(page.folder(), dockerfile);
    let context = Spot::of(&folder, context);
    let names = match node.get("additional_contexts").map(|node| &node.value) {
        Some(Value::Map(entries)) => entries.iter().map(|(name, _)| name.clone()).collect(),
        Some(Value::List(items)) => {
            let texts = items.iter().filter_map(Node::text);
            texts.filter_map(|text| text.split_once('=')).map(|(name, _)| name.to_owned()).collect()
        }
        _ => Vec::new(),
    };
    // `NAME: service:OTHER` builds on the image of another service.
    if let Some(node) = node.get("additional_contexts") {
        let mut others = Vec::new();
        node.walk(&mut |_, node| {
            let other = node.text().and_then(|text| text.rsplit('=').next()?.strip_prefix("service:"));
            others.extend(other.map(|other| (node.line, other.to_owned())));
        });
        for (line, other) in others {
            page.uses(line, &Whose::Service(other), Deed::Workplace(super::BASED_ON));
        }
    }
    // A Dockerfile is named from the context.
    let within = if let Spot::Here(context) = &context { context.clone() } else { String::new() };
    let file = text("dockerfile").filter(|_| matches!(context, Spot::Here(_)));
    let build = Build::of(page.place(node.line), context, &within, file);
    page.builds(Build {
        target: text("target").map(str::to_owned),
        contexts: names,
        images,
        services,
        is_inline: node.get("dockerfile_inline").is_some(),
        ..build
    })
}

fn used(page: &mut Page<'_>, whose: &Whose, service: &Node) {
    let start = |key: &str| service.get(key).and_then(command_words);
    let (entrypoint, command) = (start("entrypoint"), start("command"));
    let line = |key: &str| service.get(key).map_or(service.line, |node| node.line);
    if entrypoint.is_some() || command.is_some() {
        let line = if entrypoint.is_some() { line("entrypoint") } else { line("command") };
        page.uses(line, whose, Deed::Starts { entrypoint, command });
    }
    if let Some(check) = service.get("healthcheck")
        && let Some(words) = check.get("test").and_then(check_words)
    {
        page.uses(check.get("test").map_or(check.line, |test| test.line), whose, Deed::Runs { words, is_check: true });
    }
    for hook in ["post_start", "pre_stop"].iter().flat_map(|key| service.get(key).map(Node::items).unwrap_or_default())
    {
        if let Some(words) = hook.get("command").and_then(command_words) {
            page.uses(hook.line, whose, Deed::Runs { words, is_check: false });
        }
    }
    if let Some((line, folder)) = service.get("working_dir").and_then(|node| Some((node.line, node.text()?))) {
        page.uses(line, whose, Deed::Directory(folder.to_owned()));
    }
    if let Some(user) = service.get("user") {
        page.uses(user.line, whose, Deed::User(user.text().unwrap_or("$").to_owned()));
    }
    for key in FACTS.of("right that a service gets") {
        // That nobody gets more rights is no right.
        let takes_away = |item: &Node| item.text().is_some_and(|text| text.starts_with("no-new-privileges"));
        let is_given = |node: &&Node| {
            node.text() != Some("false") && (node.items().is_empty() || !node.items().iter().all(takes_away))
        };
        if let Some(node) = service.get(key).filter(is_given) {
            page.uses(node.line, whose, Deed::Right((*key).to_owned()));
        }
    }
    if let Some(network) = service.get("network_mode").filter(|node| node.text() == Some("host")) {
        page.uses(network.line, whose, Deed::Right("network_mode: host".to_owned()));
    }
    for volume in service.get("volumes").map(Node::items).unwrap_or_default() {
        if is_engine(volume) {
            page.uses(volume.line, whose, Deed::Right(engines::ENGINE.to_owned()));
        } else if let Some(target) = mounted(volume) {
            page.uses(volume.line, whose, Deed::Mounts(target));
        }
    }
    // Without an owner of their own they belong to whom the files of the host do.
    if let Some(secrets) = service.get("secrets") {
        page.uses(secrets.line, whose, Deed::Mounts("/run/secrets".to_owned()));
    }
    if let Some(ports) = service.get("ports") {
        page.uses(ports.line, whose, Deed::Serves);
    }
    let folder = page.folder().to_owned();
    if let Some(node) = service.get("env_file") {
        let files = if node.items().is_empty() { std::slice::from_ref(node) } else { node.items() };
        for file in files {
            if let Some(path) = file.text().or_else(|| file.get("path").and_then(Node::text)) {
                page.takes_variables(file.line, whose, &folder, path);
            }
        }
    }
    variables(page, whose, service);
    let watch = service.at(&["develop", "watch"]);
    if let Some(watch) = watch {
        page.uses(watch.line, whose, Deed::Workplace("`develop` of Compose brings code into this image"));
    }
}

/// Whether a mount is the socket of the engine.
fn is_engine(volume: &Node) -> bool {
    let source = volume.text().or_else(|| volume.get("source").and_then(Node::text));
    source.is_some_and(|source| source.contains(".sock"))
}

/// The path of a mount that may be written.
fn mounted(volume: &Node) -> Option<String> {
    if let Some(text) = volume.text() {
        let mut parts = text.split(':');
        let (first, second) = (parts.next()?, parts.next());
        let is_read_only = parts.any(|options| options.split(',').any(|option| option == "ro"));
        return (!is_read_only).then(|| second.unwrap_or(first).to_owned());
    }
    let is_read_only = volume.get("read_only").and_then(Node::text) == Some("true");
    let is_in_memory = volume.get("type").and_then(Node::text) == Some("tmpfs");
    (!is_read_only && !is_in_memory).then(|| volume.get("target").and_then(Node::text).unwrap_or("").to_owned())
}

fn variables(page: &mut Page<'_>, whose: &Whose, service: &Node) {
    let Some(node) = service.get("environment") else { return };
    for (name, value) in node.entries() {
        let text = value.text().unwrap_or_default().to_owned();
        page.uses(value.line, whose, Deed::Variable(name.clone(), text));
    }
    for item in node.items() {
        let (name, value) = item.text().and_then(|text| text.split_once('=')).unwrap_or_default();
        if !name.is_empty() {
            page.uses(item.line, whose, Deed::Variable(name.to_owned(), value.to_owned()));
        }
    }
}

/// The words of `command:` and `entrypoint:`; a text is cut into words, and no shell sees it.
pub(super) fn command_words(node: &Node) -> Option<Vec<String>> {
    match &node.value {
        Value::Scalar { text, .. } if text.is_empty() || text == "~" || text == "null" => None,
        Value::Scalar { text, .. } => Some(words::plain(text)),
        Value::List(_) => Some(node.texts().unwrap_or_else(|| vec!["$".to_owned()])),
        _ => Some(vec!["$".to_owned()]),
    }
}

/// The words of a health check; a text is for the shell.
fn check_words(node: &Node) -> Option<Vec<String>> {
    let shell = |text: &str| Some(vec!["sh".to_owned(), "-c".to_owned(), text.to_owned()]);
    if let Some(text) = node.text() {
        return shell(text);
    }
    let words = node.texts().unwrap_or_else(|| vec!["CMD".to_owned(), "$".to_owned()]);
    match words.first().map(String::as_str) {
        Some("NONE") | None => None,
        Some("CMD-SHELL") => shell(words.get(1).map_or("", String::as_str)),
        Some("CMD") => Some(words[1..].to_vec()),
        Some(_) => Some(words),
    }
}
