//! The catalogue that is built in says what was collected about the official images, no less and no more.

#[path = "../examples/catalogue.rs"]
#[allow(dead_code, reason = "it is a program")]
mod made;
mod material;

use dockeropt::catalogue::{Catalogue, EndOfLife};
use serde_json::Value;

fn collected(test: &str) -> Option<Value> {
    let path = material::folder_or_skip(test)?.join("catalog/catalog.json");
    Some(serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap())
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn is_windows(tag: &str) -> bool {
    tag.contains("windows") || tag.contains("nanoserver")
}

#[test]
fn the_text_is_what_the_example_makes() {
    let Some(collected) = collected("the text of the catalogue") else { return };
    let made = made::catalogue(&collected);
    assert!(made == Catalogue::embedded().as_str(), "run examples/catalogue.rs, and read the difference");
}

#[test]
fn every_tag_that_is_built_is_answered() {
    let Some(collected) = collected("tags in the catalogue") else { return };
    let catalogue = Catalogue::embedded();
    let mut tags = 0;
    for (name, about) in collected["images"].as_object().unwrap() {
        for build in about["entries"].as_array().unwrap().iter().filter(|build| build["os"] == "linux") {
            let image = catalogue.image(name).unwrap();
            let list = |key: &str| build[key].as_array().into_iter().flatten().map(text).collect::<Vec<_>>();
            for tag in list("tags").into_iter().chain(list("shared")) {
                let found = image.build_of(tag).unwrap_or_else(|| panic!("{name}:{tag}"));
                assert_eq!(found.exact, text(&build["exact"]), "{name}:{tag}");
                assert_eq!(found.is_shared(tag), list("shared").contains(&tag), "{name}:{tag}");
                assert_eq!(found.architectures().collect::<Vec<_>>(), list("arches"), "{name}:{tag}");
                let distribution = found.distribution.map(|it| [it.family, it.release]).unwrap_or_default();
                assert_eq!(distribution.to_vec(), [list("distro"), vec![""; 2]].concat()[..2], "{name}:{tag}");
                tags += 1;
            }
            let (found, said) = (image.build_of(text(&build["exact"])).unwrap(), &build["facts"]);
            let values = [found.base(), found.workdir(), found.cmd(), found.entrypoint()];
            for (value, key) in values.into_iter().zip(["from", "workdir", "cmd", "entrypoint"]) {
                assert_eq!(value, said[key].as_str(), "{name}:{} {key}", found.exact);
            }
            let user = said["from"].as_str().map(|_| said["user"].as_str().unwrap_or("root"));
            assert_eq!(found.user(), user, "{name}:{}", found.exact);
        }
    }
    material::say(&format!("catalogue: {tags} tags are answered as they were collected"));
}

#[test]
fn every_tag_that_was_dropped_is_answered() {
    let Some(collected) = collected("dropped tags in the catalogue") else { return };
    let catalogue = Catalogue::embedded();
    let mut tags = 0;
    for (name, lines) in collected["retired_lines"].as_object().unwrap() {
        for (tag, last) in lines.as_object().unwrap() {
            let found = catalogue.image(name).and_then(|image| image.retired(tag));
            if is_windows(tag) || is_windows(text(&last[0])) {
                assert_eq!(found, None, "{name}:{tag}");
                continue;
            }
            let found = found.unwrap_or_else(|| panic!("{name}:{tag}"));
            let exact = Some(text(&last[0])).filter(|exact| !exact.is_empty()).unwrap_or(tag);
            let days = found.date.since(jiff::civil::date(1970, 1, 1)).unwrap().get_days();
            assert_eq!((found.exact, i64::from(days)), (exact, last[1].as_i64().unwrap()), "{name}:{tag}");
            tags += 1;
        }
    }
    for (name, date) in collected["removed_images"].as_object().unwrap() {
        assert_eq!(catalogue.image(name).unwrap().removed().unwrap().to_string(), text(date), "{name}");
    }
    material::say(&format!("catalogue: {tags} dropped tags are answered as they were collected"));
}

#[test]
fn every_end_of_life_and_every_replacement_is_answered() {
    let Some(collected) = collected("ends of life in the catalogue") else { return };
    let catalogue = Catalogue::embedded();
    for (name, product) in collected["image_to_product"].as_object().unwrap() {
        for cycle in collected["eol"][text(product)].as_array().unwrap() {
            let found = catalogue.image(name).unwrap().end_of_life(text(&cycle["releaseCycle"]));
            let expected = match &cycle["eol"] {
                Value::Bool(true) => EndOfLife::Over,
                Value::Bool(false) => EndOfLife::Open,
                date => EndOfLife::On(text(date).parse().unwrap()),
            };
            assert_eq!(found, Some(expected), "{name} {cycle}");
        }
    }
    for (name, replacement) in collected["replacements"].as_object().unwrap() {
        let found = catalogue.replacement(name).unwrap();
        assert_eq!((found.of, found.kind), (name.as_str(), text(&replacement["kind"])));
        assert_eq!((found.to, found.since), (replacement["to"].as_str(), replacement["since"].as_str()), "{name}");
        assert_eq!(
            (found.note, found.automatic),
            (replacement["note"].as_str(), replacement["auto"] == true),
            "{name}"
        );
        let alternatives = replacement["alternatives"].as_array().into_iter().flatten().map(text);
        assert!(found.alternatives().eq(alternatives), "{name}");
    }
}
