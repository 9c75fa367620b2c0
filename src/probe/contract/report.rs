//! All points of one backend.

use std::time::Duration;

use serde::Serialize;

use super::finding::{Finding, Point, Verdict};
use super::{cancel, lists, refusals, reuse, stream, usage};
use crate::probe::asker::{Asker, Question};
use crate::probe::target::serves;
use crate::probe::{Reached, Service};
use crate::table::Backend;

/// How long the first answer may take; a model may have to be loaded for it.
const FIRST: Duration = Duration::from_secs(120);

/// How long every further answer may take.
pub(super) const FURTHER: Duration = Duration::from_secs(30);

/// What was found on one backend.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The model that it was asked for.
    pub model: String,
    /// What the server calls itself.
    pub server: Option<String>,
    /// Every point that was looked at, in the order of [`Point`].
    pub findings: Vec<Finding>,
}

/// A backend under test.
pub(super) struct Subject<'b> {
    pub(super) backend: &'b Backend,
    pub(super) asker: Asker<'b>,
    pub(super) model: String,
    pub(super) service: Service,
}

/// Puts a backend to the test with about ten small requests. `models` are the names that it is
/// asked for; the first is used, or the first that it lists where there is none.
pub async fn contract(backend: &Backend, models: &[&str]) -> Report {
    let asker = Asker::new(backend);
    let listed = asker.ask(&Question::get("/models"), FURTHER).await;
    let reached = match &listed {
        Ok(answer) => Reached::from(answer),
        Err(_) => Reached::NoList(http::StatusCode::NOT_FOUND),
    };
    let model = models.first().map(|&model| model.to_owned());
    let model = model.or_else(|| reached.models().first().cloned()).unwrap_or_else(|| "default".to_owned());
    let report = |server: Option<String>, findings| Report { model: model.clone(), server, findings };
    let listed = match listed {
        Ok(listed) => listed,
        Err(error) => {
            let means = "every request to it fails, and goes to the next backend if there is one";
            return report(None, vec![Finding::fault(Point::Models, error.to_string(), means)]);
        }
    };
    let (service, answer) = match serves(&asker, &model, reached.models(), FIRST).await {
        Ok(served) => served,
        Err(error) => {
            let refused =
                Finding::fault(Point::Answer, error.to_string(), "requests for this model fail here");
            return report(listed.server, vec![lists::models(&reached, models, true), refused]);
        }
    };
    let server = listed.server.clone().or_else(|| answer.server.clone());
    let subject = Subject { backend, asker, model: model.clone(), service };
    let unknown_model = refusals::unknown_model(&subject).await;
    let models = lists::models(&reached, models, refusals::heeds_names(&unknown_model));
    let mut findings = vec![models, answered(&subject), usage::whole(&subject, &answer), unknown_model];
    if service == Service::Chat {
        findings.extend(of_chat(&subject).await);
    }
    findings.push(reuse::keep_alive(&subject).await);
    findings.push(lists::context(&subject, &listed).await);
    findings.sort_by_key(|finding| finding.point);
    report(server, findings)
}

async fn of_chat(subject: &Subject<'_>) -> Vec<Finding> {
    let streamed = stream::stream(subject).await;
    let streams = streamed.verdict != Verdict::Fault;
    let mut findings = vec![streamed, refusals::bad_request(subject).await];
    if streams {
        findings.push(usage::streamed(subject).await);
        findings.push(cancel::cancel(subject).await);
    }
    findings
}

fn answered(subject: &Subject<'_>) -> Finding {
    match subject.service {
        Service::Chat => Finding::ok(Point::Answer, "chat"),
        other => Finding::ok(Point::Answer, format!("{other}, no chat")),
    }
}

// === impl Report ===

impl Report {
    /// Returns how many points have this verdict.
    #[must_use]
    pub fn count(&self, verdict: Verdict) -> usize {
        self.findings.iter().filter(|finding| finding.verdict == verdict).count()
    }
}
