//! What drives ramps.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Mutex;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use super::course::{Next, Ramp, RampState};
use super::elsewhere::RampElsewhere;
use super::store::RampStore;
use super::wish::{RampError, Wish};
use crate::control::{Answer, Command, Controller, Order, Target as CommandTarget};
use crate::live::{Author, Snapshot};
use crate::load::Reading;
use crate::table::{Target, is_member};

/// How often the guards look.
const LOOK: Duration = Duration::from_millis(200);
/// How long a step may take to be live before the ramp is taken for lost.
const SETTLE: Duration = Duration::from_secs(30);
/// How many ramps that have ended are still told of.
const ENDED: usize = 20;

/// Drives ramps, one a model.
#[derive(Debug)]
pub struct Ramps {
    pub(super) controller: Arc<Controller>,
    store: Option<RampStore>,
    pub(super) courses: Mutex<BTreeMap<String, Course>>,
    /// What other replicas drive.
    pub(super) elsewhere: std::sync::Mutex<Vec<RampElsewhere>>,
}

/// A ramp at its present step.
#[derive(Debug, Clone)]
pub(super) struct Course {
    pub(super) ramp: Ramp,
    /// Whether the step has been seen to serve.
    settled: bool,
    /// When the step began, and what both sides had done by then.
    since: Instant,
    new: Reading,
    old: Reading,
}

/// What both sides of a ramp do in a snapshot.
pub(super) struct Sides {
    new: Reading,
    old: Reading,
    /// The new target's share, from 0 to 1.
    pub(super) share: f64,
}

// === impl Ramps ===

impl Ramps {
    /// Takes up the ramps that a restart interrupted, which are kept in this folder. Blocks on the
    /// disk.
    #[must_use]
    pub fn new(controller: Arc<Controller>, folder: Option<&Path>) -> Self {
        let store = folder.map(RampStore::new);
        let kept = store.as_ref().map(RampStore::load).unwrap_or_default();
        let snapshot = controller.live.load();
        let courses = kept.into_iter().map(|ramp| (ramp.model.clone(), Course::at(ramp, &snapshot)));
        Self {
            controller,
            store,
            courses: Mutex::new(courses.collect()),
            elsewhere: std::sync::Mutex::default(),
        }
    }

    /// Begins a ramp with its first step. A model that goes to the new target already stays there.
    pub async fn start(&self, wish: Wish, order: &Order) -> Result<Answer, RampError> {
        let steps = steps(wish.steps)?;
        let mut courses = self.courses.lock().await;
        let (model, before) = self.controller.points_to(&wish.model).await?;
        if let Some(course) = courses.get(&model).filter(|course| course.ramp.is_alive()) {
            return Err(RampError::Already { told: course.ramp.told(), model });
        }
        self.refuse_if_elsewhere(&model)?;
        if before.iter().all(|(name, _)| *name == wish.new) {
            // It has everything already: the command finds nothing to do and says so.
            let there = Command::Switch { model, to: CommandTarget::One(wish.new), if_current: None };
            return Ok(self.controller.run(&there, order).await?);
        }
        let ramp = Ramp {
            model: model.clone(),
            new: wish.new,
            before,
            steps,
            every_ms: u64::try_from(wish.every.as_millis()).unwrap_or(u64::MAX),
            guards: wish.guards,
            least: wish.least,
            step: 0,
            state: RampState::Running,
            by: order.author.who.clone(),
            why: order.author.why.clone(),
        };
        let answer = self.controller.run(&ramp.command(), &told(order, &ramp.told())).await?;
        if !order.dry_run {
            let course = Course::at(ramp.clone(), &self.controller.live.load());
            courses.insert(model, Course { settled: !answer.pending, ..course });
            self.keep(&courses).await;
        }
        Ok(answer)
    }

    /// Gives the new target everything now.
    pub async fn promote(&self, model: &str, order: &Order) -> Result<Answer, RampError> {
        self.end(model, order, "promoted", |ramp| {
            ramp.step = ramp.steps.len() - 1;
            (ramp.command(), RampState::Done)
        })
        .await
    }

