//! Metrics of the process itself, read when they are asked for; on systems without `/proc` there are none.

use std::fmt;
use std::fs;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;

/// Writes out memory, CPU time and open files under their usual names.
#[derive(Debug)]
pub(super) struct Process;

impl Collector for Process {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let memory = [
            ("process_resident_memory_bytes", "Memory in use", kibibytes(&status, "VmRSS:")),
            ("process_resident_memory_max_bytes", "Memory in use at most so far", kibibytes(&status, "VmHWM:")),
            ("process_threads", "Threads", field(&status, "Threads:")),
            ("process_open_fds", "Open files and sockets", open_files()),
        ];
        for (name, help, value) in memory {
            if let Some(value) = value {
                gauge(&mut encoder, name, help, value)?;
            }
        }
        if let Some(seconds) = cpu_seconds() {
            let counter = ConstCounter::new(seconds);
            let metric =
                encoder.encode_descriptor("process_cpu_seconds", "CPU time used", None, counter.metric_type())?;
            counter.encode(metric)?;
        }
        Ok(())
    }
}

fn gauge(encoder: &mut DescriptorEncoder<'_>, name: &str, help: &str, value: i64) -> Result<(), fmt::Error> {
    let gauge = ConstGauge::new(value);
    let metric = encoder.encode_descriptor(name, help, None, gauge.metric_type())?;
    gauge.encode(metric)
}

fn field(status: &str, name: &str) -> Option<i64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

fn kibibytes(status: &str, name: &str) -> Option<i64> {
    field(status, name)?.checked_mul(1024)
}

fn open_files() -> Option<i64> {
    i64::try_from(fs::read_dir("/proc/self/fd").ok()?.count()).ok()
}

/// User and system time.
fn cpu_seconds() -> Option<f64> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    // The name in parentheses may hold anything; the numbers come behind it.
    let numbers = stat.rsplit_once(')')?.1;
    let mut numbers = numbers.split_whitespace().skip(11);
    let user: f64 = numbers.next()?.parse().ok()?;
    let system: f64 = numbers.next()?.parse().ok()?;
    Some((user + system) / TICKS)
}

/// Linux counts a hundred ticks a second towards programs, whatever its own clock does.
const TICKS: f64 = 100.0;
