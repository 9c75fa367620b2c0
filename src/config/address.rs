//! `${…}` in the address of a config center.
//!
//! What is filled in is a value: it can't end the login, the path or a parameter that it stands
//! in, whatever its characters. So it is percent-encoded there, which whoever reads the address
//! takes back. Where servers stand, and before them, it may be any part of an address; and all of
//! a plain URL but its login is sent as it is written.

use super::values::{Filled, NoValue, Values};
use crate::table::percent_encoded;

/// Stands for a value, where only the address's own characters count.
const VALUE: &str = "\0";

/// Where values are only values.
struct Parts {
    begin: usize,
    servers: std::ops::Range<usize>,
    is_plain_url: bool,
}

/// Fills in an address.
pub(super) fn fill_address(values: &Values<'_>, text: &str) -> Result<Filled, NoValue> {
    let pieces = values.pieces(text)?;
    let written: String =
        pieces.iter().map(|piece| if piece.is_written { &piece.filled.text } else { VALUE }).collect();
    let parts = Parts::of(&written);
    let mut address = Filled::default();
    let mut at = 0;
    for mut piece in pieces {
        if piece.is_written {
            at += piece.filled.text.len();
        } else {
            if parts.as_ref().is_some_and(|parts| parts.is_value(at)) {
                piece.filled.text = percent_encoded(&piece.filled.text, b"");
            }
            at += VALUE.len();
        }
        address.push(&piece.filled);
    }
    Ok(address)
}

// === impl Parts ===

impl Parts {
    fn of(written: &str) -> Option<Self> {
        let (scheme, rest) = written.split_once("://")?;
        let begin = scheme.len() + "://".len();
        let place = rest.split('?').next().unwrap_or_default();
        let login = place.rfind('@').map_or(0, |at| at + 1);
        let servers = place[login..].find('/').unwrap_or(place.len() - login);
        let first = begin + login;
        let is_plain_url = matches!(scheme.trim(), "http" | "https");
        Some(Self { begin, servers: first..first + servers, is_plain_url })
    }

    fn is_value(&self, at: usize) -> bool {
        let in_login = at >= self.begin && at < self.servers.start;
        in_login || (at >= self.servers.end && !self.is_plain_url)
    }
}

#[cfg(test)]
mod tests {
    use super::fill_address;
    use crate::config::values::Values;

    #[test]
    fn a_value_stays_one_wherever_it_stands() {
        let vars = [("P", "a/b@c?d=%41&e:f"), ("HOSTS", "h1:1,h2:2"), ("URL", "etcd://h/k?x=1")];
        let vars = vars.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let encoded = "a%2Fb%40c%3Fd%3D%2541%26e%3Af";
        for (text, filled) in [
            ("etcd://u:${P}@${HOSTS}/k", format!("etcd://u:{encoded}@h1:1,h2:2/k")),
            ("etcd://h/${P}", format!("etcd://h/{encoded}")),
            ("apollo://h/a/b/c?secret=${P}", format!("apollo://h/a/b/c?secret={encoded}")),
            ("etcd://u:$$${NONE:-x/y}@h/k$", "etcd://u:%24x%2Fy@h/k$".to_owned()),
            (
                "https://u:${P}@h/${HOSTS}?t=${P}",
                format!("https://u:{encoded}@h/h1:1,h2:2?t=a/b@c?d=%41&e:f"),
            ),
            ("${URL}", "etcd://h/k?x=1".to_owned()),
            ("${NONE:-etcd}://h/k", "etcd://h/k".to_owned()),
            ("etcd://${HOSTS}", "etcd://h1:1,h2:2".to_owned()),
        ] {
            assert_eq!(fill_address(&Values::new(&vars), text).unwrap().text, filled, "{text}");
        }
    }
}
