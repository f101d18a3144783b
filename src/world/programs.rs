//! Programs that are run and watched: what they say is passed on as it comes, and each has an end, by itself, by a limit of time, or by Ctrl-C.

use std::collections::VecDeque;
use std::ffi::OsStr;
use std::io::{self, BufRead as _, BufReader, Read, Write as _};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

#[cfg(unix)]
use rustix::process::{Pid, Signal};

use super::interrupt;

/// How often it is looked whether a program has ended, or is to end.
const POLL: Duration = Duration::from_millis(20);

/// The first look at a program that is asked for an answer: most have one at once, and thousands are asked.
const POLL_FIRST: Duration = Duration::from_micros(500);

/// How long a program has to clean up after it was asked to end.
const GRACE: Duration = Duration::from_secs(15);

/// How long the last words of an ended program are waited for: a program that it started may hold its output open.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// Lines that are kept of what a program says, the last ones.
const LINES_MAX: usize = 400;

/// Bytes that are kept of a line.
const LINE_BYTES_MAX: u64 = 4096;

/// Bytes that are kept of each output of a program that is asked for an answer.
const ANSWER_BYTES_MAX: u64 = 16 << 20;

/// Why there is nothing to show for a program.
#[derive(Debug, thiserror::Error)]
pub enum ProgramError {
    #[error("could not start {program}: {source}")]
    NotStarted { program: String, source: io::Error },
    #[error("{program} was stopped after {seconds} s")]
    TooLong { program: String, seconds: u64 },
    #[error("interrupted")]
    Interrupted,
    #[error("{program}: {source}")]
    NotRead { program: String, source: io::Error },
}

/// How a program ended, and the last lines that it said.
#[derive(Debug)]
pub struct Ended {
    pub status: ExitStatus,
    /// Of both outputs, as they came.
    pub lines: Vec<String>,
}

/// What a program answered.
#[derive(Debug)]
pub struct Answer {
    /// `None` if it was still running when its time was over.
    pub status: Option<ExitStatus>,
    pub out: Vec<u8>,
    pub err: Vec<u8>,
}

/// The program `name` in the folders of PATH.
#[must_use]
pub fn find(name: &str) -> Option<PathBuf> {
    find_in(name, std::env::var_os("PATH").as_deref())
}

/// The program `name` in the folders of `path`. Relative folders do not count: the project that is read could put a program there.
pub(super) fn find_in(name: &str, path: Option<&OsStr>) -> Option<PathBuf> {
    let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    let folders = std::env::split_paths(path?).filter(|folder| folder.is_absolute());
    folders.map(|folder| folder.join(&file)).find(|program| program.is_file())
}

/// Runs `command` to its end, for at most `limit`, and gives each line that it says to `heard`.
///
/// # Errors
/// If it cannot be started, takes too long, or the process is asked to end; then it has ended too.
pub fn run(command: &mut Command, limit: Duration, heard: &mut dyn FnMut(&str)) -> Result<Ended, ProgramError> {
    let mut running = Running::start(command.stdout(Stdio::piped()).stderr(Stdio::piped()))?;
    let (sender, said) = mpsc::channel();
    let (out, err) = (running.child.stdout.take(), running.child.stderr.take());
    out.into_iter().for_each(|out| send_lines(out, sender.clone()));
    err.into_iter().for_each(|err| send_lines(err, sender.clone()));
    drop(sender);

    let mut lines = VecDeque::new();
    let mut hear = |line: String| {
        heard(&line);
        if lines.len() == LINES_MAX {
            lines.pop_front();
        }
        lines.push_back(line);
    };
    let deadline = Instant::now() + limit;
    let status = loop {
        match said.recv_timeout(POLL) {
            Ok(line) => hear(line),
            Err(RecvTimeoutError::Disconnected) => thread::sleep(POLL),
            Err(RecvTimeoutError::Timeout) => {}
        }
        if let Some(status) = running.ended()? {
            break status;
        }
        running.stop_if_due(deadline, limit)?;
    };
    while let Ok(line) = said.recv_timeout(LAST_WORDS) {
        hear(line);
    }
    Ok(Ended { status, lines: lines.into() })
}

/// Runs `command` for at most `limit` and gives what it said; one that goes on is stopped.
///
/// # Errors
/// If it cannot be started, or the process is asked to end.
pub fn ask(command: &mut Command, limit: Duration) -> Result<Answer, ProgramError> {
    let running = Running::start(command.stdout(Stdio::piped()).stderr(Stdio::piped()))?;
    answered(running, limit)
}

