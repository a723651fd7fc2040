//! Receipts on disk: a file a day, a line each, one write to the disk for all that wait at a moment.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use ledger::text::UtcTime;
use serde::Serialize;
use serde_json::Value;
use tokio::sync::{mpsc, oneshot};

use crate::clock::Clock;
use crate::heads::Head;
use crate::keep::{Envelope, Keep, Kept, KeptReceipt, Seen, none_may_wait};
use crate::logs::KnownKeys;

/// A folder of receipts. As a [`Keep`] it has no place for messages that the server must hear of later, so that none
/// passes without the server.
pub struct Receipts {
    directory: PathBuf,
    queue: mpsc::Sender<Waiting>,
    clock: Clock,
}

struct Waiting {
    line: Vec<u8>,
    done: oneshot::Sender<io::Result<()>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Line<'r> {
    kept_at: UtcTime,
    #[serde(flatten)]
    receipt: &'r KeptReceipt,
}

impl Receipts {
    /// Opens the folder, and makes it where there is none; with what an earlier life saw: the newest heads of logs that its
    /// receipts show, and the log's keys.
    ///
    /// # Errors
    /// When the system refuses, or the file of the log's keys is damaged.
    pub fn open(directory: &Path, clock: Clock) -> io::Result<(Self, Seen)> {
        fs::create_dir_all(directory)?;
        let seen = Seen { heads: heads(directory)?, keys: log_keys(directory)? };
        let (queue, waiting) = mpsc::channel(QUEUE);
        let writer = Writer { directory: directory.to_owned(), clock: clock.clone(), open: None };
        thread::Builder::new().name("receipts".to_owned()).spawn(move || writer.work(waiting))?;
        Ok((Self { directory: directory.to_owned(), queue, clock }, seen))
    }

    async fn keep(&self, receipt: &KeptReceipt) -> io::Result<()> {
        let kept_at = UtcTime(u64::try_from((self.clock)()).unwrap_or_default());
        let mut line = serde_json::to_vec(&Line { kept_at, receipt })?;
        line.push(b'\n');
        let (done, written) = oneshot::channel();
        let gone = || io::Error::other("the writer of receipts has ended");
        self.queue.send(Waiting { line, done }).await.map_err(|_| gone())?;
        written.await.map_err(|_| gone())?
    }
}

impl Keep for Receipts {
    fn receipt(&self, receipt: KeptReceipt) -> Kept<'_> {
        Box::pin(async move { self.keep(&receipt).await })
    }

    fn spool(&self, _: Envelope) -> Kept<'_> {
        Box::pin(async { Err(none_may_wait()) })
    }

    fn log_keys(&self, keys: KnownKeys) -> Kept<'_> {
        let directory = self.directory.clone();
        let write = move || write_log_keys(&directory, &keys);
        Box::pin(async move { tokio::task::spawn_blocking(write).await.map_err(io::Error::other)? })
    }
}

struct Writer {
    directory: PathBuf,
    clock: Clock,
    /// Today's file, by its days since 1970.
    open: Option<(i64, File)>,
}

impl Writer {
    fn work(mut self, mut queue: mpsc::Receiver<Waiting>) {
        let (mut waiting, mut lines) = (Vec::new(), Vec::new());
        while queue.blocking_recv_many(&mut waiting, QUEUE) > 0 {
            lines.clear();
            waiting.iter().for_each(|one| lines.extend_from_slice(&one.line));
            let outcome = self.append(&lines);
            let is_busy = waiting.len() > 1;
            for one in waiting.drain(..) {
                // Whoever went away needs no answer.
                let _ = one.done.send(outcome.as_ref().copied().map_err(copy));
            }
            // Where several come at once more are on their way, and one write to the disk costs as much as one for all.
            if is_busy {
                thread::sleep(MOMENT);
            }
        }
    }

    fn append(&mut self, lines: &[u8]) -> io::Result<()> {
        let file = self.file()?;
        let before = file.seek(SeekFrom::End(0))?;
        let written = file.write_all(lines).and_then(|()| file.sync_data());
        if written.is_err() {
            // Half a line would spoil the one after it.
            let _ = file.set_len(before);
            self.open = None;
        }
        written
    }

    /// Today's file.
    fn file(&mut self) -> io::Result<&mut File> {
        let now = (self.clock)();
        let day = now.div_euclid(DAY_MS);
        let open = match self.open.take().filter(|(open, _)| *open == day) {
            Some(open) => open,
            None => {
                let day_of = jiff::Timestamp::from_millisecond(now).unwrap_or_default().strftime("%Y-%m-%d");
                let path = self.directory.join(format!("{day_of}{ENDING}"));
                let mut options = OpenOptions::new();
                let mut file = options.read(true).append(true).create(true).mode(0o600).open(path)?;
                end_line(&mut file)?;
                // A file's name is on disk when its folder is.
                File::open(&self.directory)?.sync_all()?;
                (day, file)
            }
        };
        Ok(&mut self.open.insert(open).1)
    }
}