    /// Goes back to what the model pointed to before.
    pub async fn abort(&self, model: &str, order: &Order) -> Result<Answer, RampError> {
        let by = order.author.who.clone();
        let reason = order
            .author
            .why
            .clone()
            .map_or_else(|| format!("aborted by {by}"), |why| format!("aborted by {by}: {why}"));
        self.end(model, order, "aborted", |ramp| (ramp.back(), RampState::RolledBack(reason))).await
    }

    /// Holds a ramp at its step, or lets it go on.
    pub async fn pause(&self, model: &str, paused: bool) -> Result<Ramp, RampError> {
        let mut courses = self.courses.lock().await;
        let course = self.alive(&mut courses, model)?;
        course.ramp.state = if paused { RampState::Paused } else { RampState::Running };
        course.since = Instant::now();
        let ramp = course.ramp.clone();
        self.keep(&courses).await;
        Ok(ramp)
    }

    /// Returns all ramps, those that have ended included.
    pub async fn list(&self) -> Vec<Ramp> {
        self.courses.lock().await.values().map(|course| course.ramp.clone()).collect()
    }

    /// Drives all ramps until told to stop.
    pub async fn run(self: Arc<Self>, stop: CancellationToken) {
        let mut tick = interval(LOOK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while stop.run_until_cancelled(tick.tick()).await.is_some() {
            self.drive().await;
        }
    }

    async fn end(
        &self,
        model: &str,
        order: &Order,
        how: &str,
        change: impl FnOnce(&mut Ramp) -> (Command, RampState),
    ) -> Result<Answer, RampError> {
        let mut courses = self.courses.lock().await;
        let course = self.alive(&mut courses, model)?;
        let mut ramp = course.ramp.clone();
        let (command, state) = change(&mut ramp);
        let answer = self.controller.run(&command, &told(order, how)).await?;
        if !order.dry_run {
            course.ramp = Ramp { state, ..ramp };
            self.keep(&courses).await;
        }
        Ok(answer)
    }

    async fn drive(&self) {
        let mut courses = self.courses.lock().await;
        let mut moved = false;
        for course in courses.values_mut().filter(|course| course.ramp.is_alive()) {
            moved |= self.drive_one(course).await;
        }
        if moved {
            self.keep(&courses).await;
        }
    }

    /// Looks at one ramp; tells whether it has moved.
    async fn drive_one(&self, course: &mut Course) -> bool {
        let snapshot = self.controller.live.load();
        let sides = Sides::of(&snapshot, &course.ramp);
        let expected = f64::from(course.ramp.percent()) / 100.0;
        let is_so = sides.as_ref().is_some_and(|sides| (sides.share - expected).abs() < 0.001);
        let Some(sides) = sides.filter(|_| is_so) else {
            // A step that was written may take its time to be live; one that was live and isn't any
            // more was undone by somebody.
            if !course.settled && course.since.elapsed() < SETTLE {
                return false;
            }
            let model = &course.ramp.model;
            tracing::warn!(model, "the ramp of `{model}` has ended: somebody else has changed the model");
            course.ramp.state = RampState::Ended("somebody else has changed the model".to_owned());
            return true;
        };
        course.settled = true;
        let (new, old) = (sides.new.since(&course.new), sides.old.since(&course.old));
        match course.ramp.next(&new, &old, course.since.elapsed()) {
            Next::Stay => false,
            Next::Step => self.step(course).await,
            Next::RollBack(reason) => self.roll_back(course, reason).await,
        }
    }

    async fn step(&self, course: &mut Course) -> bool {
        if course.ramp.percent() >= 100 {
            course.ramp.state = RampState::Done;
            tracing::info!(
                model = course.ramp.model,
                "`{}` goes to `{}` now; the ramp is over",
                course.ramp.model,
                course.ramp.new
            );
            return true;
        }
        let next = Ramp { step: course.ramp.step + 1, ..course.ramp.clone() };
        self.carry_out(course, next.command(), next).await
    }

    async fn roll_back(&self, course: &mut Course, reason: String) -> bool {
        tracing::warn!(model = course.ramp.model, "the ramp of `{}` goes back: {reason}", course.ramp.model);
        let next = Ramp { state: RampState::RolledBack(reason), ..course.ramp.clone() };
        self.carry_out(course, course.ramp.back(), next).await
    }

    async fn carry_out(&self, course: &mut Course, command: Command, next: Ramp) -> bool {
        let why = match &next.state {
            RampState::RolledBack(reason) => format!("rolled back: {reason}"),
            _ => next.told(),
        };
        let author = Author { who: next.by.clone(), how: "ramp".to_owned(), why: Some(why) };
        // It is tried again several times a second, which is no news for the audit.
        match self.controller.attempt(&command, &Order::of(author)).await {
            Ok(answer) => {
                let begun = Course::at(next, &self.controller.live.load());
                *course = Course { settled: !answer.pending, ..begun };
                true
            }
            Err(error) => {
                // The next look tries again; what stands in the way may go.
                tracing::warn!(model = course.ramp.model, %error, "a step of the ramp could not be taken");
                false
            }
        }
    }

    fn alive<'c>(
        &self,
        courses: &'c mut BTreeMap<String, Course>,
        model: &str,
    ) -> Result<&'c mut Course, RampError> {
        let Some(course) = courses.get_mut(model).filter(|course| course.ramp.is_alive()) else {
            self.refuse_if_elsewhere(model)?;
            return Err(RampError::None { model: model.to_owned() });
        };
        Ok(course)
    }

    pub(super) async fn keep(&self, courses: &BTreeMap<String, Course>) {
        let Some(store) = self.store.clone() else { return };
        let ramps = courses.values().map(|course| course.ramp.clone());
        let (mut kept, ended): (Vec<Ramp>, Vec<Ramp>) = ramps.partition(Ramp::is_alive);
        kept.extend(ended.into_iter().rev().take(ENDED));
        let saved = tokio::task::spawn_blocking(move || store.save(&kept)).await;
        if let Ok(Err(error)) = saved {
            tracing::warn!(%error, "the ramps could not be kept; they go on, but not over a restart");
        }
    }
}

