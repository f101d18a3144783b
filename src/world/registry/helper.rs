//! Credential helpers: programs called `docker-credential-…` that know a login.

use std::ffi::OsStr;
use std::io::{Read as _, Write as _};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use serde::Deserialize;

use super::credentials::{Login, Secret};
use crate::world::programs;

/// How long a helper may think.
const TIMEOUT: Duration = Duration::from_secs(10);

/// How often it is looked whether a helper has ended.
const POLL: Duration = Duration::from_millis(5);

/// Most bytes that a helper may say.
const ANSWER_BYTES_MAX: u64 = 64 << 10;

/// What a helper says of a server that it has no login for.
const NOT_FOUND: &str = "credentials not found";

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    #[serde(default)]
    username: String,
    #[serde(default)]
    secret: String,
}

/// The login that the helper `name` has for `server`.
///
/// # Errors
/// The end of a sentence that starts with the name of the helper. Nothing that the helper said is in it.
pub(super) fn login(name: &str, server: &str, path: Option<&OsStr>) -> Result<Option<Login>, String> {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
    if name.is_empty() || !name.bytes().all(is_word) {
        return Err("is no name of a helper".to_owned());
    }
    let Some(program) = programs::find_in(&format!("docker-credential-{name}"), path) else {
        return Err("is not on PATH".to_owned());
    };
    let (status, said) = run(&mut Command::new(program), server)?;
    if !status.success() {
        let is_missing = String::from_utf8_lossy(&said).contains(NOT_FOUND);
        return if is_missing { Ok(None) } else { Err(format!("failed ({status})")) };
    }
    let answer: Answer = serde_json::from_slice(&said).map_err(|_| "gave an answer that is no login".to_owned())?;
    Ok(match answer {
        Answer { secret, .. } if secret.is_empty() => None,
        Answer { username, secret } if username == "<token>" => Some(Login::IdentityToken(Secret::new(secret))),
        Answer { username, secret } => Some(Login::Password { user: username, password: Secret::new(secret) }),
    })
}

fn run(command: &mut Command, server: &str) -> Result<(ExitStatus, Vec<u8>), String> {
    let command = command.arg("get").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().map_err(|error| format!("could not be started: {error}"))?;
    let deadline = Instant::now() + TIMEOUT;
    if let Some(mut input) = child.stdin.take() {
        // A helper that reads nothing has ended, and says why.
        let _ = input.write_all(server.as_bytes());
    }
    let (sender, answer) = mpsc::channel();
    if let Some(output) = child.stdout.take() {
        thread::spawn(move || {
            let mut said = Vec::new();
            let _ = output.take(ANSWER_BYTES_MAX).read_to_end(&mut said);
            let _ = sender.send(said);
        });
    }
    let said = answer.recv_timeout(TIMEOUT);
    match (said, ended(&mut child, deadline)) {
        (Ok(said), Some(status)) => Ok((status, said)),
        _ => {
            let _ = child.kill();
            let _ = child.wait();
            Err(format!("gave no answer within {} s", TIMEOUT.as_secs()))
        }
    }
}

/// The status of `child`, if it ends until `deadline`.
fn ended(child: &mut Child, deadline: Instant) -> Option<ExitStatus> {
    loop {
        if let Some(status) = child.try_wait().ok()? {
            return Some(status);
        }
        if Instant::now() >= deadline {
            return None;
        }
        thread::sleep(POLL);
    }
}
