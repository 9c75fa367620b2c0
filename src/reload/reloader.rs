//! The loop that takes changes from the source to the live table.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use tokio::sync::{Notify, watch};
use tokio::task::spawn_blocking;
use tokio::time::{sleep_until, timeout_at};
use tokio_util::sync::CancellationToken;

use crate::config::{
    self, Built, Document, Format, Guards, Problem, ServerSettings, Vars, Verdict, removed, removes_most,
};
use crate::history::{DiskWriter, Record, Records, Refused};
use crate::live::{Applied, Author, CenterNews, Live, News, Pending, Refusal};
use crate::source::{Arrival, CenterState, Hand, Source, SourceError};
use crate::table::Change;

use super::certificates::{Asker, Certificates};
use super::keeper::Keeper;
use super::overlay::Overlay;
use super::{Trial, pace, restart, tell};

/// Brings every good change of the source into the live table.
#[derive(Debug)]
pub struct Reloader {
    live: Arc<Live>,
    source: Source,
    trial: Trial,
    /// Tells the trial what goes with a center's document.
    local: watch::Sender<Option<Vec<Document>>>,
    started: ServerSettings,
    records: Records,
    writer: Option<DiskWriter>,
    overlay: Overlay,
    certificates: Option<Asker>,
    refusals: u64,
    last_build: Option<Instant>,
    last_applied: Option<Instant>,
    source_ended: bool,
}

/// Who asks for a look right after a change went live has asked for that change.
const JUST_NOW: Duration = Duration::from_secs(1);

/// What the source said, and whether someone asked for it.
struct Occasion {
    said: Result<Arrival, SourceError>,
    asked: bool,
}

/// What the operator should know about documents that are taken.
struct Advice {
    restart_needed: Vec<String>,
    warnings: Vec<String>,
}

// === impl Reloader ===

impl Reloader {
    /// Puts the parts together. `started` are the settings of the file at the start, before the
    /// command line changed any; `history` is where generations are kept.
    #[must_use]
    pub fn new(
        live: Arc<Live>,
        source: Source,
        vars: Vars,
        started: ServerSettings,
        (records, writer): (Records, DiskWriter),
    ) -> Self {
        let (local, told) = watch::channel(None);
        let guards = Guards { models: started.guard, keys: false };
        let trial = Trial { live: Arc::clone(&live), vars: Arc::new(vars), guards, local: told };
        Self {
            live,
            source,
            trial,
            local,
            started,
            records,
            writer: Some(writer),
            overlay: Overlay::default(),
            certificates: None,
            refusals: 0,
            last_build: None,
            last_applied: None,
            source_ended: false,
        }
    }

    /// Lays something over the owner's documents before they are judged.
    #[must_use]
    pub fn with_overlay(self, overlay: Overlay) -> Self {
        Self { overlay, ..self }
    }

    /// Has who asks for a look have one at the certificates, too.
    #[must_use]
    pub fn with_certificates(self, certificates: Option<&Certificates>) -> Self {
        Self { certificates: certificates.map(Certificates::asker), ..self }
    }

    /// Refuses tables without keys, where strangers reach the data port.
    #[must_use]
    pub fn needing_keys(mut self, needs: bool) -> Self {
        self.trial.guards.keys = needs;
        self
    }

    /// Returns a way to judge a document without changing anything.
    #[must_use]
    pub fn trial(&self) -> Trial {
        self.trial.clone()
    }

    /// Judges what the source holds now, then every change, until told to stop. A poke (SIGHUP)
    /// has the source read again.
    pub async fn run(mut self, poke: Arc<Notify>, stop: CancellationToken) {
        let keeper = self.writer.take().map(Keeper::start);
        // The files may have changed since the start read them; and if it went on with the last
        // good ones, the present ones are refused here, and that is told as always.
        if let Some(said) = stop.run_until_cancelled(self.source.read()).await {
            let first = Occasion { said, asked: false };
            let _stopped = stop.run_until_cancelled(self.take(first)).await;
        }
        while let Some(occasion) = stop.run_until_cancelled(self.wait(&poke)).await {
            let _stopped = stop.run_until_cancelled(self.take(occasion)).await;
        }
        if let Some(keeper) = keeper {
            keeper.stop().await;
        }
    }

    async fn wait(&mut self, poke: &Notify) -> Occasion {
        sleep_until(pace::next_build(self.last_build, Instant::now()).into()).await;
        let said = tokio::select! {
            biased;
            () = poke.notified() => None,
            said = self.source.next(), if !self.source_ended => Some(said),
        };
        if let Some(said) = said {
            return Occasion { said, asked: false };
        }
        if let Some(certificates) = &self.certificates {
            certificates.ask().await;
        }
        Occasion { said: self.source.read().await, asked: true }
    }