/// The same with `input` as its standard input.
///
/// # Errors
/// As [`ask`].
pub fn ask_with(command: &mut Command, input: Vec<u8>, limit: Duration) -> Result<Answer, ProgramError> {
    let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut running = Running::start_with_input(command)?;
    let stdin = running.child.stdin.take();
    // A program that does not read all of its input may be gone before it is written.
    let writer = thread::spawn(move || stdin.map(|mut stdin| stdin.write_all(&input)));
    let answer = answered(running, limit);
    let _ = writer.join();
    answer
}

fn answered(mut running: Running, limit: Duration) -> Result<Answer, ProgramError> {
    let out = running.child.stdout.take().map(read_behind);
    let err = running.child.stderr.take().map(read_behind);
    let deadline = Instant::now() + limit;
    let mut pause = POLL_FIRST;
    let status = loop {
        if let Some(status) = running.ended()? {
            break Some(status);
        }
        match running.stop_if_due(deadline, limit) {
            Ok(()) => {
                thread::sleep(pause);
                pause = (pause * 2).min(POLL);
            }
            Err(ProgramError::TooLong { .. }) => break None,
            Err(error) => return Err(error),
        }
    };
    Ok(Answer { status, out: said(out), err: said(err) })
}

/// Runs `command` for at most `limit` while `read` reads what it writes. What it says on standard error comes with the status.
///
/// # Errors
/// If it cannot be started, takes too long, or the process is asked to end.
pub fn read<T>(
    command: &mut Command,
    limit: Duration,
    read: impl FnOnce(&mut dyn Read) -> T,
) -> Result<(T, ExitStatus, Vec<u8>), ProgramError> {
    let mut running = Running::start(command.stdout(Stdio::piped()).stderr(Stdio::piped()))?;
    let program = running.program.clone();
    let not_read = |source| ProgramError::NotRead { program: program.clone(), source };
    let mut out = running.child.stdout.take().ok_or_else(|| not_read(io::ErrorKind::BrokenPipe.into()))?;
    let err = running.child.stderr.take().map(read_behind);
    let is_read = AtomicBool::new(false);
    let deadline = Instant::now() + limit;
    // Reading blocks, so somebody else looks at the clock: a program that is stopped writes no more.
    let (result, watched) = thread::scope(|scope| {
        let watch = scope.spawn(|| {
            while !is_read.load(Ordering::SeqCst) {
                running.stop_if_due(deadline, limit)?;
                thread::sleep(POLL);
            }
            Ok(running)
        });
        let result = read(&mut out);
        drop(out);
        is_read.store(true, Ordering::SeqCst);
        (result, watch.join())
    });
    let mut running = watched.map_err(|_| not_read(io::ErrorKind::Other.into()))??;
    let status = loop {
        if let Some(status) = running.ended()? {
            break status;
        }
        running.stop_if_due(deadline, limit)?;
        thread::sleep(POLL);
    };
    let err = err.and_then(|err| err.recv_timeout(LAST_WORDS).ok()).unwrap_or_default();
    Ok((result, status, err))
}

/// A program that runs. It does not outlive this value.
struct Running {
    program: String,
    child: Child,
    has_ended: bool,
}

impl Running {
    fn start(command: &mut Command) -> Result<Self, ProgramError> {
        Self::start_with_input(command.stdin(Stdio::null()))
    }

    fn start_with_input(command: &mut Command) -> Result<Self, ProgramError> {
        let program = command.get_program().to_string_lossy().into_owned();
        if interrupt::is_wanted() {
            return Err(ProgramError::Interrupted);
        }
        Self::start_anyway(program, command)
    }

    fn start_anyway(program: String, command: &mut Command) -> Result<Self, ProgramError> {
        // A group of its own: Ctrl-C on the terminal reaches us alone, and we stop all of it.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(command, 0);
        let child = command.spawn();
        let child = child.map_err(|source| ProgramError::NotStarted { program: program.clone(), source })?;
        Ok(Self { program, child, has_ended: false })
    }

    fn ended(&mut self) -> Result<Option<ExitStatus>, ProgramError> {
        let program = &self.program;
        let not_read = |source| ProgramError::NotRead { program: program.clone(), source };
        let status = self.child.try_wait().map_err(not_read)?;
        self.has_ended |= status.is_some();
        Ok(status)
    }

    /// Stops it if its time is over or the process is asked to end, and says which.
    fn stop_if_due(&mut self, deadline: Instant, limit: Duration) -> Result<(), ProgramError> {
        if interrupt::is_wanted() {
            self.stop();
            return Err(ProgramError::Interrupted);
        }
        if Instant::now() >= deadline {
            self.stop();
            return Err(ProgramError::TooLong { program: self.program.clone(), seconds: limit.as_secs() });
        }
        Ok(())
    }

