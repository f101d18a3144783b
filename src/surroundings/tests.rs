//! What small repositories say about a Dockerfile of theirs.

use std::fmt::Write as _;
use std::sync::Arc;

use super::{Deed, Repository, Surroundings};
use crate::catalogue::Catalogue;

/// What the files of a repository, paths with texts, say about the Dockerfile at `dockerfile`: a line each.
fn said(dockerfile: &str, files: &[(&str, &str)]) -> String {
    let mut paths: Vec<String> = files.iter().map(|(path, _)| (*path).to_owned()).collect();
    paths.push(dockerfile.to_owned());
    paths.sort_unstable();
    let dockerfiles = paths.iter().filter(|path| path.ends_with("Dockerfile")).cloned().collect();
    let mut repository = Repository::new(Arc::new(paths), dockerfiles, None);
    files.iter().for_each(|(path, text)| repository.read(path, text));
    let around = Surroundings::of(&repository, dockerfile, Vec::new, &Catalogue::embedded());
    let mut said = String::new();
    if let super::BuildContextBy::Named(folder, place) = &around.context {
        writeln!(said, "{place} context {folder:?}").unwrap();
    }
    for (name, place) in &around.contexts {
        writeln!(said, "{place} replaces {name}").unwrap();
    }
    for it in &around.uses {
        let deed = match &it.deed {
            Deed::Starts { entrypoint, command } => {
                let words =
                    |words: &Option<Vec<String>>| words.as_ref().map_or("-".to_owned(), |words| words.join(" "));
                format!("starts {} | {}", words(entrypoint), words(command))
            }
            Deed::Runs { words, .. } => format!("runs {}", words.join(" ")),
            Deed::Workplace(_) => "workplace".to_owned(),
            other => format!("{other:?}"),
        };
        writeln!(said, "{} {deed}", it.place).unwrap();
    }
    said.extend(around.unread);
    said
}

#[test]
fn variables_come_from_files_too() {
    let compose = "services:\n  web:\n    build: .\n    env_file:\n      - .env\n      - path: conf/web.env\n  db:\n    image: postgres:17\n    env_file: db.env\n";
    let files = [
        ("compose.yaml", compose),
        (".env", "# a\nA=1\n"),
        ("conf/web.env", "export B='/b'\n"),
        ("db.env", "C=3\n"),
        ("run.sh", "docker build -t web .\ndocker run --env-file db.env --rm web\n"),
    ];
    assert_eq!(
        said("Dockerfile", &files),
        "compose.yaml:3 context \"\"\n.env:2 Variable(\"A\", \"1\")\nconf/web.env:1 Variable(\"B\", \"/b\")\ndb.env:1 Variable(\"C\", \"3\")\n"
    );
    let manifest = "kind: ConfigMap\napiVersion: v1\nmetadata: {name: conf}\ndata:\n  A: /a\n---\nkind: Pod\napiVersion: v1\nspec:\n  containers:\n    - image: example.org/web\n      envFrom:\n        - configMapRef: {name: conf}\n";
    assert_eq!(said("web/Dockerfile", &[("pod.yaml", manifest)]), "pod.yaml:5 Variable(\"A\", \"/a\")\n");
}

#[test]
fn platforms_set_variables() {
    let ecs = "{\"containerDefinitions\": [{\"image\": \"1.dkr.ecr.eu-west-1.amazonaws.com/web\", \"environment\": [{\"name\": \"A\", \"value\": \"/a\"}]}]}";
    assert_eq!(said("web/Dockerfile", &[("task.json", ecs)]), "task.json:1 Variable(\"A\", \"/a\")\n");
    let nomad = "task \"web\" {\n  config {\n    image = \"example.org/web\"\n  }\n  env {\n    A = \"/a\"\n  }\n}\n";
    assert_eq!(said("web/Dockerfile", &[("web.nomad", nomad)]), "web.nomad:6 Variable(\"A\", \"/a\")\n");
    let render = "services:\n  - runtime: docker\n    envVars:\n      - key: A\n        value: /a\n";
    let said = said("Dockerfile", &[("render.yaml", render)]);
    assert_eq!(said, "render.yaml:2 context \"\"\nrender.yaml:4 Variable(\"A\", \"/a\")\n");
}

