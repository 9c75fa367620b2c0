//! Log lines off the request path: a bounded buffer and one thread that writes.

use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use tracing_subscriber::fmt::MakeWriter;

/// How many bytes wait at most; lines on top of that are counted and dropped, since a slow
/// terminal must not slow a request.
const BUFFER_MOST: usize = 4 * 1024 * 1024;

/// How long lines gather before they are written together. Waking the writer for every line would
/// cost a busy router more than all the rest of the line.
const GATHER: Duration = Duration::from_millis(5);

/// Takes finished lines.
#[derive(Clone)]
pub(super) struct LogWriter(Arc<Shared>);

/// Dropping it waits until the lines so far are written.
#[derive(Debug)]
pub struct LogFlush {
    shared: Arc<Shared>,
    writer: Option<JoinHandle<()>>,
}

/// One line on its way.
pub(super) struct LineSink<'w>(&'w Shared);

#[derive(Debug, Default)]
struct Shared {
    waiting: Mutex<Waiting>,
    filled: Condvar,
}

#[derive(Debug, Default)]
struct Waiting {
    lines: Vec<u8>,
    dropped: u64,
    closed: bool,
}

// === impl LogWriter ===

impl LogWriter {
    /// Starts the thread that writes to stderr.
    pub(super) fn stderr() -> (Self, LogFlush) {
        let shared = Arc::new(Shared::default());
        let source = Arc::clone(&shared);
        let writer =
            std::thread::Builder::new().name("log".to_owned()).spawn(move || source.write_all()).ok();
        (Self(Arc::clone(&shared)), LogFlush { shared, writer })
    }

    /// Takes a line.
    pub(super) fn push(&self, line: &[u8]) {
        self.0.push(line);
    }
}

// === impl Shared ===

impl Shared {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, line: &[u8]) {
        let mut waiting = self.waiting();
        if waiting.lines.len() + line.len() > BUFFER_MOST {
            waiting.dropped += 1;
            return;
        }
        let was_empty = waiting.lines.is_empty();
        waiting.lines.extend_from_slice(line);
        drop(waiting);
        if was_empty {
            self.filled.notify_one();
        }
    }

    /// Writes until it is closed and everything is out.
    fn write_all(&self) {
        let mut batch = Vec::new();
        loop {
            let is_idle = |waiting: &mut Waiting| waiting.lines.is_empty() && !waiting.closed;
            let waiting = self.filled.wait_while(self.waiting(), is_idle);
            let closing = waiting.unwrap_or_else(PoisonError::into_inner).closed;
            if !closing {
                std::thread::sleep(GATHER);
            }
            let mut waiting = self.waiting();
            std::mem::swap(&mut batch, &mut waiting.lines);
            let dropped = std::mem::take(&mut waiting.dropped);
            drop(waiting);
            if dropped > 0 {
                batch.extend_from_slice(
                    format!("{dropped} log lines were dropped: stderr is too slow\n").as_bytes(),
                );
            }
            // A log that can't be written has nobody left to tell.
            let _written = io::stderr().write_all(&batch);
            batch.clear();
            if closing {
                return;
            }
        }
    }
}

impl Write for LineSink<'_> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.push(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'w> MakeWriter<'w> for LogWriter {
    type Writer = LineSink<'w>;

    fn make_writer(&'w self) -> Self::Writer {
        LineSink(&self.0)
    }
}

impl Drop for LogFlush {
    fn drop(&mut self) {
        self.shared.waiting().closed = true;
        self.shared.filled.notify_one();
        if let Some(writer) = self.writer.take() {
            // Only a panic of the thread could make this fail, and it has nothing to hand over.
            let _ended = writer.join();
        }
    }
}
