//! Whether a connection serves several requests.

use super::finding::{Finding, Point};
use super::report::{FURTHER, Subject};
use crate::probe::asker::Asker;
use crate::table::Address;
use crate::upstream::IDLE_LIMIT;

pub(super) async fn keep_alive(subject: &Subject<'_>) -> Finding {
    let point = Point::KeepAlive;
    if matches!(subject.backend.address, Address::Echo(_)) {
        return Finding::unknown(point, "in this process, there is no connection");
    }
    let asker = Asker::new(subject.backend);
    let question = subject.service.smallest(&subject.model);
    let mut patience = None;
    for _ in 0..2 {
        match asker.ask(&question, FURTHER).await {
            Ok(answer) => patience = answer.keeps_alive,
            Err(error) => return Finding::warning(point, error.to_string(), "requests fail now and then"),
        }
    }
    if asker.connections() > 1 {
        let means = "every request pays for a connection of its own, and for its encryption";
        return Finding::warning(point, "closes the connection after an answer", means);
    }
    match patience {
        Some(patience) if patience <= IDLE_LIMIT => Finding::warning(
            point,
            format!("closes idle connections after {patience:?}"),
            format!(
                "the router keeps them for {IDLE_LIMIT:?}; a request that meets a closed one is sent again on a fresh one"
            ),
        ),
        Some(patience) => Finding::ok(point, format!("yes, for {patience:?} without a request")),
        None => Finding::ok(point, "yes"),
    }
}