#[test]
fn people_work_in_a_service_of_compose() {
    let files = [
        (".devcontainer/devcontainer.json", "{\"dockerComposeFile\": \"../compose.yaml\",\n\"service\": \"web\"}"),
        ("compose.yaml", "services:\n  web: {build: web}\n  api: {build: api}\n"),
    ];
    assert_eq!(
        said("web/Dockerfile", &files),
        "compose.yaml:2 context \"web\"\n.devcontainer/devcontainer.json:2 workplace\n"
    );
    assert_eq!(said("api/Dockerfile", &files), "compose.yaml:3 context \"api\"\n");
}

#[test]
fn paths_are_those_of_the_folder_in_which_the_dockerfile_is_found() {
    for (path, text) in [
        ("ci/docker-bake.hcl", "target \"a\" {\n  context = \"src\"\n  dockerfile = \"../web/Dockerfile\"\n}\n"),
        ("ci/build/image.sh", "docker build -f web/Dockerfile \"$CI_PROJECT_DIR/src\"\n"),
        ("deploy/compose.yaml", "services:\n  a:\n    build: {context: src, dockerfile: ../web/Dockerfile}\n"),
        (
            ".gitlab-ci.yml",
            "a:\n  script: /kaniko/executor --context $CI_PROJECT_DIR/src --dockerfile web/Dockerfile --destination a\n",
        ),
        (
            "pipelines.yml",
            "steps:\n  - task: Docker@2\n    inputs: {command: buildAndPush, Dockerfile: web/Dockerfile, buildContext: src}\n",
        ),
        ("Jenkinsfile", "def i = docker.build(\"a:1\", \"-f web/Dockerfile src\")\n"),
        ("Tiltfile", "docker_build('a', 'src', dockerfile='web/Dockerfile')\n"),
        ("Makefile", "all:\n\tdocker build -f web/Dockerfile $(CURDIR)/src\n"),
    ] {
        let said = said("web/Dockerfile", &[(path, text)]);
        assert!(said.contains("context \"src\""), "{path}: {said}");
    }
}

#[test]
fn contexts_of_a_dockerfile_that_a_variable_names_may_be_its_own() {
    let files = [
        ("compose.yaml", "services:\n  web: {build: .}\n"),
        ("a.sh", "docker build --build-context debian=docker-image://x -f $FILE .\n"),
        ("b.sh", "docker buildx bake --set *.contexts.alpine=docker-image://x\n"),
        (
            ".github/workflows/a.yml",
            "jobs:\n  a:\n    steps:\n      - uses: docker/bake-action@v6\n        with:\n          set: |\n            *.contexts.node=docker-image://x\n",
        ),
    ];
    assert_eq!(
        said("Dockerfile", &files),
        "compose.yaml:2 context \"\"\na.sh:1 replaces debian\nb.sh:1 replaces alpine\n.github/workflows/a.yml:6 replaces node\n"
    );
}

#[test]
fn containers_have_names() {
    let files = [
        ("a.sh", "docker run -d --name pg postgres:17\ndocker exec pg psql\ndocker exec shop-db-1 pg_dump\n"),
        ("compose.yaml", "services:\n  web:\n    build: .\n    container_name: site\n  db:\n    image: postgres:17\n"),
        ("b.sh", "docker exec site git log\n"),
    ];
    assert_eq!(said("Dockerfile", &files), "compose.yaml:3 context \"\"\nb.sh:1 runs git log\n");
}

#[test]
fn what_others_make_is_not_what_is_built_here() {
    let files =
        [("Makefile", "lint:\n\tdocker run --rm hadolint/hadolint hadolint -\n\tdocker run --rm web git log\n")];
    assert_eq!(said("Dockerfile", &files), "Makefile:3 starts - | git log\n");
}

