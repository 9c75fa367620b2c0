//! What `${…}` stands for in a center's address is a value there, whatever its characters.

use patchbay::config::{Vars, fill_address};
use patchbay::source::center::CenterAddress;
use patchbay::table::Secret;
use proptest::prelude::*;

fn filled(source: &str, value: &str) -> CenterAddress {
    let vars = Vars::from([("VALUE".to_owned(), value.to_owned())]);
    CenterAddress::parse(&fill_address(source, &[], &vars).unwrap()).unwrap()
}

proptest! {
    #[test]
    fn a_password_a_path_and_a_parameter_are_what_the_variable_holds(value in "\\PC{1,30}|[?%@/:#&=+$,ü ]{1,9}") {
        let address = filled("etcd://u:${VALUE}@h1:1,h2:2/key", &value);
        prop_assert_eq!(address.password.as_ref().map(Secret::expose), Some(value.as_str()));
        prop_assert_eq!((address.user.as_deref(), address.servers.len()), (Some("u"), 2));
        prop_assert_eq!(address.path, "key");

        let address = filled("consul://h/a/${VALUE}?token=${VALUE}&dc=x", &value);
        prop_assert_eq!(address.path.strip_prefix("a/"), Some(value.as_str()));
        prop_assert_eq!(address.parameter("token"), Some(value.as_str()));
        prop_assert_eq!(address.parameter("dc"), Some("x"));
    }
}

#[test]
fn a_variable_may_hold_the_servers_or_all_of_the_address() {
    let whole = filled("${VALUE}", "etcd://u:p%40@h:1/key");
    assert_eq!((whole.password.unwrap().expose(), whole.path.as_str()), ("p@", "key"));
    assert_eq!(filled("etcd://${VALUE}/key", "h1:1,h2:2,h3").servers.len(), 3);
    let url = filled("https://h/${VALUE}", "a%2Fb?signature=x%3D");
    assert_eq!(url.path, "a%2Fb?signature=x%3D", "a plain URL is sent as it is written");
}
