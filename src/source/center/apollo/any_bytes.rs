//! What holds for any answer of Apollo's config service.

use std::sync::LazyLock;

use super::Apollo;
use super::center::Release;
use super::notifications::{Heard, News};
use super::properties::dotenv_of;
use crate::config::{Document, Format, variables};
use crate::source::center::Answer;
use crate::source::center::any_bytes::{address, fetched, told};

static TEXT: LazyLock<Apollo> = LazyLock::new(|| {
    Apollo::new(address("apollo://h/app/default/routes.yaml")).expect("it needs no server yet")
});

static PROPERTIES: LazyLock<Apollo> = LazyLock::new(|| {
    Apollo::new(address("apollo://h/app/default/application")).expect("it needs no server yet")
});

/// Reads an answer as each of those that it might be.
pub(in crate::source::center) fn answer(answer: &Answer) {
    for center in [&*TEXT, &*PROPERTIES] {
        fetched(center.fetched(answer), answer.body.len());
    }
    if let Ok(release) = answer.json::<Release>() {
        means_the_same(&release);
    }
    let mut heard = Heard::default();
    if let Some(news) = told(TEXT.told(answer)) {
        let is_news = heard.take(news, "before") == News::Hint;
        assert_eq!(heard.look_again("before").is_some(), is_news);
        let _question = (heard.messages(), heard.question(&TEXT.place));
    }
}

/// Properties that are written as a `.env` are read as the same, or refused.
fn means_the_same(release: &Release) {
    let content = dotenv_of(&release.configurations).into();
    let document = Document { name: "application".to_owned(), format: Format::Dotenv, content };
    if let Ok(read) = variables(&document) {
        assert_eq!(read, release.configurations);
    }
}