#[test]
fn containers_stand_in_many_manifests() {
    let of = |text: &str| said("web/Dockerfile", &[("a.yaml", text)]);
    let argo = "kind: Workflow\napiVersion: a\nspec:\n  templates:\n    - container:\n        image: e/web\n        command: [sh, -c]\n        args: [x]\n";
    assert_eq!(of(argo), "a.yaml:7 starts sh -c | x\n");
    let tekton = "kind: Task\napiVersion: a\nspec:\n  steps:\n    - image: e/web\n      script: git log\n";
    assert_eq!(of(tekton), "a.yaml:6 starts sh -c git log | -\n");
    let pod = "kind: Pod\napiVersion: v1\nspec:\n  hostPID: true\n  containers:\n    - image: e/web\n      volumeMounts:\n        - {name: a, mountPath: /a}\n        - {name: b, mountPath: /b}\n  volumes:\n    - {name: a, configMap: {name: x}}\n    - {name: b, hostPath: {path: /x}}\n";
    assert_eq!(of(pod), "a.yaml:4 Right(\"hostPID\")\na.yaml:9 Mounts(\"/b\")\n");
}

#[test]
fn values_of_a_chart_are_what_its_templates_make_containers_of() {
    let values = "image:\n  repository: example.org/web\nsecurityContext:\n  runAsUser: 0\nlivenessProbe:\n  exec:\n    command: [curl, x]\nargs: []\nenv:\n  A: /a\n";
    assert_eq!(
        said("web/Dockerfile", &[("chart/values.yaml", values)]),
        "chart/values.yaml:7 runs curl x\nchart/values.yaml:4 User(\"0\")\nchart/values.yaml:10 Variable(\"A\", \"/a\")\n"
    );
}

#[test]
fn platforms_are_told_by_their_keys() {
    for (path, text, line) in [
        (
            "config/deploy.yml",
            "service: web\nimage: e/web\nservers:\n  job:\n    cmd: bin/jobs\nvolumes:\n  - data:/data\n",
            "config/deploy.yml:2 context \"\"\nconfig/deploy.yml:5 starts - | bin/jobs\nconfig/deploy.yml:7 Mounts(\"/data\")\n",
        ),
        (
            "copilot/web/manifest.yml",
            "image:\n  build: Dockerfile\ncommand: sh -c x\n",
            "copilot/web/manifest.yml:2 context \"\"\ncopilot/web/manifest.yml:3 starts - | sh -c x\n",
        ),
        (
            ".do/app.yaml",
            "services:\n  - dockerfile_path: Dockerfile\n    run_command: sh x\n",
            ".do/app.yaml:2 context \"\"\n.do/app.yaml:3 starts - | sh x\n",
        ),
        ("railway.toml", "[deploy]\nstartCommand = \"sh -c x\"\n", "railway.toml:2 starts - | sh -c x\n"),
        ("cst.yaml", "commandTests:\n  - name: a\n    command: git\n    args: [log]\n", "cst.yaml:2 runs git log\n"),
        ("goss.yaml", "command:\n  git log:\n    exit-status: 0\n", "goss.yaml:2 runs sh -c git log\n"),
    ] {
        assert_eq!(said("Dockerfile", &[(path, text)]), line, "{path}");
    }
}

