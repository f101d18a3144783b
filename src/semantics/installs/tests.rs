//! Command lines of package managers, and what they do.

use super::*;
use crate::syntax::Dockerfile;

/// What the last command of a Dockerfile does, which ends with `lines`.
fn read(lines: &str) -> Result<Install, String> {
    let file = Dockerfile::parse(format!("FROM python:3.14\nWORKDIR /app\n{lines}\n"));
    let build = Build::of(&file);
    let command = build.commands().last().unwrap();
    Install::of(&build, &command).unwrap()
}

/// What `command` reads, each with the first letter of its kind.
fn reads(command: &str) -> Vec<String> {
    let install = read(&format!("RUN {command}")).unwrap_or_else(|because| panic!("{command}: {because}"));
    let mut reads: Vec<_> = install.reads.iter().map(|read| format!("{:?} {}", read.kind, read.path)).collect();
    reads.retain(|read| !read.starts_with("Settings"));
    reads
}

#[test]
fn requirements_are_found_in_every_spelling() {
    for spelling in [
        "pip install -r a/x.txt",
        "pip install -ra/x.txt",
        "pip3 install -qr a/x.txt",
        "pip install -Uqra/x.txt",
        "python -m pip --no-cache-dir install --requirement=a/x.txt",
        "python3.14 -m pip install --requirement a/x.txt -v",
        "pip wheel -w /wheels -r a/x.txt",
        "cd a && pip install -r x.txt",
        "cd a && pip install -r ./b/../x.txt",
        "(cd b && true) && pip install -r /app/a/x.txt",
        "uv pip install --system --requirements a/x.txt",
        "uv --directory a pip sync x.txt",
        "pipenv install -r a/x.txt",
    ] {
        assert_eq!(reads(spelling), ["Requirements /app/a/x.txt"], "{spelling}");
    }
    assert_eq!(reads("pip install -c c.txt -r x.txt flask"), ["Constraints /app/c.txt", "Requirements /app/x.txt"]);
    let file = "ENV PIP_CONSTRAINT=/c.txt\nRUN PIP_REQUIREMENT=x.txt pip install";
    let install = read(file).unwrap();
    let paths: Vec<_> = install.reads_of(Kind::Constraints).chain(install.reads_of(Kind::Requirements)).collect();
    assert_eq!(paths, ["/c.txt", "/app/x.txt"]);
}

#[test]
fn projects_are_read_where_the_command_works() {
    let client = [
        "Manifest /app/client/package.json",
        "Lock /app/client/npm-shrinkwrap.json",
        "Lock /app/client/package-lock.json",
    ];
    for spelling in [
        "cd client && npm ci --omit=dev",
        "cd client; npm ci --omit dev",
        "npm --prefix client ci",
        "npm ci --prefix=./client",
        "npm -C client ci",
        "npm --prefix /app/client install",
        "npm rebuild --prefix client",
        "(cd client && npm i)",
        "cd /tmp && (cd /app/client && npm ci)",
        "cd client || exit 1; npm ci",
    ] {
        assert_eq!(reads(spelling), client, "{spelling}");
    }
    assert_eq!(
        reads("yarn --cwd web --frozen-lockfile"),
        ["Manifest /app/web/package.json", "Lock /app/web/yarn.lock"]
    );
    assert_eq!(reads("yarn"), reads("yarn install"));
    assert_eq!(reads("pnpm --dir=web i"), ["Manifest /app/web/package.json", "Lock /app/web/pnpm-lock.yaml"]);
    assert_eq!(reads("poetry install --no-root"), ["Manifest /app/pyproject.toml", "Lock /app/poetry.lock"]);
    assert_eq!(reads("uv sync --frozen"), ["Manifest /app/pyproject.toml", "Lock /app/uv.lock", "Project /app"]);
    assert_eq!(reads("pipenv install --deploy --system"), ["Manifest /app/Pipfile", "Lock /app/Pipfile.lock"]);
    // Newer versions are not those of the lock file.
    assert_eq!(reads("npm update"), ["Manifest /app/package.json"]);
    assert_eq!(reads("npm run build"), ["Manifest /app/package.json"]);
    assert!(reads("npm install -g serve").is_empty());
}

#[test]
fn what_may_be_compiled_or_comes_from_elsewhere_is_told() {
    for (command, compiles, from, to) in [
        ("pip install flask", false, false, false),
        ("pip install -e .", true, false, true),
        ("pip install -e.", true, false, true),
        ("pip install .[dev]", true, false, false),
        ("pip install ./a-1.0-py3-none-any.whl", false, false, false),
        ("pip install --no-binary=:all: lxml", true, false, false),
        ("pip install --no-binary :none: lxml", false, false, false),
        ("pip install git+https://example.org/a.git", true, true, false),
        ("pip install 'a @ https://example.org/a.whl'", false, true, false),
        ("pip install -i https://pypi.org/simple/ flask", false, false, false),
        ("pip install --extra-index-url=https://example.org/ flask", false, true, false),
        ("PIP_INDEX_URL=https://example.org pip install flask", false, true, false),
        ("pip install --extra-index-url=$URL flask", false, true, false),
        ("pip install -t /deps flask", false, false, true),
        ("/venv/bin/pip install flask", false, false, true),
        ("uv pip install flask", false, false, true),
        ("uv pip install --system flask", false, false, false),
        ("poetry config virtualenvs.create false && poetry install --no-root", false, false, false),
        ("npm rebuild", true, false, false),
        ("npm install a/b", true, true, false),
        ("npm install --registry https://registry.npmmirror.com", false, false, false),
    ] {
        let install = read(&format!("RUN {command}")).unwrap_or_else(|because| panic!("{command}: {because}"));
        let found = (install.compiles.is_some(), install.from.is_some(), install.to.is_some());
        assert_eq!(found, (compiles, from, to), "{command}: {install:?}");
    }
}

