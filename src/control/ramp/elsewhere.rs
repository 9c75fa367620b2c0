//! Ramps that other replicas drive, and whose they are when those are gone.

use std::sync::PoisonError;

use super::course::Ramp;
use super::ramps::{Course, Ramps, Sides};
use super::wish::RampError;
use crate::live::Snapshot;

/// A ramp that another replica drives.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct RampElsewhere {
    /// Where clients reach that replica.
    pub at: String,
    /// The ramp, as it was told last.
    #[serde(flatten)]
    pub ramp: Ramp,
}

impl Ramps {
    /// Returns the ramps that this replica drives.
    pub async fn driven(&self) -> Vec<Ramp> {
        let courses = self.courses.lock().await;
        courses.values().map(|course| &course.ramp).filter(|ramp| ramp.is_alive()).cloned().collect()
    }

    /// Returns the ramps that others drive, as they told last.
    #[must_use]
    pub fn elsewhere(&self) -> Vec<RampElsewhere> {
        self.elsewhere.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Hears what others drive; beside each, whether its replica goes before this one. Of two that
    /// drive the same ramp, the one who is further keeps it, else who goes first.
    pub async fn hear(&self, others: Vec<(RampElsewhere, bool)>) {
        {
            let mut courses = self.courses.lock().await;
            let before = courses.len();
            courses.retain(|model, course| {
                let twin = others.iter().find(|(other, _)| other.ramp.model == *model);
                !twin.is_some_and(|(other, goes_first)| {
                    course.ramp.is_alive()
                        && (other.ramp.step, *goes_first) > (course.ramp.step, !*goes_first)
                })
            });
            if courses.len() != before {
                self.keep(&courses).await;
            }
        }
        let told = others.into_iter().map(|(other, _)| other).collect();
        *self.elsewhere.lock().unwrap_or_else(PoisonError::into_inner) = told;
    }

    /// Goes on with a ramp whose replica is gone. The step is where the table stands, which may be
    /// further than what was told last.
    pub async fn take_up(&self, mut ramp: Ramp) {
        let mut courses = self.courses.lock().await;
        if courses.get(&ramp.model).is_some_and(|course| course.ramp.is_alive()) {
            return;
        }
        let snapshot = self.controller.live.load();
        ramp.step = step_of(&ramp, &snapshot).unwrap_or(ramp.step);
        tracing::info!(model = ramp.model, "going on with the ramp of `{}`: {}", ramp.model, ramp.told());
        courses.insert(ramp.model.clone(), Course::at(ramp, &snapshot));
        self.keep(&courses).await;
    }

    /// Refuses what another replica has to be asked for.
    pub(super) fn refuse_if_elsewhere(&self, model: &str) -> Result<(), RampError> {
        let elsewhere = self.elsewhere();
        let found = elsewhere.into_iter().find(|other| other.ramp.model == model);
        found.map_or(Ok(()), |RampElsewhere { at, ramp }| {
            Err(RampError::Elsewhere { model: model.to_owned(), at, told: ramp.told() })
        })
    }
}

/// Finds the step that a table has reached, if it is at one.
fn step_of(ramp: &Ramp, snapshot: &Snapshot) -> Option<usize> {
    let share = Sides::of(snapshot, ramp)?.share;
    let is_at = |percent: &u32| (f64::from(*percent) / 100.0 - share).abs() < 0.001;
    ramp.steps.iter().position(is_at)
}
