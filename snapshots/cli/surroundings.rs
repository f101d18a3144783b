//! What stands around a Dockerfile, in many shapes: what is done then, and what is said of what is not.

use std::fmt::Write as _;

use super::harness::Folder;

type Files = &'static [(&'static str, &'static str)];

/// A program in Python on a full image, which gets a small one and a user where nothing is in the way.
const PYTHON: Files = &[
    ("Dockerfile", PYTHON_FILE),
    ("app.py", "from flask import Flask\n\napp = Flask(__name__)\n"),
    ("requirements.txt", "flask\n"),
];
const PYTHON_FILE: &str = "FROM python:3.13-trixie\nWORKDIR /app\nCOPY requirements.txt .\nRUN pip install --no-cache-dir -r requirements.txt\nCOPY app.py .\nEXPOSE 8000\nCMD [\"flask\", \"run\", \"--host=0.0.0.0\", \"--port=8000\"]\n";

/// The same below a folder.
const BELOW: Files = &[
    ("web/Dockerfile", PYTHON_FILE),
    ("web/app.py", "from flask import Flask\n\napp = Flask(__name__)\n"),
    ("web/requirements.txt", "flask\n"),
];

/// The same with the Dockerfile in a folder of its own.
const APART: Files = &[
    ("docker/Dockerfile", PYTHON_FILE),
    ("app.py", "from flask import Flask\n\napp = Flask(__name__)\n"),
    ("requirements.txt", "flask\n"),
];

/// A program in Go, which is shipped alone where nothing is in the way.
const GO: Files = &[
    (
        "Dockerfile",
        "FROM golang:1.26-trixie\nWORKDIR /src\nCOPY go.mod main.go ./\nRUN CGO_ENABLED=0 go build -o /serve .\nEXPOSE 8080\nCMD [\"/serve\"]\n",
    ),
    ("go.mod", "module example.org/serve\n\ngo 1.26\n"),
    ("main.go", "package main\n\nimport \"net/http\"\n\nfunc main() {\n\thttp.ListenAndServe(\":8080\", nil)\n}\n"),
];

/// A base image without a version.
const FLOATING: Files = &[("Dockerfile", "FROM debian\nRUN echo hello\n")];

