//! Files as large as are taken at all, each of one thing many times over: whether twice as much of it takes twice as long, and twice the memory.
//! Through the built program, on Linux, which tells what a process has used.

use std::fs;
use std::io::{Error, Result};
use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::Duration;

/// Size of the larger text of each shape, in bytes: the largest that is taken. The other one is half of it.
const BYTES: usize = 1 << 20;

/// The most CPU time for the larger text, in seconds.
const SECONDS_MAX: f64 = 1.0;

/// The most that twice the text may take, in CPU time or memory.
const RATIO_MAX: f64 = 2.3;

/// Below this the ratio of times says little, since the clock ticks in hundredths of a second.
const SECONDS_MIN: f64 = 0.2;

/// Each figure is the best of so many runs.
const RUNS: usize = 3;

/// What a text consists of: a head, one thing as often as there is room, what closes each of them, and a tail.
struct Shape {
    name: &'static str,
    head: &'static str,
    /// `%` stands for the number.
    part: &'static str,
    closing: &'static str,
    tail: &'static str,
}

const fn lines(name: &'static str, head: &'static str, part: &'static str) -> Shape {
    Shape { name, head, part, closing: "", tail: "" }
}

/// One instruction.
const fn instruction(name: &'static str, head: &'static str, part: &'static str, closing: &'static str) -> Shape {
    Shape { name, head, part, closing, tail: "\n" }
}

const SHAPES: &[Shape] = &[
    instruction("one long chain", "FROM debian:12\nRUN true", " \\\n && echo %", ""),
    lines("RUNs", "FROM debian:12\n", "RUN make step%\n"),
    lines("apt installs", "FROM debian:12\n", "RUN apt-get update && apt-get install -y package%\n"),
    lines("pip installs", "FROM python:3.12\n", "RUN pip install package%\n"),
    lines("npm installs", "FROM node:20\n", "RUN npm install -g package%\n"),
    lines("ENVs", "FROM debian:12\n", "ENV K% v%\n"),
    lines("COPYs", "FROM debian:12\n", "COPY f% /app/f%\n"),
    lines("ARGs", "FROM debian:12\n", "ARG K%=v%\n"),
    lines("stages with a COPY", "", "FROM debian:12 AS s%\nCOPY a% /b\n"),
    lines("stages that copy from one", "FROM debian:12 AS s\n", "FROM debian:12 AS s%\nCOPY --from=s /a /b\n"),
    lines("MAINTAINERs", "FROM debian:12\n", "MAINTAINER someone% <a@b.c>\n"),
    instruction("one nest of substitutions", "FROM debian:12\nRUN echo ", "$(echo \\\n", ")\\\n"),
    lines("nested substitutions", "FROM debian:12\n", "RUN echo $(echo $(echo $(echo $(echo %))))\n"),
    lines("heredocs", "FROM debian:12\n", "RUN <<EOF\necho %\nmake\nEOF\n"),
    instruction("continuations", "FROM debian:12\nRUN echo", " \\\n  a%", ""),
    lines("COPY and chown", "FROM debian:12\n", "COPY f% /app/f%\nRUN chown -R app:app /app/f%\n"),
    lines("COPY and chmod", "FROM debian:12\n", "COPY f% /app/f%\nRUN chmod +x /app/f%\n"),
    lines("COPY and apt", "FROM debian:12\n", "COPY f% /app/\nRUN apt-get update && apt-get install -y package%\n"),
    lines("COPY and apk", "FROM alpine:3.19\n", "COPY f% /app/\nRUN apk add package%\n"),
    lines("COPY and pip", "FROM python:3.12\n", "COPY f% /app/\nRUN pip install package%\n"),
    lines("ENV and pip", "FROM python:3.12\n", "ENV K% v%\nRUN pip install package%\n"),
    lines("COPY and npm", "FROM node:20\n", "COPY f% /app/\nRUN npm install\n"),
    lines("COPY and yarn", "FROM node:20\n", "COPY f% /app/\nRUN yarn install\n"),
    lines("COPY and gem", "FROM ruby:3\n", "COPY f% /app/\nRUN gem install package%\n"),
    lines("ADDs", "FROM debian:12\n", "ADD f% /app/f%\n"),
    lines("apk installs", "FROM alpine:3.19\n", "RUN apk add package%\n"),
    lines("dnf installs", "FROM fedora:40\n", "RUN dnf install -y package%\n"),
    lines("USERs", "FROM debian:12\n", "USER u%\nRUN echo %\n"),
    lines("WORKDIRs", "FROM debian:12\n", "WORKDIR d%\nRUN echo %\n"),
    lines("CMDs", "FROM debian:12\n", "CMD echo %\n"),
    lines("LABELs", "FROM debian:12\n", "LABEL k% v%\n"),
    lines("ONBUILDs", "FROM debian:12\n", "ONBUILD RUN echo %\n"),
    lines("ignore comments", "FROM debian:12\n", "# hadolint ignore=DL3059\nRUN pip install package%\n"),
    lines("stages on stages", "FROM debian:12 AS s\n", "FROM s AS s\nRUN apt-get update && apt-get install -y p%\n"),
    lines("stages of a variable", "ARG BASE=debian:12\n", "FROM $BASE AS s%\nRUN make\n"),
];

