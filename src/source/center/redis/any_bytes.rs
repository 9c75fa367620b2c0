//! What holds for any bytes of a Redis server.

use super::login::Login;
use super::resp::{self, Reply};
use crate::source::center::any_bytes::{address, taken, told};

/// Reads replies as a connection does; what a server says of itself is told as a fault.
pub(in crate::source::center) fn replies(bytes: &[u8]) {
    let login = Login::of(&address("redis://user:secret@h/key")).expect("the address names a login");
    for reply in taken(bytes, resp::take) {
        if let Reply::Error(words) = reply {
            let fault = login.fault(&words);
            assert!(!fault.to_string().contains("secret"));
            told(Err::<(), _>(fault));
        }
    }
}
