//! The log: what is written, how, and what never is.
//!
//! One line an event, as text or as JSON. Each request runs in a span named `request` with the field `request_id`, which
//! therefore stands in every line that the request causes; the same id is in its event and on its error page.
//!
//! The rule: no secret, token, code, password, cookie or request body is logged at any level, and neither is a URL's
//! query. Types that hold such things have a silent `Debug`; what is logged of a request is its method, its route's
//! pattern, status and duration, the realm, and ids.

use std::io::{self, IsTerminal as _};

use tracing::Subscriber;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::{Layer, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{fmt, registry};

use crate::config::resolved::{Level, LogLevels, LogOutput, Logging};
use crate::config::setting::{Command, SERVING};

/// Where the log goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sink {
    StandardOutput,
    StandardError,
}

/// Servers log to standard output, as Keycloak does; commands that end leave it to what they print.
pub fn sink_for(command: Command) -> Sink {
    if SERVING.contains(&command) { Sink::StandardOutput } else { Sink::StandardError }
}

/// Opens the log of this process; a second call changes nothing.
pub fn begin(logging: &Logging, sink: Sink) {
    let opened = match sink {
        Sink::StandardOutput => subscriber(logging, io::stdout, io::stdout().is_terminal()).try_init(),
        Sink::StandardError => subscriber(logging, io::stderr, io::stderr().is_terminal()).try_init(),
    };
    // Only a second call fails, and then the log is open already.
    if opened.is_ok() {
        std::panic::set_hook(Box::new(|panic| {
            // Where it was, and not what it said: the text may hold values.
            let place = panic.location().map(ToString::to_string).unwrap_or_default();
            tracing::error!(place, "a panic, which ends its request alone");
        }));
    }
}

fn subscriber<W>(logging: &Logging, writer: W, colours: bool) -> Box<dyn Subscriber + Send + Sync>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let form = match logging.output {
        LogOutput::Lines => fmt::layer().with_ansi(colours).with_writer(writer).boxed(),
        LogOutput::Json => fmt::layer()
            .json()
            .flatten_event(true)
            .with_current_span(true)
            .with_span_list(false)
            .with_writer(writer)
            .boxed(),
    };
    Box::new(registry().with(form.with_filter(targets(&logging.levels))))
}

fn targets(levels: &LogLevels) -> Targets {
    let parts = levels.parts.iter().map(|(part, level)| (part.clone(), filter(*level)));
    Targets::new().with_default(filter(levels.everywhere)).with_targets(parts)
}

fn filter(level: Level) -> LevelFilter {
    match level {
        Level::Off => LevelFilter::OFF,
        Level::Error => LevelFilter::ERROR,
        Level::Warn => LevelFilter::WARN,
        Level::Info => LevelFilter::INFO,
        Level::Debug => LevelFilter::DEBUG,
        Level::Trace => LevelFilter::TRACE,
    }
}

#[cfg(test)]
mod tests {
    use std::io::{self, Write};
    use std::sync::{Arc, Mutex};

    use super::{Level, LogLevels, LogOutput, Logging, subscriber};

    #[derive(Clone, Default)]
    struct Page(Arc<Mutex<Vec<u8>>>);

    impl Write for Page {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn logged(output: LogOutput, parts: &[(&str, Level)], work: impl FnOnce()) -> String {
        let page = Page::default();
        let writer = page.clone();
        let parts = parts.iter().map(|(part, level)| ((*part).to_owned(), *level)).collect();
        let logging = Logging { levels: LogLevels { everywhere: Level::Info, parts }, output };
        tracing::subscriber::with_default(subscriber(&logging, move || writer.clone(), false), work);
        let bytes = page.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn request_id_stands_in_every_line_of_the_request() {
        for output in [LogOutput::Lines, LogOutput::Json] {
            let text = logged(output, &[], || {
                let _request = tracing::info_span!("request", request_id = "r-17").entered();
                tracing::info!("one");
                tracing::warn!("two");
            });
            assert_eq!(text.lines().filter(|line| line.contains("r-17")).count(), 2, "{text}");
        }
    }

    #[test]
    fn levels_hold_for_all_or_for_one_part() {
        let text = logged(LogOutput::Json, &[("oidc", Level::Debug), ("store", Level::Off)], || {
            tracing::debug!(target: "oidc::token", "seen");
            tracing::debug!(target: "web", "hidden");
            tracing::error!(target: "store", "hidden");
            tracing::info!(target: "web", "seen");
        });
        assert_eq!(text.matches("seen").count(), 2, "{text}");
        assert!(!text.contains("hidden"));
    }

    #[test]
    fn json_lines_are_json_also_with_hostile_text() {
        let text = logged(LogOutput::Json, &[], || tracing::info!("a\nb\"\u{1b}[31m"));
        let line: serde_json::Value = serde_json::from_str(text.trim_end()).unwrap();
        assert_eq!(line["message"], "a\nb\"\u{1b}[31m");
        assert_eq!(text.lines().count(), 1);
    }
}
