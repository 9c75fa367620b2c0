//! The document, over whichever protocol the server has.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::time::{sleep, timeout};

use super::access::Access;
use super::digest::md5_of;
use super::grpc::Push;
use super::place::Place;
use super::roster::Naming;
use super::{long_poll, poll};
use crate::source::center::{Center, CenterAddress, CenterError, Fetched, Revision, Roster, WriteError};

/// How long a read may take in all: finding out the protocol, logging in, reading.
const PATIENCE: Duration = Duration::from_secs(9);

/// How long a server may go on to show the old text after it has taken a new one.
const LAG: Duration = Duration::from_secs(5);

/// A pause where a server is about to change the text.
const BUSY: Duration = Duration::from_millis(10);

/// A pause where a server says that a text has changed, and then shows the same.
const LAGGING: Duration = Duration::from_millis(100);

/// A document in Nacos.
#[derive(Debug)]
pub struct Nacos {
    pub(super) access: Access,
    pub(super) place: Place,
    push: Push,
    /// What the address asks for.
    fixed: Option<Mode>,
    chosen: Mutex<Option<Mode>>,
    /// The md5 that was last said to be no longer true.
    outdated: Mutex<Option<String>>,
    /// How replicas are listed here, once that is known.
    pub(super) naming: Mutex<Option<Naming>>,
}

/// A protocol of Nacos.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    LongPoll,
    Grpc,
    Poll,
}

// === impl Nacos ===

impl Nacos {
    /// Prepares to read a document. The parameter `mode` is `http`, `grpc` or `poll`; without it
    /// the server is asked.
    pub fn new(address: CenterAddress) -> Result<Self, CenterError> {
        let fixed = match address.parameter("mode") {
            None | Some("auto") => None,
            Some("http") => Some(Mode::LongPoll),
            Some("grpc") => Some(Mode::Grpc),
            Some("poll") => Some(Mode::Poll),
            Some(_) => {
                return Err(CenterError::Nonsense("`mode` is `auto`, `http`, `grpc` or `poll`".to_owned()));
            }
        };
        let place = Place::of(&address);
        let push = Push::new(&address)?;
        let access = Access::new(address)?;
        let (chosen, outdated, naming) = (Mutex::default(), Mutex::default(), Mutex::default());
        Ok(Self { access, place, push, fixed, chosen, outdated, naming })
    }

    async fn mode(&self) -> Result<Mode, CenterError> {
        if let Some(mode) = self.fixed {
            return Ok(mode);
        }
        let chosen = *self.chosen.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(mode) = chosen {
            return Ok(mode);
        }
        let mode = self.choose().await?;
        self.remember(Some(mode));
        Ok(mode)
    }

    async fn choose(&self) -> Result<Mode, CenterError> {
        if long_poll::is_there(&self.access, &self.place).await? {
            return Ok(Mode::LongPoll);
        }
        if self.push.is_there(&self.place).await {
            return Ok(Mode::Grpc);
        }
        if poll::is_there(&self.access, &self.place).await? {
            return Ok(Mode::Poll);
        }
        Err(CenterError::Nonsense("none of the APIs of Nacos is there".to_owned()))
    }

    fn remember(&self, mode: Option<Mode>) {
        *self.chosen.lock().unwrap_or_else(PoisonError::into_inner) = mode;
    }

    async fn read(&self) -> Result<Fetched, CenterError> {
        let reading = async {
            loop {
                let read = match self.mode().await? {
                    Mode::LongPoll => long_poll::read(&self.access, &self.place).await?,
                    Mode::Grpc => self.push.read(&self.access, &self.place).await?,
                    Mode::Poll => Some(poll::read(&self.access, &self.place).await?),
                };
                match read {
                    Some(fetched) => return Ok(fetched),
                    None => sleep(BUSY).await,
                }
            }
        };
        let read = timeout(PATIENCE, reading).await.unwrap_or(Err(CenterError::Silent(PATIENCE)));
        if read.is_err() {
            // Another version may run there by now.
            self.remember(None);
        }
        read
    }

    async fn hint(&self, since: &str) -> Result<(), CenterError> {
        let has_changed = match self.mode().await? {
            Mode::LongPoll => long_poll::wait(&self.access, &self.place, since).await?,
            Mode::Grpc => self.push.wait(&self.access, &self.place, since).await?,
            Mode::Poll => poll::wait(&self.access, &self.place, since).await?,
        };
        if has_changed {
            let since = Some(since.to_owned());
            let before = {
                let mut outdated = self.outdated.lock().unwrap_or_else(PoisonError::into_inner);
                std::mem::replace(&mut *outdated, since.clone())
            };
            if before == since {
                sleep(LAGGING).await;
            }
        }
        Ok(())
    }

    async fn publish(&self, text: &str, expected: Option<&str>) -> Result<bool, WriteError> {
        match self.mode().await? {
            Mode::LongPoll => Ok(long_poll::publish(&self.access, &self.place, text, expected).await?),
            Mode::Grpc => Ok(self.push.publish(&self.access, &self.place, text, expected).await?),
            Mode::Poll => poll::publish(&self.access, &self.place, text, expected).await,
        }
    }

    async fn present(&self) -> Result<Option<Revision>, CenterError> {
        match self.read().await {
            Ok(fetched) => Ok(Some(fetched.revision)),
            Err(CenterError::Missing) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn write(&self, expected: Option<&Revision>, text: &str) -> Result<Revision, WriteError> {
        let present = self.present().await?;
        if present.as_ref() != expected {
            return Err(WriteError::Conflict { present });
        }
        let is_taken = self.publish(text, expected.map(|revision| revision.text.as_str())).await?;
        let wanted = Revision::opaque(md5_of(text.as_bytes()));
        let began = Instant::now();
        let mut pause = Duration::from_millis(5);
        // What was published is not shown at once, and not by all servers at the same time.
        loop {
            let present = self.present().await?;
            if present.as_ref() == Some(&wanted) {
                return Ok(wanted);
            }
            if present.as_ref() != expected {
                return Err(WriteError::overtaken(is_taken, present));
            }
            if began.elapsed() > LAG {
                let still = if is_taken {
                    "the old text still, although it had taken the new one"
                } else {
                    "a refusal of the new text, although nobody has changed the old one"
                };
                return Err(CenterError::Refused(still.to_owned()).into());
            }
            sleep(pause).await;
            pause = (pause * 2).min(Duration::from_millis(250));
        }
    }
}

impl Center for Nacos {
    fn fetch(&self) -> BoxFuture<'_, Result<Fetched, CenterError>> {
        self.read().boxed()
    }

    fn wait<'c>(&'c self, since: &'c Revision) -> BoxFuture<'c, Result<(), CenterError>> {
        self.hint(&since.text).boxed()
    }

    fn replace<'c>(
        &'c self,
        expected: Option<&'c Revision>,
        text: &'c str,
    ) -> BoxFuture<'c, Result<Revision, WriteError>> {
        self.write(expected, text).boxed()
    }

    fn roster(&self) -> Option<&dyn Roster> {
        Some(self)
    }
}
