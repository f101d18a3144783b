//! Registries: each image is asked for once for all repositories, and nobody is asked whom a repository alone names.

use std::collections::BTreeMap;

use crate::farm::{Farm, rows};
use crate::server::{INDEX, Store, digest, index};

#[test]
fn an_image_of_many_repositories_is_asked_for_once_and_unknown_hosts_never() {
    let image = index("a", &["linux/amd64", "linux/arm64"]);
    let server = Store::default().with("1", &image, INDEX).with("2", &image, INDEX).serve();
    let host = server.host();
    let files = |number: usize| {
        let text = format!("FROM {host}/app:{}\nENV A=b{number}\n", 1 + number % 2);
        // A repository does not open a way to a host.
        let config = b"pin = \"digest\"\n".to_vec();
        [("Dockerfile".to_owned(), text.into_bytes()), ("dockeropt.toml".to_owned(), config)].into()
    };
    let farm = Farm::new((0..30).map(files).collect());
    farm.checkouts("r");
    for arguments in ["r --out own --quiet", "r --out asked --quiet --pin digest"] {
        assert_eq!(farm.run(&format!("{arguments} --cache-dir {}", farm.path("none").display())).code, 2);
        assert!(server.lines().is_empty(), "{arguments}: {:?}", server.lines());
    }
    let cache = farm.path("cache");
    let output = farm.run(&format!("r --out out --quiet --jobs 4 --registry {host} --cache-dir {}", cache.display()));
    assert_eq!((output.code, output.err.as_str()), (0, ""));
    let journal = rows(&farm.path("out/journal.jsonl"));
    assert!(journal.values().all(|row| row["outcome"] == "changed"));
    let patch = std::fs::read_to_string(farm.path("out/patches/team-0/app-0.patch")).unwrap();
    assert!(patch.contains(&format!("+FROM {host}/app:1@{}\n", digest(&image))), "{patch}");
    assert!(patch.contains("+++ b/dockeropt.lock\n"), "{patch}");
    let mut asked: BTreeMap<String, usize> = BTreeMap::new();
    server.lines().into_iter().for_each(|line| *asked.entry(line).or_default() += 1);
    assert!(asked.len() >= 2 && asked.values().all(|count| *count == 1), "{asked:?}");
}
