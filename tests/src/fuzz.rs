//! A small mutational fuzzer on stable Rust: inputs of a corpus, changed at random, until the time is over.
//!
//! The seed is printed and may be given, so that a run can be had again. An input that makes the target panic is written
//! out, named, and ends the run with an error; put it into the corpus once it is mended.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// Runs a target with the arguments `--seconds N --corpus DIR [--seed N]`.
pub fn run(name: &str, tokens: &[&str], mut target: impl FnMut(&[u8])) -> ExitCode {
    let options = Options::read();
    let mut corpus = read_corpus(&options.corpus);
    println!("fuzz {name}: {} inputs, {} s, --seed {}", corpus.len(), options.seconds, options.seed);
    for (place, input) in &corpus {
        if let Err(code) = try_one(name, input, &format!("{}", place.display()), &mut target) {
            return code;
        }
    }
    corpus.push((PathBuf::from("empty"), Vec::new()));
    let mut random = Random(options.seed);
    let ends = Instant::now() + Duration::from_secs(options.seconds);
    let mut runs = 0_u64;
    while Instant::now() < ends {
        for _ in 0..64 {
            let input = random.mutated(&corpus, tokens);
            if let Err(code) = try_one(name, &input, &format!("run {runs}"), &mut target) {
                return code;
            }
            runs += 1;
        }
    }
    println!("fuzz {name}: {runs} runs, nothing broke");
    ExitCode::SUCCESS
}

fn try_one(name: &str, input: &[u8], what: &str, target: &mut impl FnMut(&[u8])) -> Result<(), ExitCode> {
    if catch_unwind(AssertUnwindSafe(|| target(input))).is_ok() {
        return Ok(());
    }
    let hash = jose::certificate::thumbprint_sha256(input);
    let file = std::env::temp_dir().join(format!("fuzz-{name}-{hash}"));
    let _ = std::fs::write(&file, input);
    eprintln!("fuzz {name}: {what} broke it; the input is in {}:\n{}", file.display(), input.escape_ascii());
    Err(ExitCode::FAILURE)
}

struct Options {
    seconds: u64,
    corpus: PathBuf,
    seed: u64,
}

impl Options {
    fn read() -> Self {
        let clock = u64::from(std::process::id()) ^ random_seed();
        let mut options = Self { seconds: 10, corpus: PathBuf::from("corpus"), seed: clock };
        let mut words = std::env::args().skip(1);
        while let Some(word) = words.next() {
            let value = words.next().unwrap_or_default();
            match word.as_str() {
                "--seconds" => options.seconds = value.parse().expect("a number of seconds"),
                "--corpus" => options.corpus = PathBuf::from(value),
                "--seed" => options.seed = value.parse().expect("a seed"),
                other => panic!("unknown option {other}"),
            }
        }
        options
    }
}

fn random_seed() -> u64 {
    let mut octets = [0; 8];
    jose::random::fill(&mut octets).expect("randomness");
    u64::from_le_bytes(octets)
}

fn read_corpus(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut files: Vec<PathBuf> = entries.filter_map(|e| Some(e.ok()?.path())).filter(|p| p.is_file()).collect();
    files.sort_unstable();
    files.into_iter().filter_map(|path| Some((path.clone(), std::fs::read(path).ok()?))).collect()
}

/// xorshift64*, which is quick and the same everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        let mut x = self.0 | 1;
        x ^= x >> 12;
        x ^= x << 25;
        x ^= x >> 27;
        self.0 = x;
        x.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % (end.max(1) as u64)).unwrap_or(0)
    }

    fn mutated(&mut self, corpus: &[(PathBuf, Vec<u8>)], tokens: &[&str]) -> Vec<u8> {
        let mut input = corpus[self.below(corpus.len())].1.clone();
        for _ in 0..=self.below(6) {
            self.mutate(&mut input, corpus, tokens);
        }
        input.truncate(64 * 1024);
        input
    }

    fn mutate(&mut self, input: &mut Vec<u8>, corpus: &[(PathBuf, Vec<u8>)], tokens: &[&str]) {
        let at = self.below(input.len() + 1);
        match self.below(9) {
            0 if at < input.len() => input[at] ^= 1 << self.below(8),
            1 if at < input.len() => input[at] = u8::try_from(self.next() & 0xff).unwrap_or(0),
            2 if at < input.len() => drop(input.remove(at)),
            3 => input.insert(at, u8::try_from(self.next() & 0xff).unwrap_or(0)),
            4 => input.truncate(at),
            5 => {
                let end = (at + self.below(64)).min(input.len());
                let copy = input[at..end].to_vec();
                let to = self.below(input.len() + 1);
                input.splice(to..to, copy);
            }
            6 if !tokens.is_empty() => {
                let token = tokens[self.below(tokens.len())].bytes();
                input.splice(at..at, token);
            }
            7 => {
                let other = &corpus[self.below(corpus.len())].1;
                let from = self.below(other.len() + 1);
                input.truncate(at);
                input.extend_from_slice(&other[from..]);
            }
            _ => {
                let end = (at + self.below(32)).min(input.len());
                input.drain(at..end);
            }
        }
    }
}
