//! Log lines off the request path: a bounded queue and one thread that writes.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;

use tracing_subscriber::fmt::MakeWriter;

/// How many lines wait at most; what comes on top is counted and dropped, since a slow terminal
/// must not slow a request.
const QUEUE: usize = 8192;

/// Takes finished lines.
#[derive(Clone)]
pub(super) struct LogWriter {
    lines: SyncSender<Vec<u8>>,
    dropped: Arc<AtomicU64>,
}

/// Dropping it waits until the lines so far are written.
#[derive(Debug)]
pub struct LogFlush {
    lines: Option<SyncSender<Vec<u8>>>,
    writer: Option<JoinHandle<()>>,
}

/// One line on its way.
pub(super) struct LineSink<'w>(&'w LogWriter);

// === impl LogWriter ===

impl LogWriter {
    /// Starts the thread that writes to stderr.
    pub(super) fn stderr() -> (Self, LogFlush) {
        let (lines, queue) = sync_channel(QUEUE);
        let dropped = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&dropped);
        let writer = std::thread::Builder::new()
            .name("log".to_owned())
            .spawn(move || write_all(&queue, &counted))
            .ok();
        (Self { lines: lines.clone(), dropped }, LogFlush { lines: Some(lines), writer })
    }
}

/// Writes until it is told to stop by an empty line; lines that wait together go out together.
fn write_all(queue: &Receiver<Vec<u8>>, dropped: &AtomicU64) {
    while let Ok(mut batch) = queue.recv() {
        let mut last = batch.is_empty();
        while let Ok(line) = queue.try_recv() {
            last |= line.is_empty();
            batch.extend_from_slice(&line);
        }
        let missing = dropped.swap(0, Ordering::Relaxed);
        if missing > 0 {
            batch.extend_from_slice(
                format!("{missing} log lines were dropped: stderr is too slow\n").as_bytes(),
            );
        }
        // A log that can't be written has nobody left to tell.
        let _lost = io::stderr().write_all(&batch);
        if last {
            return;
        }
    }
}

impl Write for LineSink<'_> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if let Err(TrySendError::Full(_)) = self.0.lines.try_send(line.to_vec()) {
            self.0.dropped.fetch_add(1, Ordering::Relaxed);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'w> MakeWriter<'w> for LogWriter {
    type Writer = LineSink<'w>;

    fn make_writer(&'w self) -> Self::Writer {
        LineSink(self)
    }
}

impl Drop for LogFlush {
    fn drop(&mut self) {
        if let (Some(lines), Some(writer)) = (self.lines.take(), self.writer.take())
            && lines.send(Vec::new()).is_ok()
        {
            // Only a panic of the thread could make this fail, and it has nothing to hand over.
            let _ended = writer.join();
        }
    }
}