    /// Takes one occasion to its end: live, unchanged, or refused and told.
    async fn take(&mut self, Occasion { mut said, asked }: Occasion) {
        if let Some(CenterState { up, revision, read_at, error }) = self.source.center_state() {
            let state = CenterNews { up, revision, read_at, error };
            self.live.announce(|news| news.center = Some(state));
        }
        let mut first_refused = None;
        loop {
            self.local.send_replace(Some(self.source.local().to_vec()));
            let arrival = match said {
                Ok(arrival) => arrival,
                Err(error) => return self.unreadable(&error),
            };
            let source_said = arrival.documents;
            let (documents, verdict) = self.judge(source_said.clone()).await;
            let arrival = Arrival { documents, ..arrival };
            let report = match verdict {
                Verdict::Unchanged(built) => return self.unchanged(&arrival, &built, asked),
                Verdict::Good(built, changes) => return self.apply(arrival, built, changes).await,
                Verdict::Refused(report) => report,
            };
            let first = *first_refused.get_or_insert_with(Instant::now);
            let hold = pace::hold_until(first, arrival.last_sign);
            if asked || hold <= Instant::now() {
                return self.refuse(&arrival, report);
            }
            self.hold_back(&arrival);
            match self.second_save(hold, &source_said).await {
                Some(next) => said = next,
                None => return self.refuse(&arrival, report),
            }
        }
    }

    /// Tells that a change is neither live nor refused yet.
    fn hold_back(&self, arrival: &Arrival) {
        let pending = Pending { at: SystemTime::now(), author: author(&arrival.hand), digest: None };
        self.live.announce(|news| news.pending = Some(pending));
    }

    /// Waits for what may mend a refusal; on a busy machine it may be there without having been
    /// noticed, so the files are looked at once more before the refusal is told.
    async fn second_save(
        &mut self,
        hold: Instant,
        refused: &[Document],
    ) -> Option<Result<Arrival, SourceError>> {
        if let Ok(next) = timeout_at(hold.into(), self.next_in_pace()).await {
            return Some(next);
        }
        let said = tokio::time::timeout(pace::LAST_LOOK, self.source.read()).await.ok()?;
        let same = said.as_ref().is_ok_and(|arrival| arrival.documents == refused);
        (!same).then_some(said)
    }

    async fn next_in_pace(&mut self) -> Result<Arrival, SourceError> {
        sleep_until(pace::next_build(self.last_build, Instant::now()).into()).await;
        self.source.next().await
    }

    /// Judges documents with the overrides laid over them; returns those, too.
    async fn judge(&mut self, documents: Vec<Document>) -> (Vec<Document>, Verdict) {
        self.last_build = Some(Instant::now());
        let (overlay, held) = (self.overlay.clone(), documents.clone());
        let laying = spawn_blocking(move || overlay.lay(held));
        let documents = laying.await.unwrap_or(documents);
        let verdict = self.trial.verdict(documents.clone()).await;
        (documents, verdict)
    }

    async fn apply(&mut self, arrival: Arrival, built: Built, changes: Vec<Change>) {
        let Built { table, server, warnings, .. } = built;
        let origin = origin(&arrival.documents);
        let present = self.live.load();
        let most_gone = removes_most(&changes, &present.table)
            .then(|| tell::most_removed(removed(&changes), present.table.routes().len()));
        let is_first = !present.is_ready();
        // Of a large table it takes as long as many requests, and those go on.
        let making = spawn_blocking(move || present.next(table, origin, SystemTime::now(), Instant::now()));
        let Ok(mut next) = making.await else { return };
        if is_first {
            next.generation = self.records.first_number(next.table.digest());
        }
        let (generation, digest) = (next.generation, next.table.digest().to_owned());
        let claim = self.live.claims().take(&digest);
        let before = self.live.swap(next);
        self.last_applied = Some(Instant::now());
        let took = arrival.first_sign.elapsed();
        let finishing = before.in_flight.now();
        let took_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        tracing::info!(
            generation,
            took_ms,
            finishing,
            "{}",
            tell::applied(generation, took, &changes, finishing, claim.as_ref())
        );
        if let Some(words) = &most_gone {
            tracing::warn!(generation, "{words}");
        }
        drop(spawn_blocking(move || drop(before)));
        let author = claim.unwrap_or_else(|| author(&arrival.hand));
        let revision = arrival.revision.clone();
        let applied = Applied { generation, at: SystemTime::now(), took, changes, finishing, author };
        let advice = self.advise(&arrival, &server, &warnings);
        if is_first {
            let snapshot = self.live.load();
            let author = applied.author.clone();
            self.records.begin(generation, &snapshot.table, &arrival.documents, author);
        } else {
            self.keep(&applied, digest, arrival.documents);
        }
        self.live.announce(|news| {
            advice.put(news);
            news.revision = revision;
            news.warnings.extend(most_gone);
            news.generation = generation;
            news.applied = Some(applied);
        });
    }

