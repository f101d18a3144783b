//! `dockeropt map`: JSON lines in, JSON lines out. Keeps nothing between lines, so that any engine can run it over any number of Dockerfiles.

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver};
use std::thread;

use rayon::prelude::*;
use serde::Serialize;
use serde_json::value::RawValue;

use super::arguments::Map;
use super::report::json::{Change, Declined, File, Status};
use super::report::{ascii, ignore_broken_pipe, plural};
use super::{Failure, Verdict};
use crate::examine::findings::Trouble;
use crate::examine::inquiry::Inquiry;
use crate::examine::selection::{Caution, Chains};
use crate::examine::shard::Shard;
use crate::examine::{self, ChainChoice, Examined, Files, Images};
use crate::world::terminal::tell;

/// Bytes that are read at a time. What has come by then is answered, so whoever waits for an answer gets it.
const READ_BYTES: usize = 1 << 20;

/// Batches that are read ahead while one is worked on.
const BATCHES_AHEAD: usize = 2;

pub(super) fn run(options: &Map) -> Result<Verdict, Failure> {
    let files = Files::of(vec![PathBuf::from("-")]);
    let images = Images { offline: true, ..Images::default() };
    // The paths are names: what lies in folders that are called so here is none of their business.
    let choice = ChainChoice { no_config: options.chain.config.is_none(), ..options.chain.clone() };
    let chains = Chains::new(&choice, false, Caution::Normal)?;
    if chains.asks_registries() {
        return Err("map asks no registries: leave --pin at `line` or `none`, and pin digests with `fix`".to_owned());
    }
    let inquiry = Inquiry::new(&images, &files)?.of_texts_alone();
    let batches = batches(options.shard, options.max_line_size);
    let tally = examine::in_parallel(options.jobs, || answer_all(batches, &chains, &inquiry))??;
    if !options.quiet {
        tell(&tally.sentence());
    }
    Ok(Verdict::Fine)
}

/// Reads standard input on a thread of its own: the lines of the shard, in batches. The last one is empty, or an error.
fn batches(shard: Option<Shard>, max_bytes: u64) -> Receiver<io::Result<Vec<Line>>> {
    let (sender, batches) = mpsc::sync_channel(BATCHES_AHEAD);
    thread::spawn(move || {
        let mut lines = Lines { from: BufReader::with_capacity(READ_BYTES, io::stdin()), number: 0, max_bytes };
        loop {
            let batch = lines.batch();
            let is_last = batch.as_ref().map_or(true, Vec::is_empty);
            let batch = batch.map(|mut batch| {
                batch.retain(|line| shard.is_none_or(|shard| shard.takes(line.number - 1)));
                batch
            });
            if sender.send(batch).is_err() || is_last {
                break;
            }
        }
    });
    batches
}

/// Answers every line, in order. Nobody has to read them all.
fn answer_all(
    batches: Receiver<io::Result<Vec<Line>>>,
    chains: &Chains<'_>,
    inquiry: &Inquiry<'_>,
) -> Result<Tally, Failure> {
    let mut out = io::stdout().lock();
    let mut tally = Tally::default();
    for batch in batches {
        let batch = batch.map_err(|error| format!("standard input: {error}"))?;
        let rows: Vec<_> = batch.par_iter().map(|line| answer(line, chains, inquiry)).collect::<Result<_, _>>()?;
        let mut text = Vec::new();
        for (row, status) in rows {
            tally.count(status);
            text.extend_from_slice(row.as_bytes());
        }
        if let Err(error) = out.write_all(&text).and_then(|()| out.flush()) {
            ignore_broken_pipe(error)?;
            break;
        }
    }
    Ok(tally)
}

/// A line of standard input, without its end.
struct Line {
    /// From 1.
    number: u64,
    /// `None` if it is larger than what is read.
    bytes: Option<Vec<u8>>,
}

struct Lines<R> {
    from: BufReader<R>,
    number: u64,
    max_bytes: u64,
}

impl<R: Read> Lines<R> {
    /// The next line, and those behind it that have been read already; empty at the end.
    fn batch(&mut self) -> io::Result<Vec<Line>> {
        let mut batch: Vec<_> = self.next()?.into_iter().collect();
        while self.from.buffer().contains(&b'\n') {
            batch.extend(self.next()?);
        }
        Ok(batch)
    }

    fn next(&mut self) -> io::Result<Option<Line>> {
        let mut bytes = Vec::new();
        // One more for the line end.
        let read = (&mut self.from).take(self.max_bytes + 1).read_until(b'\n', &mut bytes)?;
        if read == 0 {
            return Ok(None);
        }
        self.number += 1;
        let is_whole = bytes.pop_if(|last| *last == b'\n').is_some() || read as u64 <= self.max_bytes;
        if !is_whole {
            self.from.skip_until(b'\n')?;
        }
        Ok(Some(Line { number: self.number, bytes: is_whole.then_some(bytes) }))
    }
}

/// What a line asks.
struct Asked {
    /// `id` and `path`, which each row has, and whatever else the line says.
    handed_through: Keys,
    path: String,
    text: String,
}