#[test]
fn units_templates_and_json_are_read_too() {
    let of = |path: &str, text: &str| said("web/Dockerfile", &[(path, text)]);
    let unit =
        "[Container]\nImage=localhost/web\nUser=0\nVolume=/srv:/data\nVolume=/etc/web:/etc/web:ro\nExec=git log\n";
    assert_eq!(
        of("web.container", unit),
        "web.container:3 User(\"0\")\nweb.container:4 Mounts(\"/data\")\nweb.container:6 starts - | git log\n"
    );
    let service = "[Service]\nExecStart=/usr/bin/docker run --rm \\\n  -u 0 e/web\n";
    assert_eq!(of("web.service", service), "web.service:2 User(\"0\")\n");
    let template = "services:\n  web:\n    image: {{ image }}\n    build: ../web\n    user: root\n";
    assert!(of("deploy/compose.yml.j2", template).ends_with("deploy/compose.yml.j2:5 User(\"root\")\n"));
    let pod = "{\"kind\": \"Pod\", \"apiVersion\": \"v1\", \"spec\": {\"containers\": [{\"image\": \"e/web\", \"args\": [\"git\"]}]}}";
    assert_eq!(of("k8s/pod.json", pod), "k8s/pod.json:1 starts - | git\n");
    let run = "{\"Volumes\": [{\"ContainerDirectory\": \"/data\"}]}";
    assert_eq!(said("Dockerfile", &[("Dockerrun.aws.json", run)]), "Dockerrun.aws.json:1 Mounts(\"/data\")\n");
    let heroku = "build: {docker: {web: Dockerfile}}\nrelease:\n  command:\n    - git log\n    - ls\n";
    assert!(said("Dockerfile", &[("heroku.yml", heroku)]).ends_with("heroku.yml:3 runs sh -c git log && ls\n"));
}

#[test]
fn other_images_are_built_on_it() {
    let files = [
        ("Makefile", "all:\n\tdocker build -t e/base base\n\tdocker build -t e/app app\n"),
        ("app/Dockerfile", "FROM debian:13\nFROM registry.example.org/e/base:1\n"),
    ];
    assert_eq!(said("base/Dockerfile", &files), "Makefile:2 context \"base\"\napp/Dockerfile:2 workplace\n");
    let named_alike = [
        ("compose.yaml", "services:\n  nginx: {build: nginx, image: team/nginx}\n"),
        ("nginx/Dockerfile", "FROM nginx:1.27\n"),
        ("app/Dockerfile", "FROM nginx:1.27\n"),
    ];
    assert_eq!(said("nginx/Dockerfile", &named_alike), "compose.yaml:2 context \"nginx\"\n");
    let bake = "target \"base\" { context = \"base\" }\ntarget \"app\" {\n  contexts = { base = \"target:base\" }\n}\n";
    let of_target = said("base/Dockerfile", &[("docker-bake.hcl", bake)]);
    assert_eq!(of_target, "docker-bake.hcl:1 context \"base\"\ndocker-bake.hcl:3 workplace\n");
    let compose = "services:\n  base: {build: base}\n  app:\n    build:\n      context: app\n      additional_contexts: ['base=service:base']\n";
    let of_service = said("base/Dockerfile", &[("compose.yaml", compose)]);
    assert_eq!(of_service, "compose.yaml:2 context \"base\"\ncompose.yaml:6 workplace\n");
    let dockerfiles = said("app/Dockerfile", &files);
    assert_eq!(dockerfiles, "Makefile:3 context \"app\"\n");
}

#[test]
fn fewer_rights_are_no_right() {
    let text = "services:\n  web:\n    build: .\n    security_opt: ['no-new-privileges:true']\n    cap_drop: [ALL]\n    secrets: [a]\n";
    assert_eq!(
        said("Dockerfile", &[("compose.yaml", text)]),
        "compose.yaml:3 context \"\"\ncompose.yaml:6 Mounts(\"/run/secrets\")\n"
    );
}

#[test]
fn stages_of_jenkins_run_in_the_image_that_they_name() {
    let text = "agent {\n  dockerfile {\n    filename 'Dockerfile'\n    dir 'ci'\n  }\n}\nagent { docker { image 'maven:3' } }\ndef m = docker.image('maven:3')\nm.inside('-u root') { }\ndef w = docker.build('web', 'web')\nw.inside { }\n";
    let files = [("Jenkinsfile", text)];
    assert_eq!(said("web/Dockerfile", &files), "Jenkinsfile:10 context \"web\"\nJenkinsfile:11 workplace\n");
    assert!(said("ci/Dockerfile", &files).starts_with("Jenkinsfile:2 context \"ci\"\nJenkinsfile:2 workplace\n"));
}
