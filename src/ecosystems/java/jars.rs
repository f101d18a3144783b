//! What the jars are called that a build makes, by what its own files say.

use std::collections::BTreeMap;

use super::FACTS;

/// The names of the jars that Maven makes by a `pom.xml`; `None` if it cannot be read.
pub(super) fn of_maven(pom: &str) -> Option<Vec<String>> {
    let elements = elements(pom)?;
    let first = |path: &str| elements.iter().find(|(at, _)| at == path).map(|(_, text)| text.as_str());
    let mut known = BTreeMap::new();
    for (path, text) in &elements {
        if let Some(name) = path.strip_prefix("project/properties/") {
            known.insert(name.to_owned(), text.clone());
        }
    }
    let version = first("project/version").or_else(|| first("project/parent/version"));
    for (name, value) in [("artifactId", first("project/artifactId")), ("version", version)] {
        known.extend(value.map(|value| (format!("project.{name}"), value.to_owned())));
    }
    let usual = || Some(format!("{}-{}", first("project/artifactId")?, version?));
    let base = match first("project/build/finalName") {
        Some(name) => name.to_owned(),
        None => usual()?,
    };
    known.insert("project.build.finalName".to_owned(), base.clone());
    // Plugins make jars beside it, or in its place.
    let of_plugins = elements.iter().filter(|(path, _)| path.starts_with("project/build/plugins/plugin/"));
    let mut names = vec![base.clone()];
    for (path, text) in of_plugins {
        match path.rsplit('/').next().unwrap_or_default() {
            "finalName" => names.push(text.clone()),
            element if FACTS.has("classifier of a Maven jar", element) => names.push(format!("{base}-{text}")),
            _ => {}
        }
    }
    let names = names.iter().map(|name| expanded(name, &known).map(|name| format!("{name}.jar")));
    names.collect()
}

/// `text` with the values of what it names as `${name}`; `None` if one is not known.
fn expanded(text: &str, known: &BTreeMap<String, String>) -> Option<String> {
    /// Values that name values are expanded so many times.
    const DEPTH_MAX: usize = 5;
    let mut text = text.to_owned();
    for _ in 0..DEPTH_MAX {
        let Some(start) = text.find("${") else { return Some(text) };
        let end = start + text[start..].find('}')?;
        let value = known.get(&text[start + 2..end])?;
        text = format!("{}{value}{}", &text[..start], &text[end + 1..]);
    }
    None
}

/// The texts in the elements of an XML document, each with the names of those it is in; `None` if it is not well formed.
fn elements(xml: &str) -> Option<Vec<(String, String)>> {
    let mut open: Vec<&str> = Vec::new();
    let mut found = Vec::new();
    let mut rest = xml;
    while let Some(start) = rest.find('<') {
        let text = rest[..start].trim();
        let tag = &rest[start..];
        let end = |mark: &str| tag.find(mark).map(|at| at + mark.len());
        if let Some(end) = if tag.starts_with("<!--") { Some(end("-->")?) } else { None } {
            rest = &tag[end..];
            continue;
        }
        if tag.starts_with("<![") {
            return None;
        }
        let end = end(">")?;
        rest = &tag[end..];
        let inside = &tag[1..end - 1];
        if inside.starts_with(['?', '!']) || inside.ends_with('/') {
            continue;
        }
        if let Some(name) = inside.strip_prefix('/') {
            if !text.is_empty() {
                found.push((open.join("/"), text.to_owned()));
            }
            if open.pop()? != name.trim() {
                return None;
            }
        } else {
            open.push(inside.split_whitespace().next()?);
        }
    }
    open.is_empty().then_some(found)
}

/// The names of the jars that Gradle makes in `folder` by its scripts and properties, each with its path; `None` if they cannot be read.
pub(super) fn of_gradle(folder: &str, scripts: &[(&str, &str)]) -> Option<Vec<String>> {
    let builds: Vec<_> =
        scripts.iter().filter(|(path, _)| !path.starts_with("settings.")).map(|(_, text)| *text).collect();
    let settings: Vec<_> = scripts.iter().filter(|(path, _)| path.starts_with("settings.")).collect();
    let mut names = Vec::new();
    for (_, text) in &settings {
        let said = values(text, "name of a Gradle project")?;
        if text.matches("rootProject").count() != said.len() {
            return None;
        }
        names.extend(said);
    }
    if names.is_empty() {
        names.push(folder.rsplit('/').next().filter(|name| !name.is_empty())?.to_owned());
    }
    let all = |kind: &str| {
        let found: Option<Vec<_>> = builds.iter().map(|text| values(text, kind)).collect();
        found.map(|found| found.concat())
    };
    if !all("other part of the name of a Gradle jar")?.is_empty() {
        return None;
    }
    names.extend(all("name of a Gradle jar")?);
    let mut versions = all("version of a Gradle jar")?;
    // A project has no version unless it is given one; a task may leave it away.
    if versions.is_empty() {
        versions.push(String::new());
    }
    let mut classifiers = all("classifier of a Gradle jar")?;
    classifiers.push(String::new());
    if builds.iter().any(|text| text.contains("shadow")) {
        classifiers.push("all".to_owned());
    }
    let mut jars = all("whole name of a Gradle jar")?;
    let part = |text: &str| if text.is_empty() { String::new() } else { format!("-{text}") };
    for name in &names {
        for version in &versions {
            jars.extend(
                classifiers.iter().map(|classifier| format!("{name}{}{}.jar", part(version), part(classifier))),
            );
        }
    }
    Some(jars)
}

