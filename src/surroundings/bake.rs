//! Bake files, as HCL and JSON. <https://docs.docker.com/build/bake/reference/>

use super::tree::{Node, Value};
use super::{Build, Deed, FACTS, Page, Spot, Whose, commands};

/// How many targets may inherit from each other in a row.
const INHERITED_MAX: usize = 16;

/// Whether a JSON or HCL file has targets of bake.
pub(super) fn is_bake(node: &Node) -> bool {
    targets(node).iter().any(|(_, target)| FACTS.of("key of a target of bake").any(|key| target.get(key).is_some()))
}

/// Blocks of one type stand behind each other.
fn targets(node: &Node) -> Vec<(&str, &Node)> {
    let blocks = node.entries().iter().filter(|(key, _)| key == "target");
    blocks.flat_map(|(_, block)| block.entries()).map(|(name, target)| (name.as_str(), target)).collect()
}

pub(super) fn read(page: &mut Page<'_>, node: &Node) {
    let targets = targets(node);
    for (_, target) in &targets {
        build(page, target, &targets);
    }
    // `NAME = "target:OTHER"` builds on the image of another target; there is a build for each target, in their order.
    let first = page.said.builds.len() - targets.len();
    for (_, context) in targets.iter().filter_map(|(_, target)| target.get("contexts")).flat_map(Node::entries) {
        let other = context.text().and_then(|text| text.strip_prefix("target:"));
        if let Some(at) = other.and_then(|other| targets.iter().position(|(name, _)| *name == other)) {
            page.uses(context.line, &Whose::Build(first + at), Deed::Workplace(super::BASED_ON));
        }
    }
}

/// `target`, and those that it inherits from, the nearest first.
fn family<'n>(target: &'n Node, targets: &[(&str, &'n Node)]) -> Vec<&'n Node> {
    let mut family = vec![target];
    let mut index = 0;
    while index < family.len() && family.len() < INHERITED_MAX {
        let parents = family[index].get("inherits").and_then(Node::texts).unwrap_or_default();
        // What is inherited last counts first.
        for parent in parents.iter().rev() {
            family.extend(targets.iter().filter(|(name, _)| name == parent).map(|(_, node)| *node));
        }
        index += 1;
    }
    family
}

fn build(page: &mut Page<'_>, target: &Node, targets: &[(&str, &Node)]) {
    let family = family(target, targets);
    let value = |key: &str| family.iter().find_map(|node| node.get(key));
    let spot = |node: Option<&Node>, folder: &str, usual: &str| match node.map(|node| &node.value) {
        None => Spot::of(folder, usual),
        Some(Value::Scalar { text, .. }) => Spot::of(folder, text),
        Some(_) => Spot::Unknown,
    };
    let dockerfile = |folder: &str| match spot(value("context"), folder, ".") {
        Spot::Here(context) => spot(value("dockerfile"), &context, "Dockerfile"),
        other => other,
    };
    // Paths of bake are those of where it is called: the folder of the file, or one above it.
    let folder = page.anchor(page.folder(), dockerfile);
    let (context, dockerfile) = (spot(value("context"), &folder, "."), dockerfile(&folder));
    let contexts = family.iter().filter_map(|node| node.get("contexts")).flat_map(Node::entries);
    let contexts = contexts.map(|(name, _)| name.clone()).collect();
    let images = value("tags").map(Node::items).unwrap_or_default().iter();
    let images = images.filter_map(Node::text).map(commands::image_name).collect();
    let target_name = value("target").map(|node| node.text().unwrap_or("$").to_owned());
    let build = Build::of(page.place(target.line), context, "", None);
    page.builds(Build {
        dockerfile,
        target: target_name,
        contexts,
        images,
        is_inline: value("dockerfile-inline").is_some(),
        ..build
    });
}