// === impl Course ===

impl Course {
    pub(super) fn at(ramp: Ramp, snapshot: &Snapshot) -> Self {
        let (new, old) = Sides::of(snapshot, &ramp).map(|sides| (sides.new, sides.old)).unwrap_or_default();
        Self { ramp, settled: false, since: Instant::now(), new, old }
    }
}

// === impl Sides ===

impl Sides {
    pub(super) fn of(snapshot: &Snapshot, ramp: &Ramp) -> Option<Self> {
        let found = snapshot.table.find(Some(&ramp.model))?;
        let targets = &found.route.tiers[0].targets;
        let name = |target: &Target| snapshot.table.backend(target.backend).name.as_str();
        let is_new = |target: &&Target| is_member(name(target), &ramp.new);
        let weight = |targets: &[&Target]| targets.iter().map(|target| f64::from(target.weight)).sum::<f64>();
        let (new, old): (Vec<&Target>, Vec<&Target>) = targets.iter().partition(is_new);
        let share = weight(&new) / (weight(&new) + weight(&old));
        // At the last step the old targets are no longer there to be counted.
        let read = |targets: &[&Target]| {
            let readings = targets.iter().map(|target| snapshot.upstream(target.backend).tally.read());
            readings.fold(Reading::default(), |sum, reading| sum.with(&reading))
        };
        Some(Self { new: read(&new), old: read(&old), share })
    }
}

fn steps(mut steps: Vec<u32>) -> Result<Vec<u32>, RampError> {
    if steps.last() != Some(&100) {
        steps.push(100);
    }
    let rising = steps.windows(2).all(|pair| pair[0] < pair[1]);
    if rising && steps[0] > 0 && steps.len() <= 100 { Ok(steps) } else { Err(RampError::Steps) }
}

/// The same order with what it does to a ramp in its reason.
fn told(order: &Order, what: &str) -> Order {
    let why = order.author.why.as_ref().map_or_else(|| what.to_owned(), |why| format!("{what}: {why}"));
    let author = Author { how: "ramp".to_owned(), why: Some(why), ..order.author.clone() };
    Order { author, ..order.clone() }
}
