//! Writes `tls` so that it reads back the same. The files stay where they are.

use serde_yaml::{Mapping, Value};

use crate::table::Tls;

use super::print::{name, word};

pub(super) fn tls(tls: &Tls) -> Value {
    let mut fields = Mapping::new();
    fields.extend(tls.ca.as_ref().map(|ca| (word("ca"), name(ca.path()))));
    if let Some(client) = &tls.client {
        let [cert, key] = client.paths();
        fields.extend([(word("cert"), name(cert)), (word("key"), name(key))]);
    }
    if !tls.http2 {
        fields.insert(word("http2"), Value::Bool(false));
    }
    Value::Mapping(fields)
}