    /// Asks it to end, and makes it end if it does not.
    fn stop(&mut self) {
        if self.has_ended {
            return;
        }
        // A step of a build may be in a group of its own, and outlive the program that builds.
        let started = descendants(self.child.id());
        self.ask_to_end();
        let deadline = Instant::now() + GRACE;
        while Instant::now() < deadline && matches!(self.ended(), Ok(None)) {
            thread::sleep(POLL);
        }
        if !self.has_ended {
            let _ = self.child.kill();
            let _ = self.child.wait();
            self.has_ended = true;
        }
        started.into_iter().for_each(kill);
    }

    #[cfg(unix)]
    fn ask_to_end(&self) {
        if let Some(group) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) {
            let _ = rustix::process::kill_process_group(group, Signal::TERM);
        }
    }

    #[cfg(not(unix))]
    fn ask_to_end(&mut self) {
        let _ = self.child.kill();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Runs `command` also after the process was asked to end, and gives what it printed: it takes away what was made, or says what that is. Nobody hears whether it
/// could.
pub fn clean_up(command: &mut Command) -> String {
    let program = command.get_program().to_string_lossy().into_owned();
    let command = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let Ok(mut running) = Running::start_anyway(program, command) else { return String::new() };
    let out = running.child.stdout.take().map(read_behind);
    let deadline = Instant::now() + GRACE;
    while Instant::now() < deadline && matches!(running.ended(), Ok(None)) {
        thread::sleep(POLL);
    }
    String::from_utf8_lossy(&said(out)).into_owned()
}

/// What has been read so far, and what comes within the time for last words.
fn said(behind: Option<mpsc::Receiver<Vec<u8>>>) -> Vec<u8> {
    let mut said = Vec::new();
    while let Some(Ok(more)) = behind.as_ref().map(|behind| behind.recv_timeout(LAST_WORDS)) {
        said.extend(more);
    }
    said
}

#[cfg(unix)]
fn kill(process: u32) {
    if let Some(process) = i32::try_from(process).ok().and_then(Pid::from_raw) {
        let _ = rustix::process::kill_process(process, Signal::KILL);
    }
}

#[cfg(not(unix))]
fn kill(_: u32) {}

/// The processes that the process `parent` has started, and those that they have, as far as the system tells.
fn descendants(parent: u32) -> Vec<u32> {
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let parents: Vec<(u32, u32)> = processes
        .filter_map(|entry| {
            let id = entry.file_name().to_str()?.parse().ok()?;
            let stat = std::fs::read_to_string(entry.path().join("stat")).ok()?;
            // The name of the program, in parentheses, may hold anything; the state and the parent follow it (proc_pid_stat(5)).
            let parent = stat.rsplit_once(") ")?.1.split(' ').nth(1)?.parse().ok()?;
            Some((id, parent))
        })
        .collect();
    let mut found = vec![parent];
    let mut next = 0;
    while let Some(parent) = found.get(next).copied() {
        found.extend(parents.iter().filter(|(_, of)| *of == parent).map(|(id, _)| *id));
        next += 1;
    }
    found.split_off(1)
}

/// Sends the lines of `from`, without what moves the cursor to the start of a line that is written again.
fn send_lines(from: impl Read + Send + 'static, sender: Sender<String>) {
    thread::spawn(move || {
        let mut from = BufReader::new(from);
        loop {
            let mut line = Vec::new();
            match (&mut from).take(LINE_BYTES_MAX).read_until(b'\n', &mut line) {
                Ok(0) | Err(_) => break,
                Ok(_) => {}
            }
            let line = String::from_utf8_lossy(&line);
            let line = line.trim_end().rsplit('\r').next().unwrap_or_default();
            if sender.send(line.to_owned()).is_err() {
                break;
            }
        }
    });
}

/// Reads all of `from` on a thread of its own, and sends the first bytes of it as they come.
fn read_behind(mut from: impl Read + Send + 'static) -> mpsc::Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut buffer = vec![0; 64 << 10];
        let mut left = ANSWER_BYTES_MAX;
        while let Ok(read @ 1..) = from.read(&mut buffer) {
            let kept = read.min(usize::try_from(left).unwrap_or(usize::MAX));
            left -= kept as u64;
            if kept > 0 && sender.send(buffer[..kept].to_vec()).is_err() {
                break;
            }
        }
    });
    receiver
}