/// Ends a line of which a crash left the beginning: it would spoil the one after it. Nothing is cut off, since what was
/// kept is evidence.
fn end_line(file: &mut File) -> io::Result<()> {
    if file.seek(SeekFrom::End(0))? == 0 {
        return Ok(());
    }
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    match last {
        [b'\n'] => Ok(()),
        _ => file.write_all(b"\n"),
    }
}

fn copy(error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), error.to_string())
}

/// The newest heads that receipts of an earlier life show. The end of the newest file that has one is enough: a receipt
/// brings the newest checkpoint that there was. A day's file may have none yet: it is there before its first line.
fn heads(directory: &Path) -> io::Result<Vec<Head>> {
    let entries = fs::read_dir(directory)?.collect::<io::Result<Vec<_>>>()?;
    let mut names: Vec<PathBuf> = entries.iter().map(fs::DirEntry::path).collect();
    names.retain(|path| is_of_a_day(path));
    names.sort();
    for name in names.iter().rev().take(FILES) {
        let mut file = File::open(name)?;
        let length = file.seek(SeekFrom::End(0))?;
        file.seek(SeekFrom::Start(length.saturating_sub(TAIL)))?;
        let mut tail = Vec::new();
        file.take(TAIL).read_to_end(&mut tail)?;
        let heads: Vec<Head> = tail.split(|octet| *octet == b'\n').filter_map(head).collect();
        if !heads.is_empty() {
            return Ok(heads);
        }
    }
    match names.len() > FILES {
        false => Ok(Vec::new()),
        true => {
            let why = format!("none of the newest {FILES} files in {} has a receipt", directory.display());
            Err(io::Error::new(io::ErrorKind::InvalidData, why))
        }
    }
}

/// Whether it is a file of receipts, and not a copy under another name, which may be of any age.
fn is_of_a_day(path: &Path) -> bool {
    let day = path.file_name().and_then(|name| name.to_str()).and_then(|name| name.strip_suffix(ENDING));
    day.is_some_and(|day| day.len() == DAY.len() && day.parse::<jiff::civil::Date>().is_ok())
}

fn head(line: &[u8]) -> Option<Head> {
    let line: Value = serde_json::from_slice(line).ok()?;
    let reply: Value = serde_json::from_str(line.get("reply")?.as_str()?).ok()?;
    // Of a report's verdicts the last that is on record was given last.
    let reported = reply.get("messages").and_then(Value::as_array);
    let newest = reported.and_then(|verdicts| verdicts.iter().rfind(|verdict| verdict.get("receipt").is_some()));
    let verdict = newest.or(reply.get("message")).unwrap_or(&reply);
    let note = verdict.pointer("/receipt/checkpoint")?.as_str()?;
    let note = ledger::Note::parse(note.as_bytes()).ok()?;
    ledger::Checkpoint::parse(&note.text).ok().map(|checkpoint| Head::from(&checkpoint))
}

/// What an earlier life knew of the log's keys.
fn log_keys(directory: &Path) -> io::Result<Option<KnownKeys>> {
    let path = directory.join(LOG_KEYS);
    let text = match fs::read(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        read => read?,
    };
    let damaged = |error| {
        let why = format!(
            "{} is damaged ({error}): put it back from a backup. If there is none, name the log in server.logs by the line \
             that the operator tells, not the server, and take the file away",
            path.display()
        );
        io::Error::new(io::ErrorKind::InvalidData, why)
    };
    serde_json::from_slice(&text).map(Some).map_err(damaged)
}

/// The old file or the new one is there whole, whatever happens meanwhile.
fn write_log_keys(directory: &Path, keys: &KnownKeys) -> io::Result<()> {
    let (path, half) = (directory.join(LOG_KEYS), directory.join(format!("{LOG_KEYS}.half")));
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&half)?;
    file.write_all(&serde_json::to_vec_pretty(keys)?)?;
    file.sync_all()?;
    fs::rename(half, path)?;
    File::open(directory)?.sync_all()
}

const LOG_KEYS: &str = "log-keys.json";
const ENDING: &str = ".jsonl";
/// How a file's name begins.
const DAY: &str = "2026-11-26";
/// Empty files at the end of the folder that are passed over, at most.
const FILES: usize = 100;
const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// How long receipts of a busy time wait for others.
const MOMENT: Duration = Duration::from_millis(1);
/// Waiting at once; the others wait for a place.
const QUEUE: usize = 256;
/// More than a line of the longest reply.
const TAIL: u64 = 2 * 1024 * 1024;

