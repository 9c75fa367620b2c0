//! What can't be a port's certificate is told before anything serves.

use serde_json::Value;

use super::{Authority, Issued};
use crate::binary::Home;

const TABLE: &str = "models: {m: echo://m}\nserver: {tls: {cert: tls/cert.pem, key: tls/key.pem}}\n";

fn home(pair: &Issued) -> Home {
    let home = Home::new();
    std::fs::create_dir_all(home.path().join("conf/tls")).unwrap();
    home.write("conf/routes.yaml", TABLE);
    home.write("conf/tls/cert.pem", &pair.cert);
    home.write("conf/tls/key.pem", &pair.key);
    home
}

#[test]
fn each_fault_of_a_file_is_told_with_what_to_do() {
    let authority = Authority::new("ports");
    let (pair, other) = (authority.issue_here("localhost"), authority.issue_here("localhost"));
    let good = home(&pair).run(&["check", "conf/routes.yaml"]);
    assert_eq!(good.code, 0, "{}", good.stderr);

    let encrypted = pair.key.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY");
    let faults: [(&str, Option<&str>, &str); 8] = [
        ("cert.pem", None, "`server.tls.cert`: conf/tls/cert.pem does not exist"),
        ("cert.pem", Some(""), "has no certificate in it"),
        ("cert.pem", Some(&pair.key), "has no certificate in it"),
        ("cert.pem", Some(&pair.cert[..200]), "holds no usable certificate"),
        ("key.pem", Some(&pair.cert), "`server.tls.key`: conf/tls/key.pem has no private key in it"),
        ("key.pem", Some(&encrypted), "is encrypted"),
        ("key.pem", Some(&other.key), "is not the key of the certificate in conf/tls/cert.pem"),
        ("key.pem", Some(&pair.key[..100]), "holds no usable private key"),
    ];
    for (file, text, told) in faults {
        let home = home(&pair);
        match text {
            Some(text) => home.write(&format!("conf/tls/{file}"), text),
            None => std::fs::remove_file(home.path().join("conf/tls").join(file)).unwrap(),
        }
        let check = home.run(&["check", "conf/routes.yaml"]);
        assert_eq!(check.code, 1, "{told}: {}", check.stderr);
        assert!(check.stderr.contains(told), "{told}: {}", check.stderr);
        assert!(check.stderr.contains("= help:"), "{told}: {}", check.stderr);
        let run =
            home.run(&["run", "-c", "conf/routes.yaml", "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"]);
        assert_eq!(run.code, 78, "{told}: {}", run.stderr);
        assert!(run.stderr.contains(told), "{told}: {}", run.stderr);
        let json: Value =
            serde_json::from_str(&home.run(&["check", "--json", "conf/routes.yaml"]).stdout).unwrap();
        assert_eq!((json["ok"].as_bool(), json["problems"][0]["code"].as_str()), (Some(false), Some("E125")));
        for key in [&pair.key, &other.key] {
            assert!(!check.stderr.contains(key.lines().nth(1).unwrap()), "a key was shown");
        }
    }
}
