//! Facts about the machine, its processes and what listens on its ports.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use crate::failure::{Outcome, While};
use crate::process;

/// A TCP port of the loopback address that nobody listens on.
pub(crate) fn free_port() -> Outcome<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).while_doing("looking for a free port")?;
    Ok(listener.local_addr().while_doing("looking for a free port")?.port())
}

/// Whether a GET of this path is answered with 200.
pub(crate) fn answers(port: u16, path: &str) -> bool {
    ask(port, path).is_some_and(|reply| reply.starts_with(b"HTTP/1.1 200") || reply.starts_with(b"HTTP/1.0 200"))
}

fn ask(port: u16, path: &str) -> Option<Vec<u8>> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let mut stream = TcpStream::connect_timeout(&address, Duration::from_millis(500)).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(10))).ok()?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).ok()?;
    let mut reply = vec![0; 64];
    let read = stream.read(&mut reply).ok()?;
    reply.truncate(read);
    Some(reply)
}

/// The resident memory of a process in MiB.
pub(crate) fn resident_mib(pid: u32) -> Option<f64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find(|l| l.starts_with("VmRSS:"))?;
    line.split_whitespace().nth(1)?.parse::<f64>().ok().map(|kib| kib / 1024.0)
}

/// The process that does the work where a launcher started it: the last of its only children.
pub(crate) fn worker(pid: u32) -> u32 {
    let children = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
    match children.split_whitespace().map(str::parse).collect::<Vec<_>>().as_slice() {
        [Ok(only)] => worker(*only),
        _ => pid,
    }
}

/// The processor's name, the number of processors, and the memory in GiB.
pub(crate) fn description() -> String {
    let field = |file: &str, name: &str| {
        let text = std::fs::read_to_string(file).unwrap_or_default();
        let line = text.lines().find(|l| l.starts_with(name)).unwrap_or_default().to_owned();
        line.split_once(':').map(|(_, value)| value.trim().to_owned()).unwrap_or_default()
    };
    let memory = field("/proc/meminfo", "MemTotal").trim_end_matches(" kB").parse::<f64>().unwrap_or_default();
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    format!("{}, {processors} processors, {:.0} GiB", field("/proc/cpuinfo", "model name"), memory / 1024.0 / 1024.0)
}

/// Whether this runs as root.
pub(crate) fn is_root() -> bool {
    process::read(process::command("id").arg("-u")).is_ok_and(|id| id == "0")
}
