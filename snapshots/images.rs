//! What is made of the names of images in every file of the corpus, by another reading of the lines than the product's own.

#[path = "material/mod.rs"]
mod material;

use std::collections::BTreeMap;

use dockeropt::catalogue::Catalogue;
use dockeropt::rewrite::{Chain, Facts, Options};
use dockeropt::semantics::{Build, Named};
use dockeropt::syntax::Dockerfile;
use dockeropt::transforms;
use material::{corpus, folder_or_skip, say};
use rayon::prelude::*;
use regex::bytes::Regex;

/// Share of references without a version that the catalogue has to know, of those to official images.
const SHARE_MIN: f64 = 0.95;

fn chain() -> Chain {
    let base = transforms::PHASES.iter().find(|phase| phase.name == "base").unwrap();
    let transforms = base.transforms.iter().copied().filter(|transform| !transform.opt_in).collect();
    Chain { transforms, options: Options::default() }
}

/// Lines of `before` that are not in `after` at the same place, with what stands there now.
fn changed_lines<'t>(before: &'t [u8], after: &'t [u8]) -> Vec<(&'t [u8], &'t [u8])> {
    let lines = |text: &'t [u8]| text.split(|&byte| byte == b'\n').collect::<Vec<_>>();
    let (before, after) = (lines(before), lines(after));
    assert_eq!(before.len(), after.len(), "names of images are changed within their lines");
    before.into_iter().zip(after).filter(|(before, after)| before != after).collect()
}

#[test]
fn only_names_of_images_change_and_only_those_that_float() {
    let Some(folder) = folder_or_skip("names of images in the corpus") else { return };
    let names = Regex::new(r"(?i-u)(?:^(?:\xEF\xBB\xBF)?\s*from\s+(?:--\S+\s+)*|--from=|[,=]from=)(?<image>[^\s,\\]+)")
        .unwrap();
    let stages = Regex::new(r"(?im)^\s*from\s.*\sas\s+(?<name>\S+)\s*$").unwrap();
    let chain = chain();
    let wrong: Vec<_> = corpus(&folder)
        .par_iter()
        .flat_map_iter(|file| {
            let outcome = chain.run(&file.text, &Facts::default()).unwrap();
            assert!(outcome.unstable.is_empty(), "{}: {:?}", file.id, outcome.unstable);
            let lower = file.text.to_ascii_lowercase();
            let stages: Vec<_> = stages.captures_iter(&lower).map(|found| found["name"].to_vec()).collect();
            let mut wrong = Vec::new();
            for (before, after) in changed_lines(&file.text, &outcome.after) {
                let images = |line| names.captures_iter(line).map(|found| found["image"].to_vec()).collect::<Vec<_>>();
                let (old, new) = (images(before), images(after));
                let rest = |line| names.replace_all(line, &b""[..]).into_owned();
                let is_from = before.to_ascii_lowercase().windows(5).any(|window| window == b"from ");
                for image in old.iter().zip(&new).filter(|(old, new)| old != new).map(|(old, _)| old) {
                    let is_pinned =
                        image.contains(&b'@') || image.contains(&b'$') || image.eq_ignore_ascii_case(b"scratch");
                    let is_stage = stages.contains(&image.to_ascii_lowercase()) && !is_from;
                    if is_pinned || is_stage {
                        wrong.push(format!("{}: {}", file.id, String::from_utf8_lossy(before)));
                    }
                }
                if old.is_empty() || old.len() != new.len() || rest(before) != rest(after) {
                    wrong.push(format!("{}: {}", file.id, String::from_utf8_lossy(before)));
                }
            }
            wrong
        })
        .collect();
    assert!(wrong.is_empty(), "{} lines:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn nearly_every_official_image_without_a_version_gets_one_offline() {
    let Some(folder) = folder_or_skip("official images without a version in the corpus") else { return };
    let (chain, catalogue) = (chain(), Catalogue::embedded());
    let floating = |text: &[u8]| {
        let file = Dockerfile::parse(text);
        let build = Build::of(&file);
        let uses = build.image_uses().to_vec();
        let named = uses.into_iter().filter_map(|image| match image.named {
            Named::Image(reference) => Some(reference),
            _ => None,
        });
        let floating = named.filter(|reference| reference.digest.is_none() && reference.tag_or_latest() == "latest");
        let known = floating.filter_map(|reference| {
            let name = reference.official()?;
            catalogue.image(name).filter(|image| image.is_official()).map(|_| name.to_owned())
        });
        known.collect::<Vec<_>>()
    };
    let counts: Vec<_> = corpus(&folder)
        .par_iter()
        .map(|file| (floating(&file.text), floating(&chain.run(&file.text, &Facts::default()).unwrap().after)))
        .collect();
    let all: usize = counts.iter().map(|(before, _)| before.len()).sum();
    let mut left: BTreeMap<&str, usize> = BTreeMap::new();
    counts.iter().flat_map(|(_, after)| after).for_each(|name| *left.entry(name).or_default() += 1);
    let resolved = all - left.values().sum::<usize>();
    let share = resolved as f64 / all as f64;
    say(&format!("official images without a version: {resolved} of {all} get one offline ({:.1} %)", 100.0 * share));
    say(&format!("left: {left:?}"));
    assert!(share >= SHARE_MIN, "{share}");
}