impl Shape {
    fn text(&self, bytes: usize) -> String {
        let mut text = self.head.to_owned();
        // As long as the number is at most.
        let longest = self.part.len() + 16;
        let mut count = 0;
        while text.len() + longest + (count + 1) * self.closing.len() + self.tail.len() <= bytes {
            text.push_str(&self.part.replace('%', &count.to_string()));
            count += 1;
        }
        text.push_str(&self.closing.repeat(count));
        text.push_str(self.tail);
        text
    }
}

/// What a run of the program has used.
#[derive(Clone, Copy)]
struct Used {
    seconds: f64,
    megabytes: f64,
}

fn used(file: &Path) -> Result<Used> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dockeropt"));
    let command = command.args(["fix", "--diff", "--offline", "--exit-zero"]).arg(file);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    let used = watched(&child);
    if child.wait()?.success() { used } else { Err(Error::other("the program does not take the text")) }
}

/// Watches a process until it has ended and its time can still be read.
fn watched(child: &Child) -> Result<Used> {
    let folder = Path::new("/proc").join(child.id().to_string());
    let mut kilobytes = 0;
    loop {
        let status = fs::read_to_string(folder.join("status"))?;
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let peak = peak.and_then(|peak| peak.trim().trim_end_matches(" kB").parse().ok());
        kilobytes = peak.unwrap_or(kilobytes);
        let stat = fs::read_to_string(folder.join("stat"))?;
        // The name of the program, in brackets, may hold anything.
        let fields: Vec<_> = stat.rsplit_once(')').map_or("", |(_, fields)| fields).split_whitespace().collect();
        if fields.first() == Some(&"Z") {
            let ticks = |field: usize| fields.get(field).and_then(|ticks| ticks.parse::<u32>().ok());
            let (Some(user), Some(system)) = (ticks(11), ticks(12)) else {
                return Err(Error::other("the time of a process cannot be read"));
            };
            return Ok(Used { seconds: f64::from(user + system) / 100.0, megabytes: f64::from(kilobytes) / 1e3 });
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn best(file: &Path) -> Result<Used> {
    let mut best = used(file)?;
    for _ in 1..RUNS {
        let again = used(file)?;
        best = if again.seconds < best.seconds { again } else { best };
    }
    Ok(best)
}

fn main() -> Result<ExitCode> {
    if !cfg!(target_os = "linux") {
        println!("what a process uses is only known on Linux");
        return Ok(ExitCode::SUCCESS);
    }
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("Dockerfile");
    println!("| {} KiB of | CPU | half of it | ratio | memory | ratio |", BYTES >> 10);
    println!("| --- | --- | --- | --- | --- | --- |");
    let mut is_good = true;
    for shape in SHAPES {
        fs::write(&file, shape.text(BYTES / 2))?;
        let half = best(&file)?;
        fs::write(&file, shape.text(BYTES))?;
        let whole = best(&file)?;
        let is_short = whole.seconds < SECONDS_MIN;
        let time = if is_short { 1.0 } else { whole.seconds / half.seconds };
        let memory = whole.megabytes / half.megabytes;
        let (name, at_half) = (shape.name, half.seconds);
        let time_shown = if is_short { String::new() } else { format!("{time:.1}") };
        println!(
            "| {name} | {:.2} s | {at_half:.2} s | {time_shown} | {:.0} MB | {memory:.1} |",
            whole.seconds, whole.megabytes
        );
        is_good &= whole.seconds <= SECONDS_MAX && time <= RATIO_MAX && memory <= RATIO_MAX;
    }
    if !is_good {
        println!("\na shape takes more than {SECONDS_MAX} s, or more than {RATIO_MAX} times what half of it takes");
    }
    Ok(if is_good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