/// What is around, and what is asked about.
const SHAPES: &[(&str, Files, Files)] = &[
    ("nothing at all, Python", PYTHON, &[]),
    ("nothing at all, Go", GO, &[]),
    ("nothing at all, a floating tag", FLOATING, &[]),
    (
        "compose in the folder asks curl for health",
        PYTHON,
        &[(
            "compose.yaml",
            "services:\n  web:\n    build: .\n    healthcheck:\n      test: [CMD, curl, -f, http://localhost:8000/]\n",
        )],
    ),
    (
        "compose in the folder starts what the image starts",
        PYTHON,
        &[(
            "compose.yaml",
            "services:\n  web:\n    build: .\n    command: flask run --host=0.0.0.0 --port=8000\n    ports: ['80:8000']\n",
        )],
    ),
    (
        "volumes of another service",
        PYTHON,
        &[(
            "compose.yaml",
            "services:\n  web:\n    build: .\n  db:\n    image: postgres:17\n    user: root\n    volumes: ['data:/var/lib/postgresql']\nvolumes: {data: {}}\n",
        )],
    ),
    (
        "compose one folder up",
        BELOW,
        &[(
            "docker-compose.yml",
            "services:\n  web:\n    build: ./web\n    privileged: true\n    command: sh -c 'git pull; flask run'\n",
        )],
    ),
    (
        "compose in docker/",
        APART,
        &[(
            "docker/compose.yml",
            "services:\n  web:\n    build:\n      context: ..\n      dockerfile: docker/Dockerfile\n    volumes: ['uploads:/app/uploads']\nvolumes: {uploads: {}}\n",
        )],
    ),
    ("nobody names the context above", APART, &[]),
    (
        "production.yml",
        PYTHON,
        &[(
            "production.yml",
            "services:\n  web:\n    build: .\n    user: root\n    healthcheck: {test: 'wget -q localhost:8000'}\n",
        )],
    ),
    (
        "local.yml",
        PYTHON,
        &[(
            "local.yml",
            "x-web: &web\n  build: .\n  cap_add: [NET_ADMIN]\nservices:\n  web:\n    <<: *web\n    command: ['python', '-c', 'import app']\n",
        )],
    ),
    (
        "docker-stack.yml runs the image that compose.yml builds",
        PYTHON,
        &[
            ("compose.yml", "services:\n  web:\n    build: .\n    image: registry.example.org/team/web\n"),
            (
                "docker-stack.yml",
                "services:\n  web:\n    image: registry.example.org/team/web:7\n    command: make serve\n    volumes: ['/srv/web:/data']\n",
            ),
        ],
    ),
    (
        "podman-compose.yml gives a user with the volume",
        PYTHON,
        &[("podman-compose.yml", "services:\n  web:\n    build: .\n    user: '1000'\n    volumes: ['./data:/data']\n")],
    ),
    (
        "two services disagree about the context",
        BELOW,
        &[(
            "compose.yml",
            "services:\n  a:\n    build: web\n  b:\n    build:\n      context: .\n      dockerfile: web/Dockerfile\n",
        )],
    ),
    (
        "additional_contexts",
        FLOATING,
        &[(
            "compose.yml",
            "services:\n  a:\n    build:\n      context: .\n      additional_contexts:\n        debian: docker-image://registry.example.org/debian\n",
        )],
    ),
    (
        "dockerfile_inline is another file",
        PYTHON,
        &[(
            "compose.yml",
            "services:\n  a:\n    user: root\n    build:\n      context: .\n      dockerfile_inline: |\n        FROM debian:13\n",
        )],
    ),
    ("target", PYTHON, &[("compose.yml", "services:\n  a:\n    build: {context: ., target: final}\n")]),
    (
        "environment with a path",
        PYTHON,
        &[(
            "compose.yml",
            "services:\n  a:\n    build: .\n    environment:\n      UPLOADS: /data/uploads\n      DATABASE_URL: postgresql+psycopg://db:5432/a\n",
        )],
    ),
    (
        "a port for root by a variable",
        PYTHON,
        &[("compose.yml", "services:\n  a:\n    build: .\n    environment: ['FLASK_RUN_PORT=80']\n")],
    ),
    ("a file that is no YAML", PYTHON, &[("compose.yml", "services:\n  a: {build: .\n")]),
    (
        "bake in HCL",
        FLOATING,
        &[(
            "docker-bake.hcl",
            "variable \"TAG\" {\n  default = \"1\"\n}\ntarget \"common\" {\n  contexts = { debian = \"docker-image://registry.example.org/debian:${TAG}\" }\n}\ntarget \"app\" {\n  inherits = [\"common\"]\n}\n",
        )],
    ),
    (
        "bake in JSON",
        FLOATING,
        &[(
            "docker-bake.json",
            "{\"target\": {\"app\": {\"contexts\": {\"debian\": \"target:base\"}}, \"base\": {\"dockerfile\": \"base.Dockerfile\"}}}\n",
        )],
    ),
    (
        "build-push-action with a file and a context",
        BELOW,
        &[(
            ".github/workflows/ci.yml",
            "on: push\njobs:\n  image:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: docker/build-push-action@v6\n        with:\n          context: .\n          file: web/Dockerfile\n",
        )],
    ),
    (
        "build-push-action with build-contexts",
        FLOATING,
        &[(
            ".github/workflows/ci.yml",
            "on: push\njobs:\n  image:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: docker/build-push-action@v6\n        with:\n          build-contexts: |\n            debian=docker-image://registry.example.org/debian:hardened\n",
        )],
    ),
    (
        "docker build -f in a Makefile",
        APART,
        &[(
            "Makefile",
            "IMAGE := web\n\nimage:\n\tdocker build \\\n\t  -t $(IMAGE) -f docker/Dockerfile .\nshell: image\n\tdocker run -it --rm $(IMAGE) bash\n",
        )],
    ),
    (
        "docker build -f in a script",
        APART,
        &[(
            "scripts/image.sh",
            "#!/bin/sh\nset -e\ndocker build -t web -f docker/Dockerfile .\ndocker run --rm -v \"$PWD/out:/out\" web python -m app\n",
        )],
    ),
    (
        "--build-context in a Makefile",
        FLOATING,
        &[(
            "Makefile",
            "image:\n\tdocker buildx build --build-context debian=docker-image://registry.example.org/debian .\n",
        )],
    ),
    (
        "docker run in a Makefile",
        GO,
        &[("Makefile", "test:\n\tdocker build -t serve .\n\tdocker run --rm serve go vet ./...\n")],
    ),
    (
        "docker exec in a Jenkinsfile",
        PYTHON,
        &[(
            "Jenkinsfile",
            "pipeline {\n  stages {\n    stage('t') {\n      steps { sh 'docker exec web git status' }\n    }\n  }\n}\n",
        )],
    ),
    (
        "compose exec in a workflow",
        PYTHON,
        &[
            ("compose.yml", "services:\n  web:\n    build: .\n  db:\n    image: postgres:17\n"),
            (
                ".github/workflows/ci.yml",
                "on: push\njobs:\n  t:\n    runs-on: ubuntu-latest\n    steps:\n      - run: docker compose exec -T db psql -c 'select 1'\n      - run: docker compose exec -T web hg --version\n",
            ),
        ],
    ),
    (
        "GitLab runs its jobs in it",
        PYTHON,
        &[(
            ".gitlab-ci.yml",
            "build:\n  image: docker:28\n  script:\n    - docker build -t $CI_REGISTRY_IMAGE .\ntest:\n  image: $CI_REGISTRY_IMAGE\n  script:\n    - pytest\n",
        )],
    ),
    ("an action of GitHub", PYTHON, &[("action.yml", "name: a\nruns:\n  using: docker\n  image: Dockerfile\n")]),
    (
        "a devcontainer",
        GO,
        &[(
            ".devcontainer/devcontainer.json",
            "// for everybody\n{\n\t\"build\": { \"dockerfile\": \"../Dockerfile\", \"context\": \"..\" },\n}\n",
        )],
    ),
    (
        "a manifest of Kubernetes",
        GO,
        &[(
            "k8s/serve.yaml",
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: serve}\nspec:\n  template:\n    spec:\n      containers:\n        - name: serve\n          image: registry.example.org/serve:1\n          command: [/bin/sh, -c, 'sleep 2 && exec /serve']\n          livenessProbe:\n            exec: {command: [cat, /proc/1/status]}\n",
        )],
    ),
    (
        "lifecycle and securityContext",
        PYTHON,
        &[(
            "k8s/web.yaml",
            "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  containers:\n    - name: web\n      image: registry.example.org/web\n      lifecycle:\n        preStop:\n          exec: {command: [curl, localhost:8000/stop]}\n      securityContext: {runAsUser: 0}\n",
        )],
    ),
    (
        "a job with a mount",
        PYTHON,
        &[(
            "k8s/job.yaml",
            "apiVersion: batch/v1\nkind: Job\nmetadata: {name: import}\nspec:\n  template:\n    spec:\n      containers:\n        - name: import\n          image: registry.example.org/web\n          args: [python, -m, app]\n          volumeMounts: [{name: data, mountPath: /data}]\n",
        )],
    ),
    (
        "a manifest of another image",
        GO,
        &[(
            "k8s/cache.yaml",
            "apiVersion: v1\nkind: Pod\nmetadata: {name: cache}\nspec:\n  containers:\n    - name: cache\n      image: redis:8\n      command: [sh, -c, redis-server]\n",
        )],
    ),
    (
        "a template of Helm",
        PYTHON,
        &[(
            "chart/templates/web.yaml",
            "{{- if .Values.web }}\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {{ .Release.Name }}\n  labels:\n    {{- include \"web.labels\" . | nindent 4 }}\nspec:\n  template:\n    spec:\n      containers:\n        - name: web\n          image: \"{{ .Values.image.repository }}:{{ .Values.image.tag }}\"\n          readinessProbe:\n            exec:\n              command: [git, --version]\n{{- end }}\n",
        )],
    ),
    (
        "a task of ECS",
        PYTHON,
        &[(
            "task-definition.json",
            "{\n  \"containerDefinitions\": [\n    {\n      \"name\": \"web\",\n      \"image\": \"<IMAGE>\",\n      \"healthCheck\": { \"command\": [\"CMD-SHELL\", \"curl -f http://localhost:8000/ || exit 1\"] },\n      \"user\": \"0:0\"\n    }\n  ]\n}\n",
        )],
    ),
    (
        "fly.toml",
        GO,
        &[(
            "fly.toml",
            "app = \"serve\"\n\n[deploy]\n  release_command = \"sh -c 'echo migrated'\"\n\n[processes]\n  web = \"/serve\"\n  worker = \"/serve --worker\"\n\n[mounts]\n  source = \"data\"\n  destination = \"/data\"\n",
        )],
    ),
    (
        "a job of Nomad",
        PYTHON,
        &[(
            "deploy/web.nomad",
            "job \"web\" {\n  group \"web\" {\n    task \"web\" {\n      driver = \"docker\"\n      config {\n        image   = \"registry.example.org/web:1\"\n        command = \"hg\"\n        args    = [\"serve\"]\n        volumes = [\"data:/data\"]\n      }\n    }\n  }\n}\n",
        )],
    ),
    (
        "app.json",
        GO,
        &[(
            "app.json",
            "{\n  \"name\": \"serve\",\n  \"scripts\": {\n    \"dokku\": { \"predeploy\": \"/serve migrate && ls /src\" }\n  }\n}\n",
        )],
    ),
    ("Procfile", GO, &[("Procfile", "web: /serve\nworker: go run ./worker\n")]),
    (
        "render.yaml",
        PYTHON,
        &[(
            "render.yaml",
            "services:\n  - type: web\n    runtime: docker\n    dockerCommand: /bin/bash -c \"git gc && flask run\"\n    disk:\n      name: data\n      mountPath: /data\n",
        )],
    ),
    (
        "heroku.yml",
        GO,
        &[(
            "heroku.yml",
            "build:\n  docker:\n    web: Dockerfile\nrun:\n  web: /serve\nrelease:\n  command:\n    - ./migrate.sh\n",
        )],
    ),
];

