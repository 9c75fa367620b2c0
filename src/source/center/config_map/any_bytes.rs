//! What holds for any answer of a Kubernetes API server.

use std::sync::LazyLock;

use super::ConfigMap;
use super::messages::{Event, List};
use crate::config::Format;
use crate::source::center::any_bytes::{self, address, told};
use crate::source::center::{Answer, CenterError, Fetched, Revision};

static CENTER: LazyLock<ConfigMap> = LazyLock::new(|| {
    ConfigMap::new(address("configmap://space/name/routes.yaml")).expect("it needs no server yet")
});

/// Reads an answer as each of those that it might be.
pub(in crate::source::center) fn answer(answer: &Answer) {
    if let Some(mut object) = told(CENTER.object_in(answer)) {
        let content = CENTER.content(&object);
        let revision = Revision::opaque("");
        let document = content.map(|content| Fetched { content, format: Format::Routes, revision });
        any_bytes::fetched(document, answer.body.len());
        if told(CENTER.fill(&mut object, "models: {}")).is_some() {
            assert_eq!(CENTER.content(&object), Ok("models: {}".into()), "what is put in is there");
        }
    }
    told(answer.json::<List>());
    if let Some(event) = told(answer.json::<Event>()) {
        let _facts = (event.version().len(), event.is_gone());
        told(Err::<(), CenterError>(CENTER.api.ended(event.words())));
    }
}