/// The values that `text` gives to keys of a kind, written out; `None` if one is not.
fn values(text: &str, kind: &str) -> Option<Vec<String>> {
    let mut values = Vec::new();
    for line in text.lines().map(|line| line.split("//").next().unwrap_or_default().trim()) {
        let is_of_key = |key: &str| {
            line.match_indices(key).find_map(|(at, key)| {
                let (before, behind) = (&line[..at], &line[at + key.len()..]);
                let is_word = |c: char| c.is_alphanumeric() || "_.-\"'$".contains(c);
                let is_start = !before.ends_with(is_word) || before.ends_with("project.") || before.ends_with("base.");
                let is_end = !behind.starts_with(|c: char| c.is_alphanumeric() || "_-\"'".contains(c));
                // `id 'x' version '1'` is about a plugin.
                let is_of_plugin =
                    key == "version" && !before.trim_start_matches("project.").trim_end_matches("{ ").is_empty();
                (is_start && is_end && !is_of_plugin).then_some(behind)
            })
        };
        let Some(behind) = FACTS.of(kind).find_map(is_of_key) else { continue };
        let behind = behind.trim_start().trim_start_matches(['=', '(']).trim_start();
        let behind =
            behind.strip_prefix(".set").map_or(behind, |rest| rest.trim_start().trim_start_matches('(')).trim();
        let value = match behind.chars().next() {
            Some(quote @ ('"' | '\'')) => behind[1..].split(quote).next()?,
            // In properties there are no quotes.
            Some(_) if behind.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-+".contains(&byte)) => behind,
            _ => return None,
        };
        if value.contains('$') {
            return None;
        }
        values.push(value.to_owned());
    }
    Some(values)
}

#[cfg(test)]
mod tests {
    use super::{of_gradle, of_maven};

    #[test]
    fn maven_calls_its_jar_by_artifact_and_version_or_by_its_final_name() {
        let jars = |inside: &str| of_maven(&format!("<?xml version=\"1.0\"?>\n<project>\n{inside}</project>"));
        let parent = "<parent><artifactId>p</artifactId><version>3</version></parent>";
        assert_eq!(jars("<artifactId>shop</artifactId><version>1.0</version>").unwrap(), ["shop-1.0.jar"]);
        assert_eq!(jars(&format!("{parent}<!-- a < b --><artifactId>shop</artifactId>")).unwrap(), ["shop-3.jar"]);
        let named = "<artifactId>shop</artifactId><version>1</version><build><finalName>${project.artifactId}</finalName></build>";
        assert_eq!(jars(named).unwrap(), ["shop.jar"]);
        let by_property =
            "<artifactId>a</artifactId><version>${revision}</version><properties><revision>7</revision></properties>";
        assert_eq!(jars(by_property).unwrap(), ["a-7.jar"]);
        let of_assembly = "<artifactId>a</artifactId><version>1</version><build><plugins><plugin><configuration><descriptorRefs>\
            <descriptorRef>jar-with-dependencies</descriptorRef></descriptorRefs></configuration></plugin></plugins></build>";
        assert_eq!(jars(of_assembly).unwrap(), ["a-1.jar", "a-1-jar-with-dependencies.jar"]);
        assert_eq!(jars("<artifactId>a</artifactId><version>${unknown}</version>"), None);
        assert_eq!(jars("<dependency><artifactId>a</artifactId><version>1</version></dependency>"), None);
        assert_eq!(of_maven("<project><artifactId>a</artifactId>"), None);
    }

    #[test]
    fn gradle_calls_its_jar_by_project_and_version() {
        let build = "plugins {\n  id 'java'\n  id 'org.springframework.boot' version '3.5.0'\n}\n";
        let jars = |settings: &str, more: &str| {
            of_gradle("/app", &[("settings.gradle", settings), ("build.gradle", &format!("{build}{more}"))])
        };
        assert_eq!(jars("rootProject.name = 'shop'", "version = '1.0'").unwrap(), ["shop-1.0.jar"]);
        assert_eq!(jars("", "").unwrap(), ["app.jar"]);
        assert_eq!(jars("rootProject.name = \"shop\"", "version '2'").unwrap(), ["shop-2.jar"]);
        let named = "bootJar {\n  archiveFileName = 'site.jar'\n}";
        assert!(jars("", named).unwrap().contains(&"site.jar".to_owned()));
        assert!(jars("", "bootJar { archiveFileName.set(\"a.jar\") }").unwrap().contains(&"a.jar".to_owned()));
        assert!(
            jars("", "version = '1'\nbootJar {\n  archiveVersion = ''\n}").unwrap().contains(&"app.jar".to_owned())
        );
        assert_eq!(jars("rootProject.name = name()", ""), None);
        assert_eq!(jars("", "version = file('VERSION').text"), None);
        assert_eq!(jars("", "version = \"$major.0\""), None);
        let properties = of_gradle("/app", &[("gradle.properties", "version=3"), ("build.gradle.kts", build)]);
        assert_eq!(properties.unwrap(), ["app-3.jar"]);
    }
}
