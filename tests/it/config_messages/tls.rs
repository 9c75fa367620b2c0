//! `tls` of a backend, and what is said where its files are of no use.

use bytes::Bytes;
use patchbay::config::{Built, Document, Format, Needs, Problems, ServerSettings, Vars, build, to_yaml};

use super::{document, refused, routes};
use crate::authority::Authority;

/// Builds a table with these files beside it.
fn with_files(yaml: &str, files: &[(&str, &str)]) -> Result<Built, Problems> {
    let secrets =
        files.iter().map(|(name, text)| document(name, Format::Secret, Bytes::from((*text).to_owned())));
    let documents: Vec<Document> = std::iter::once(routes(yaml)).chain(secrets).collect();
    build(&documents, &Vars::new())
}

#[test]
fn values_that_make_no_sense_are_told() {
    insta::assert_snapshot!(refused(r#"
        backends:
          a: {url: https://a, tls: {ca: gone.pem}}
          b: {url: https://b, tls: {cert: gone.pem}}
          c: {url: https://c, tls: {key: gone.key}}
          d: {url: https://d, tls: {ca: "${file:ca.pem}"}}
          e: {url: https://e, tls: {ca: "-----BEGIN CERTIFICATE-----"}}
          f: {url: https://f, tls: on}
          g: {url: https://g, tls: {http2: maybe, verify: false}}
        models: {m: a}
    "#), @r##"
    error[E114]: can't read `gone.pem`
      --> routes.yaml:2:33
       |
     2 |   a: {url: https://a, tls: {ca: gone.pem}}
       |                                 ^^^^^^^^
       = help: is it there, and may this user read it?

    error[E123]: `tls.cert` has no `key`
      --> routes.yaml:3:35
       |
     3 |   b: {url: https://b, tls: {cert: gone.pem}}
       |                                   ^^^^^^^^
       = help: add `key: FILE` below `tls`

    error[E123]: `tls.key` has no `cert`
      --> routes.yaml:4:34
       |
     4 |   c: {url: https://c, tls: {key: gone.key}}
       |                                  ^^^^^^^^
       = help: add `cert: FILE` below `tls`

    error[E106]: `tls.ca` names its file by a `${…}`
      --> routes.yaml:5:33
       |
     5 |   d: {url: https://d, tls: {ca: "${file:ca.pem}"}}
       |                                 ^^^^^^^^^^^^^^^^
       = help: write the file's path itself; `${…}` is not filled in here

    error[E106]: `tls.ca` is the text of a file
      --> routes.yaml:6:33
       |
     6 |   e: {url: https://e, tls: {ca: "-----BEGIN CERTIFICATE-----"}}
       |                                 ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
       = help: write the file's path itself; `${…}` is not filled in here

    error[E105]: `tls` must be a map, this is a text
      --> routes.yaml:7:28
       |
     7 |   f: {url: https://f, tls: on}
       |                            ^^

    error[E106]: `maybe` is no value for `tls.http2`
      --> routes.yaml:8:36
       |
     8 |   g: {url: https://g, tls: {http2: maybe, verify: false}}
       |                                    ^^^^^
       = help: write `true` or `false`

    error[E103]: `tls` has no key `verify`
      --> routes.yaml:8:43
       |
     8 |   g: {url: https://g, tls: {http2: maybe, verify: false}}
       |                                           ^^^^^^
       = help: its keys: ca, cert, key, http2
    "##);
}

#[test]
fn files_without_what_is_wanted_are_told() {
    let (one, other) = (Authority::new("x").issue("x"), Authority::new("y").issue("y"));
    let yaml = "
        backends:
          a: {url: https://a, tls: {ca: note.txt}}
          b: {url: https://b, tls: {cert: note.txt, key: one.key}}
          c: {url: https://c, tls: {cert: one.pem, key: note.txt}}
          d: {url: https://d, tls: {cert: one.pem, key: other.key}}
          e: {url: https://e, tls: {cert: one.pem, key: locked.key}}
          f: {url: https://f, tls: {ca: half.pem}}
        models: {m: a}
    ";
    let half = &one.cert[..one.cert.len() / 2];
    let locked = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n";
    let files = [
        ("note.txt", "a note"),
        ("one.pem", one.cert.as_str()),
        ("one.key", &one.key),
        ("other.key", &other.key),
        ("locked.key", locked),
        ("half.pem", half),
    ];
    insta::assert_snapshot!(with_files(yaml, &files).unwrap_err().to_string(), @r##"
    error[E106]: `note.txt` has no certificate in it
      --> routes.yaml:2:33
       |
     2 |   a: {url: https://a, tls: {ca: note.txt}}
       |                                 ^^^^^^^^
       = help: a PEM file with `-----BEGIN CERTIFICATE-----` is wanted, the own one before its authorities'

    error[E106]: `note.txt` has no certificate in it
      --> routes.yaml:3:35
       |
     3 |   b: {url: https://b, tls: {cert: note.txt, key: one.key}}
       |                                   ^^^^^^^^
       = help: a PEM file with `-----BEGIN CERTIFICATE-----` is wanted, the own one before its authorities'

    error[E106]: `note.txt` has no private key in it
      --> routes.yaml:4:49
       |
     4 |   c: {url: https://c, tls: {cert: one.pem, key: note.txt}}
       |                                                 ^^^^^^^^
       = help: a PEM file with `-----BEGIN PRIVATE KEY-----` is wanted

    error[E106]: `other.key` is not the key of the certificate in one.pem
      --> routes.yaml:5:49
       |
     5 |   d: {url: https://d, tls: {cert: one.pem, key: other.key}}
       |                                                 ^^^^^^^^^
       = help: write the two files that were made together; they are read again when either changes

    error[E106]: `locked.key` is encrypted, and nobody is there to give its password
      --> routes.yaml:6:49
       |
     6 |   e: {url: https://e, tls: {cert: one.pem, key: locked.key}}
       |                                                 ^^^^^^^^^^
       = help: decrypt it: openssl pkey -in FILE -out PLAIN, readable for this user only

    error[E106]: `half.pem` holds no usable certificate: its END line is missing
      --> routes.yaml:7:33
       |
     7 |   f: {url: https://f, tls: {ca: half.pem}}
       |                                 ^^^^^^^^
       = help: is it written to its end? openssl x509 -in FILE -noout -text
    "##);
}

#[test]
fn tls_is_for_https_only() {
    let authority = Authority::new("x").pem();
    let yaml = r#"
        backends:
          a: {url: http://a:1, tls: {ca: ca.pem}}
          b: {url: "https://b, http://c", tls: {http2: false}}
          d: {url: echo://d, tls: {ca: ca.pem}}
        models: {m: a}
    "#;
    insta::assert_snapshot!(with_files(yaml, &[("ca.pem", &authority)]).unwrap_err().to_string(), @r##"
    error[E106]: `tls` is for https, and `http://a:1/v1` is not encrypted
      --> routes.yaml:2:29
       |
     2 |   a: {url: http://a:1, tls: {ca: ca.pem}}
       |                             ^
       = help: write https:// in `url`, or remove `tls`

    error[E106]: `tls` is for https, and `http://c/v1` is not encrypted
      --> routes.yaml:3:40
       |
     3 |   b: {url: "https://b, http://c", tls: {http2: false}}
       |                                        ^
       = help: write https:// in `url`, or remove `tls`

    error[E106]: `tls` is for https, and `echo://d` is not encrypted
      --> routes.yaml:4:27
       |
     4 |   d: {url: echo://d, tls: {ca: ca.pem}}
       |                           ^
       = help: write https:// in `url`, or remove `tls`
    "##);
}

#[test]
fn a_private_key_shows_nowhere() {
    let issued = Authority::new("x").issue("x");
    let pasted = issued.key.replace('\n', "\\n");
    let text = refused(&format!(
        "backends: {{a: {{url: https://a, tls: {{cert: c, key: \"{pasted}\"}}}}}}\nmodels: {{m: a}}\n"
    ));
    let inside = issued.key.lines().nth(1).unwrap();
    assert!(text.contains("`tls.key` is the text of a file") && !text.contains(&inside[..16]), "{text}");
    let yaml = "backends: {a: {url: https://a, tls: {cert: c, key: k}}}\nmodels: {m: a}\n";
    let built = with_files(yaml, &[("c", &issued.cert), ("k", &issued.key)]).unwrap();
    let debug = format!("{built:?}") + &to_yaml(&built.table, &built.server);
    assert!(!debug.contains(&inside[..16]) && debug.contains("\"k\""), "{debug}");
}

#[test]
fn what_files_hold_makes_a_backend_and_not_what_they_are_called() {
    let (one, other) = (Authority::new("x").pem(), Authority::new("y").pem());
    let yaml =
        |name: &str| format!("backends: {{a: {{url: https://a, tls: {{ca: {name}}}}}}}\nmodels: {{m: a}}\n");
    let digest =
        |name: &str, text: &str| with_files(&yaml(name), &[(name, text)]).unwrap().table.digest().to_owned();
    assert_eq!(digest("a.pem", &one), digest("b.pem", &one));
    assert_ne!(digest("a.pem", &one), digest("a.pem", &other));
    let plain = super::built("backends: {a: https://a}\nmodels: {m: a}\n").unwrap();
    assert_ne!(digest("a.pem", &one), plain.table.digest());
}

#[test]
fn a_printed_table_names_the_same_files() {
    let issued = Authority::new("x").issue("x");
    let files = [("$c.pem", issued.cert.as_str()), ("c.key", &issued.key)];
    let yaml = "backends: {a: {url: https://a, tls: {ca: $c.pem, cert: $c.pem, key: c.key, http2: false}}}\nmodels: {m: a}\n";
    let first = with_files(yaml, &files).unwrap().table;
    let printed = to_yaml(&first, &ServerSettings::default());
    let second = with_files(&printed, &files).unwrap().table;
    assert_eq!(first.digest(), second.digest(), "{printed}");
}

#[test]
fn the_files_are_among_what_a_document_needs() {
    let yaml = r#"
        backends:
          a: {url: https://a, key: "${file:secret}", tls: {ca: ca.pem, cert: c.pem, key: c.key}}
          b: {url: https://b, tls: {ca: ca.pem}}
          c: {url: https://c, tls: {ca: "${HOME}/x", cert: ""}}
          d: {url: https://d, tls: [ca]}
          e: https://e
        models: {m: a}
    "#;
    assert_eq!(Needs::of(&routes(yaml)).files, ["secret", "ca.pem", "c.pem", "c.key"]);
}
