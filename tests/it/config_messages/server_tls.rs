//! What is said of the files that make a port speak TLS.

use super::refused;

#[test]
fn both_files_are_named_and_nothing_else() {
    insta::assert_snapshot!(refused(r"
        models: {m: echo://m}
        server:
          tls: {cert: a.pem, client_ca: b.pem}
          admin_tls: {key: ''}
    "), @r"
    error[E123]: `server.tls` has no `key`
      --> routes.yaml:3:8
       |
     3 |   tls: {cert: a.pem, client_ca: b.pem}
       |        ^
       = help: name the file of the certificate's private key: `key: tls/key.pem`

    error[E103]: `server.tls` has no key `client_ca`
      --> routes.yaml:3:22
       |
     3 |   tls: {cert: a.pem, client_ca: b.pem}
       |                      ^^^^^^^^^
       = help: its keys: cert, key

    error[E123]: `server.admin_tls` has no `cert`
      --> routes.yaml:4:14
       |
     4 |   admin_tls: {key: ''}
       |              ^
       = help: name the file of the certificate and its chain: `cert: tls/cert.pem`

    error[E106]: `server.admin_tls.key`: it names no file
      --> routes.yaml:4:20
       |
     4 |   admin_tls: {key: ''}
       |                    ^^
       = help: write the path of a PEM file; a relative one begins at this file's folder
    ");
}

#[test]
fn a_key_in_the_place_of_its_path_is_not_shown() {
    let told = refused(
        "models: {m: echo://m}\nserver:\n  tls:\n    cert: a.pem\n    key: |\n      -----BEGIN PRIVATE KEY-----\n      MIGHAgEAMBMGByq\n",
    );
    assert!(told.contains("this is what belongs into a file"), "{told}");
    assert!(!told.contains("MIGHAgEAMBMGByq"), "{told}");
}