#[cfg(test)]
mod tests {
    use super::{Receipts, Seen, heads};
    use crate::keep::{Keep as _, KeptReceipt};
    use crate::logs::KnownKeys;
    use std::sync::Arc;

    #[tokio::test]
    async fn receipts_are_lines_of_the_days_file_and_show_the_newest_heads() {
        let folder = tempfile::tempdir().unwrap();
        let directory = folder.path().join("receipts");
        let (receipts, none) = Receipts::open(&directory, Arc::new(|| 1_800_000_000_000)).unwrap();
        assert_eq!(none, Seen::default());
        for size in [3, 4, 5] {
            let verdict = verdict(size);
            let reply = match size {
                3 => verdict,
                4 => serde_json::json!({"message": verdict}),
                _ => serde_json::json!({"messages": [verdict, {"valid": false}]}),
            };
            let reply = reply.to_string();
            let receipt = KeptReceipt { reply, signature: "h..s".to_owned() };
            receipts.receipt(receipt).await.unwrap();
        }
        let text = std::fs::read_to_string(directory.join("2027-01-15.jsonl")).unwrap();
        assert_eq!(text.lines().count(), 3);
        assert!(text.starts_with(r#"{"keptAt":"2027-01-15T08:00:00.000Z","reply":""#), "{text}");
        let keys = KnownKeys { realm: "r".to_owned(), given: Vec::new(), keys: vec![(7, "k".to_owned())] };
        for size in [6, 7] {
            receipts.log_keys(KnownKeys { keys: vec![(size, "k".to_owned())], ..keys.clone() }).await.unwrap();
        }
        assert_eq!(Receipts::open(&directory, Arc::new(|| 0)).unwrap().1.keys, Some(keys));
        for damaged in ["", "{"] {
            std::fs::write(directory.join("log-keys.json"), damaged).unwrap();
            let error = Receipts::open(&directory, Arc::new(|| 0)).err().unwrap().to_string();
            assert!(error.contains("name the log in server.logs"), "{error}");
        }
        let seen = heads(&directory).unwrap();
        assert_eq!(seen.iter().map(|head| head.size).collect::<Vec<_>>(), [3, 4, 5]);
    }

    fn verdict(size: u64) -> serde_json::Value {
        let root = ledger::Checkpoint::new("log.example/1", size, [7; 32]).to_string();
        let note = format!("{root}\n\u{2014} log.example/1 {}\n", jose::b64::encode_standard([0; 68]));
        serde_json::json!({"receipt": {"checkpoint": note}})
    }

    fn receipt(size: u64) -> KeptReceipt {
        KeptReceipt { reply: verdict(size).to_string(), signature: "h..s".to_owned() }
    }

    fn sizes(directory: &std::path::Path) -> Vec<u64> {
        heads(directory).unwrap().iter().map(|head| head.size).collect()
    }

    #[tokio::test]
    async fn half_a_line_that_a_crash_left_spoils_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("2027-01-15.jsonl");
        for (size, lines) in [(3, 1), (4, 3), (5, 4)] {
            let (receipts, _) = Receipts::open(folder.path(), Arc::new(|| 1_800_000_000_000)).unwrap();
            receipts.receipt(receipt(size)).await.unwrap();
            let mut text = std::fs::read_to_string(&path).unwrap();
            assert_eq!(text.lines().count(), lines);
            if size == 3 {
                text.push_str("{\"keptAt\":\"2027");
                std::fs::write(&path, text).unwrap();
            }
        }
        assert_eq!(sizes(folder.path()), [3, 4, 5]);
    }

    #[tokio::test]
    async fn heads_are_those_of_the_newest_file_that_has_one() {
        let folder = tempfile::tempdir().unwrap();
        for (now, size) in [(1_800_000_000_000, 3), (1_800_100_000_000, 4)] {
            let (receipts, _) = Receipts::open(folder.path(), Arc::new(move || now)).unwrap();
            receipts.receipt(receipt(size)).await.unwrap();
        }
        let newest = std::fs::read(folder.path().join("2027-01-16.jsonl")).unwrap();
        std::fs::write(folder.path().join("2027-01-17.jsonl"), "").unwrap();
        std::fs::write(folder.path().join("2027-01-18.jsonl"), &newest[..newest.len() / 2]).unwrap();
        std::fs::create_dir(folder.path().join("more.jsonl")).unwrap();
        // A copy tells nothing of when.
        std::fs::copy(folder.path().join("2027-01-15.jsonl"), folder.path().join("copy.jsonl")).unwrap();
        assert_eq!(sizes(folder.path()), [4]);
        // So many at once are no accident, and what was seen is not forgotten by them.
        for day in 1..=28 {
            for month in 2..=5 {
                std::fs::write(folder.path().join(format!("2027-{month:02}-{day:02}.jsonl")), "").unwrap();
            }
        }
        assert!(heads(folder.path()).is_err());
    }
}
