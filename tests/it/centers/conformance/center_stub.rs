//! What the conformance checks need of a center, stub or real.

/// A center with one document in it.
pub(crate) trait CenterStub {
    /// The document's address, with the login.
    fn url(&self) -> String;

    /// Publishes a text, as the center's users do.
    async fn put(&self, text: &str);

    /// Deletes the document.
    async fn delete(&self);

    /// Dies, connections and all.
    async fn down(&self);

    /// Comes back on the same port, with what it held.
    async fn up(&self);

    /// What it holds.
    async fn current(&self) -> Option<String>;

    /// Publishes many texts, one after the other.
    async fn put_all(&self, texts: &[String]) {
        for text in texts {
            self.put(text).await;
        }
    }

    /// Has all logins and sessions run out. False if this center has none.
    async fn expire_logins(&self) -> bool {
        false
    }

    /// Goes back to an earlier revision, with this text if it can choose. False if its revisions don't count.
    async fn step_back(&self, _text: &str) -> bool {
        false
    }

    /// Has reads lag behind the next change. False if they can't, or nothing could tell.
    async fn lag(&self) -> bool {
        false
    }

    /// Whether a document of 50 MB can be put into it.
    fn takes_anything(&self) -> bool {
        true
    }

    /// Whether a document of nothing but blanks can be put into it.
    fn takes_blank(&self) -> bool {
        true
    }

    /// Whether a replacement is one step, which no other write can come into.
    fn replaces_atomically(&self) -> bool {
        true
    }

    /// Takes down a figure that a check found.
    fn note(&self, _figure: &str) {}

    /// Whether `put` works while the center is down, unseen by those who look for it.
    fn is_written_while_down(&self) -> bool {
        true
    }

    /// How long it stays away in a check of that.
    fn absence(&self) -> std::time::Duration {
        std::time::Duration::from_millis(1200)
    }
}
