//! The container engines of the lab, as programs that can be called from anywhere.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::lab::in_lab;

/// A folder with `docker` and `buildah`, to be put on PATH.
pub struct Engines(TempDir);

impl Engines {
    pub fn of(lab: &Path) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let there = folder.path().display().to_string();
        let setting = |name: &str| in_lab(lab, &format!("printf %s \"${name}\""));
        let [home, its_box] = [setting("LAB_HOME"), setting("LAB_BOX")];
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        let program = |name: &str, text: &str| {
            write(name, text);
            std::fs::set_permissions(folder.path().join(name), PermissionsExt::from_mode(0o755)).unwrap();
        };
        let plugins = folder.path().join("config/cli-plugins");
        std::fs::create_dir_all(&plugins).unwrap();
        let plugin = format!("{its_box}/usr/libexec/docker/cli-plugins/docker-buildx");
        std::os::unix::fs::symlink(plugin, plugins.join("docker-buildx")).unwrap();
        program(
            "docker",
            &format!(
                "#!/bin/sh\nexport DOCKER_HOST=unix://{home}/run/docker.sock DOCKER_CONFIG={there}/config\nexec {its_box}/usr/bin/docker \"$@\"\n"
            ),
        );

        // Buildah has no server: it runs in the lab, where the files of this machine are below `/host`.
        write("containers.conf", "[containers]\ndefault_ulimits = [\"nofile=4096:4096\", \"nproc=4096:4096\"]\n");
        write(
            "registries.conf",
            "unqualified-search-registries = [\"docker.io\"]\n[[registry]]\nlocation = \"docker.io\"\n\
             [[registry.mirror]]\nlocation = \"127.0.0.1:5000\"\ninsecure = true\n\
             [[registry]]\nprefix = \"gcr.io\"\nlocation = \"127.0.0.1:5000/gcr.io\"\ninsecure = true\n",
        );
        program(
            "buildah",
            &format!(
                r#"#!/bin/bash
words=() is_path=yes
for word in "$@"; do
  [ "$word" = -- ] && is_path=
  case "$is_path$word" in yes/*) word=/host$word ;; esac
  words+=("$word")
done
exec nsenter -t "$(cat {home}/run/box.pid)" -m -r -w env -u TMPDIR BUILDAH_ISOLATION=chroot CONTAINERS_CONF=/host{there}/containers.conf \
  CONTAINERS_REGISTRIES_CONF=/host{there}/registries.conf buildah "${{words[@]}}"
"#
            ),
        );
        Self(folder)
    }

    /// The program called `name`.
    pub fn program(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// PATH with these engines in front.
    pub fn path(&self) -> std::ffi::OsString {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let folders = std::iter::once(self.0.path().to_owned()).chain(std::env::split_paths(&path));
        std::env::join_paths(folders).unwrap()
    }
}