#[test]
fn scripts_that_run_are_named() {
    assert_eq!(read("RUN npm run build -- --prod").unwrap().scripts, ["prebuild", "build", "postbuild"]);
    assert_eq!(read("RUN yarn build --watch").unwrap().scripts, ["prebuild", "build", "postbuild"]);
    assert_eq!(read("RUN npm t").unwrap().scripts, ["pretest", "test", "posttest"]);
    assert!(read("RUN npm ci").unwrap().scripts.contains(&"prepare".to_owned()));
    assert!(read("RUN npm ci --ignore-scripts").unwrap().scripts.is_empty());
    assert!(!read("ENV npm_config_ignore_scripts=true\nRUN npm ci").unwrap().runs_scripts_of_packages);
}

#[test]
fn what_cannot_be_read_is_an_error() {
    for command in [
        "pip install --frobnicate flask",
        "pip install -Z flask",
        "pip install $PACKAGES",
        "pip install *.whl",
        "pip install 'a b'",
        "pip install -r $FILE",
        "pip install -r",
        "pip compile x.in",
        "pip config set global.find-links /wheels",
        "npm ci left-pad",
        "npm install --foo bar",
        "npm exec tool",
        "npm audit fix",
        "npm version patch",
        "npm ci --workspace a",
        "npm --prefix $DIR ci",
        "cd $DIR && npm ci",
        "cd a || cd b; npm ci",
        "if [ -d a ]; then cd a; fi; npm ci",
        "pushd a && npm ci",
        "pnpm --filter web install",
        "yarn workspaces focus",
        "uv run main.py",
        "poetry export -f requirements.txt",
    ] {
        assert!(read(&format!("RUN {command}")).is_err(), "{command}");
    }
    assert!(read("WORKDIR $DIR\nRUN npm ci").is_err());
    assert!(read("WORKDIR $DIR\nRUN pip install flask").is_ok_and(|install| install.folder.is_none()));
    let there = read("ENV DIR=/srv\nWORKDIR $DIR/web\nRUN npm ci").unwrap();
    assert_eq!(there.folder.as_deref(), Some("/srv/web"));
}

#[test]
fn what_becomes_of_the_cache_is_told() {
    let off = |name: &str| Cache::Off(name.to_owned());
    assert_eq!(read("RUN pip install flask").unwrap().cache, Cache::Kept);
    assert_eq!(read("RUN pip --no-cache-dir install flask").unwrap().cache, off("--no-cache-dir"));
    assert_eq!(read("ENV PIP_NO_CACHE_DIR=off\nRUN pip install flask").unwrap().cache, off("PIP_NO_CACHE_DIR"));
    assert_eq!(read("RUN npm ci --offline").unwrap().cache, Cache::Alone("--offline".to_owned()));
    assert_eq!(read("RUN npm ci --cache=/tmp/npm").unwrap().cache, Cache::Elsewhere("--cache".to_owned()));
}

#[test]
fn a_file_of_requirements_is_read_as_pip_does() {
    let text = "\u{feff}# all\nflask==3.1 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb\n\n-r base.txt  # more\n--constraint=../c.txt\n\
                six ; python_version < '3'\n--index-url https://pypi.org/simple\n";
    let listed = requirements(text, "/app/a/x.txt", Some("/app")).unwrap();
    assert_eq!(listed.packages, ["flask==3.1", "six ; python_version < '3'"]);
    let paths: Vec<_> = listed.reads.iter().map(|read| read.path.as_str()).collect();
    assert_eq!(paths, ["/app/a/base.txt", "/app/c.txt"]);
    assert!(listed.from.is_none() && listed.compiles.is_none());
    let of = |text: &str| requirements(text, "/app/a/x.txt", Some("/app"));
    assert_eq!(of("-e ./lib").unwrap().reads[0].path, "/app/lib");
    assert!(of("a @ git+https://example.org/a").is_ok_and(|listed| listed.from.is_some()));
    assert!(of("--extra-index-url https://example.org").is_ok_and(|listed| listed.from.is_some()));
    assert!(of("lxml --no-binary lxml").is_ok_and(|listed| listed.compiles.is_some()));
    for line in ["a b", "--frobnicate", "a==${VERSION}", "{{ cookiecutter }}"] {
        assert!(of(line).is_err(), "{line}");
    }
}

#[test]
fn the_variables_of_every_manager_are_kept_apart_where_they_are_set() {
    for prefix in options::READ.iter().flat_map(line::prefixes) {
        assert!(crate::semantics::scope::starts_of_options().any(|start| start == prefix), "{prefix}");
    }
}

#[test]
fn more_variables_than_are_looked_at_are_an_obstacle() {
    let many: String = (0..600).map(|at| format!("ENV PIP_X{at}=1\n")).collect();
    let others: String = (0..600).map(|at| format!("ENV X{at}=1\n")).collect();
    assert!(read(&format!("{others}RUN pip install a")).is_ok());
    let because = "more variables are set for package managers than are read here";
    assert_eq!(read(&format!("{many}RUN pip install a")).unwrap_err(), because);
}