/// The keys of a line, each with its value as it was written.
type Keys = BTreeMap<String, Box<RawValue>>;

/// Keys that a row has of its own.
const OWN: &[&str] = &["changed", "status", "reason", "text", "diff", "findings", "advice", "declined", "problems"];

impl Asked {
    /// # Errors
    /// What is wrong with the line, and what of it can be handed through all the same.
    fn of(line: &Line) -> Result<Self, (Keys, String)> {
        let always = || ["id", "path"].map(|key| (key.to_owned(), RawValue::NULL.to_owned()));
        let wrong = |because: String| (Keys::from(always()), because);
        let bytes = line.bytes.as_ref();
        let bytes = bytes.ok_or_else(|| wrong("it is too long; --max-line-size sets the limit".to_owned()))?;
        let read: Keys = serde_json::from_slice(bytes).map_err(|error| wrong(format!("no JSON object: {error}")))?;
        let mut keys = Keys::from(always());
        keys.extend(read);
        let text = keys.get("text").map(|text| serde_json::from_str::<String>(text.get()));
        let path = keys.get("path").map(|path| serde_json::from_str::<Option<String>>(path.get()));
        OWN.iter().for_each(|own| drop(keys.remove(*own)));
        match (text, path.unwrap_or(Ok(None))) {
            (Some(Ok(text)), Ok(path)) => {
                let path = path.unwrap_or_else(|| "Dockerfile".to_owned());
                Ok(Self { handed_through: keys, path, text })
            }
            (None, _) => Err((keys, "`text` is missing".to_owned())),
            (Some(Err(_)), _) => Err((keys, "`text` is no string of characters".to_owned())),
            (_, Err(_)) => Err((keys, "`path` is no string of characters".to_owned())),
        }
    }
}

/// One line of the answer. Each has all keys, so that whoever reads them needs one schema.
#[derive(Serialize)]
struct Row<'r> {
    #[serde(flatten)]
    handed_through: &'r Keys,
    changed: bool,
    status: Status,
    reason: Option<String>,
    /// The text after all changes; as it was, where nothing changes; none where there was none.
    text: Option<&'r str>,
    /// Empty where nothing changes.
    diff: String,
    findings: Vec<Change<'r>>,
    advice: Vec<Declined<'r>>,
    declined: Vec<Declined<'r>>,
    problems: Vec<Trouble>,
}

impl<'r> Row<'r> {
    fn failed(handed_through: &'r Keys, text: Option<&'r str>, because: String) -> Self {
        let (diff, findings, advice, declined, problems) = Default::default();
        let (changed, status, reason) = (false, Status::Failed, Some(because));
        Self { handed_through, changed, status, reason, text, diff, findings, advice, declined, problems }
    }

    fn of(handed_through: &'r Keys, text: &'r str, examined: &'r Examined) -> Self {
        let File { status, reason, diff, changes, advice, declined, problems, .. } = File::of(examined);
        let after = examined.after().and_then(|after| str::from_utf8(after).ok());
        Self {
            handed_through,
            changed: status == Status::Changed,
            status,
            reason,
            text: after.or(Some(text)),
            diff: diff.unwrap_or_default(),
            findings: changes,
            advice,
            declined,
            problems,
        }
    }
}

/// The row for `line`, with its end. A line that cannot be answered gets a row that says why.
fn answer(line: &Line, chains: &Chains<'_>, inquiry: &Inquiry<'_>) -> Result<(String, Status), Failure> {
    let numbered = |because: &str| format!("line {}: {because}", line.number);
    let Asked { handed_through, path, text } = match Asked::of(line) {
        Ok(asked) => asked,
        Err((handed_through, because)) => return printed(&Row::failed(&handed_through, None, numbered(&because))),
    };
    // A fault of a transform costs its row, not the run.
    let examined = catch_unwind(AssertUnwindSafe(|| examine::text(Path::new(&path), text.as_bytes(), chains, inquiry)));
    let row = match &examined {
        Ok(Ok(examined)) => Row::of(&handed_through, &text, examined),
        Ok(Err(because)) => Row::failed(&handed_through, Some(&text), numbered(because)),
        Err(_) => Row::failed(&handed_through, Some(&text), numbered("a fault of dockeropt: a transform panicked")),
    };
    printed(&row)
}

fn printed(row: &Row<'_>) -> Result<(String, Status), Failure> {
    let json = serde_json::to_string(row).map_err(|error| format!("a row cannot be written: {error}"))?;
    Ok((format!("{}\n", ascii(&json)), row.status))
}

#[derive(Default)]
struct Tally {
    lines: usize,
    changed: usize,
    failed: usize,
}

impl Tally {
    fn count(&mut self, status: Status) {
        self.lines += 1;
        self.changed += usize::from(status == Status::Changed);
        self.failed += usize::from(status == Status::Failed);
    }

    fn sentence(&self) -> String {
        let Self { lines, changed, failed } = self;
        format!("{} · {changed} changed · {failed} failed", plural(*lines, "line"))
    }
}