#[test]
fn what_stands_around_decides_and_is_named() {
    let mut report = String::new();
    for (title, application, around) in SHAPES {
        let folder = Folder::new(application);
        around.iter().for_each(|(path, text)| folder.write(path, text));
        folder.write(".git/HEAD", "");
        let ran = folder.run("check --offline --verbose --format json --exit-zero .");
        let document: serde_json::Value = serde_json::from_slice(&ran.out).unwrap();
        let file = &document["files"][0];
        let of = |list: &str| file[list].as_array().unwrap().clone();
        let ids: Vec<_> = of("changes").iter().map(|change| change["id"].as_str().unwrap().to_owned()).collect();
        writeln!(report, "## {title}\n").unwrap();
        writeln!(report, "changed by: {}", if ids.is_empty() { "nothing".to_owned() } else { ids.join(", ") }).unwrap();
        for declined in of("declined") {
            let id = declined["id"].as_str().unwrap();
            if ["pin-version", "slim-variant", "split-build", "non-root-user"].contains(&id) {
                writeln!(report, "{id}: {}", declined["because"].as_str().unwrap()).unwrap();
            }
        }
        for note in ran.err.lines().filter(|line| line.contains("build context")) {
            writeln!(report, "{note}").unwrap();
        }
        report.push('\n');
    }
    crate::assert_snapshot("surroundings", &report);
}

#[test]
fn a_repository_that_is_too_large_to_be_read_is_said_to_be_so() {
    let folder = Folder::new(PYTHON);
    folder.write(".git/HEAD", "");
    for index in 0..5_001 {
        folder.write(&format!("k8s/{}/{index}.yaml", index / 100), "image: a\n");
    }
    let ran = folder.run("check --offline --verbose --exit-zero .");
    assert!(ran.text().contains("only 5000 files of the repository were read"), "{}", ran.text());
}