    fn unchanged(&mut self, arrival: &Arrival, built: &Built, asked: bool) {
        let present = self.live.load();
        let (generation, refused) = (present.generation, self.refusals > 0);
        let origin = origin(&arrival.documents);
        if refused {
            tracing::info!(generation, "{origin} is good again; generation {generation} keeps serving");
        } else if asked && self.last_applied.is_none_or(|at| at.elapsed() > JUST_NOW) {
            tracing::info!(generation, "{origin} re-read, unchanged; generation {generation} keeps serving");
        } else {
            tracing::debug!(generation, "{origin} routes as before");
        }
        let advice = self.advise(arrival, &built.server, &built.warnings);
        self.live.announce(|news| {
            advice.put(news);
            news.revision.clone_from(&arrival.revision);
        });
        self.records.refresh(&arrival.documents, present.table.digest());
    }

    /// Collects what the operator should know about documents that are taken, and logs what is new.
    fn advise(&mut self, arrival: &Arrival, server: &ServerSettings, warnings: &[Problem]) -> Advice {
        self.refusals = 0;
        let local = self.local_settings(&arrival.documents);
        let restart_needed = restart::restart_needed(&self.started, local.as_ref().unwrap_or(server));
        let misplaced = local.filter(|local| local != server);
        let misplaced = misplaced.map(|_| tell::misplaced(&origin(&arrival.documents)));
        let warnings = warnings.iter().map(|warning| warning.render(false));
        let notices = arrival.notices.iter().map(ToString::to_string);
        let warnings: Vec<String> = warnings.chain(notices).chain(misplaced).collect();
        let news = self.live.news();
        let news = news.borrow();
        for warning in warnings.iter().filter(|warning| !news.warnings.contains(warning)) {
            tracing::warn!("{}", warning.trim_end());
        }
        if !restart_needed.is_empty() && restart_needed != news.restart_needed {
            tracing::warn!("{} changed; restart needed", restart_needed.join(", "));
        }
        Advice { restart_needed, warnings }
    }

    /// Returns what this machine's own file says where a center owns the table: the center's
    /// document has no say in the settings.
    fn local_settings(&self, documents: &[Document]) -> Option<ServerSettings> {
        self.source.center_state()?;
        let local = documents.iter().filter(|document| document.format != Format::Routes).cloned();
        config::settings(&local.collect::<Vec<_>>(), &self.trial.vars).ok()
    }

    fn refuse(&mut self, arrival: &Arrival, report: String) {
        let generation = self.live.load().generation;
        let words = tell::refused(&origin(&arrival.documents), generation, &report);
        tracing::warn!(generation, "{words}");
        self.announce_refusal(report, Some(author(&arrival.hand)), arrival.documents.clone());
    }

    fn unreadable(&mut self, error: &SourceError) {
        let generation = self.live.load().generation;
        self.source_ended |= *error == SourceError::Stopped;
        tracing::warn!(generation, "{}", tell::unreadable(error, generation));
        self.announce_refusal(tell::report(error), None, Vec::new());
    }

    fn announce_refusal(&mut self, report: String, author: Option<Author>, documents: Vec<Document>) {
        self.refusals += 1;
        let at = SystemTime::now();
        let (generation, reason) = (self.live.load().generation, Refused::reason(&report));
        self.records.refuse(Refused { at, generation, author: author.clone(), reason, documents });
        let refusal = Refusal { at, report, count: self.refusals, author };
        self.live.announce(|news| {
            news.pending = None;
            news.refused = Some(refusal);
            news.judged += 1;
        });
    }

    fn keep(&self, applied: &Applied, digest: String, documents: Vec<Document>) {
        let Applied { generation, at, took, changes, author, .. } = applied;
        let (generation, at, author) = (*generation, *at, author.clone());
        let changes = changes.iter().map(ToString::to_string).collect();
        let took_ms = took.as_secs_f64() * 1000.0;
        self.records.add(Record { generation, at, author, changes, digest, took_ms }, documents);
    }
}

// === impl Advice ===

impl Advice {
    fn put(self, news: &mut News) {
        news.judged += 1;
        news.refused = None;
        news.pending = None;
        news.restart_needed = self.restart_needed;
        news.warnings = self.warnings;
    }
}

/// Where no command has claimed the table, the owner tells whose hand it was.
fn author(hand: &Hand) -> Author {
    Author { who: hand.who.clone(), how: hand.how.to_owned(), why: None }
}

fn origin(documents: &[Document]) -> String {
    documents.first().map_or_else(|| "the configuration".to_owned(), |document| document.name.clone())
}
