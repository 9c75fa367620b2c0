//! What no table may do, however well it is written.

use super::refused;

#[test]
fn a_backend_that_is_the_router_itself_is_refused() {
    insta::assert_snapshot!(refused(r"
        models:
          a: http://localhost:9999/v1
          b: http://127.0.0.1:9998
          c: http://0.0.0.0:9999
    "), @r"
    error[E116]: backend `a` is this router itself
      --> routes.yaml:2:6
       |
     2 |   a: http://localhost:9999/v1
       |      ^^^^^^^^^^^^^^^^^^^^^^^^ the router listens on 127.0.0.1:9999
       = help: name the model server's own port

    error[E116]: backend `b` is this router itself
      --> routes.yaml:3:6
       |
     3 |   b: http://127.0.0.1:9998
       |      ^^^^^^^^^^^^^^^^^^^^^ the router listens on 127.0.0.1:9998
       = help: name the model server's own port

    error[E116]: backend `c` is this router itself
      --> routes.yaml:4:6
       |
     4 |   c: http://0.0.0.0:9999
       |      ^^^^^^^^^^^^^^^^^^^ the router listens on 127.0.0.1:9999
       = help: name the model server's own port
    ");

    insta::assert_snapshot!(refused(r"
        server: {listen: 0.0.0.0:8080}
        keys: [abc]
        models: {a: http://127.0.0.1:8080/v1}
    "), @r"
    error[E116]: backend `a` is this router itself
      --> routes.yaml:3:13
       |
     3 | models: {a: http://127.0.0.1:8080/v1}
       |             ^^^^^^^^^^^^^^^^^^^^^^^^ the router listens on 0.0.0.0:8080
       = help: name the model server's own port
    ");
}

#[test]
fn a_local_model_that_could_leave_is_refused_with_the_way() {
    insta::assert_snapshot!(refused(r"
        backends:
          house: http://10.0.0.1:8000
          cloud: {url: https://api.openai.com/v1, cloud: true}
        models:
          secret: {to: house, fallback: gpt-4o, local_only: true}
          gpt-4o: {to: house, fallback: cloud}
    "), @r"
    error[E117]: model `secret` is `local_only`, yet reaches a cloud backend
      --> routes.yaml:5:53
       |
     3 |   cloud: {url: https://api.openai.com/v1, cloud: true}
       |                                                  ---- `cloud` is in the cloud
     4 | models:
     5 |   secret: {to: house, fallback: gpt-4o, local_only: true}
       |                                                     ^^^^ promised here
       = help: the way: secret -> gpt-4o -> cloud
    ");
}

#[test]
fn a_port_open_to_strangers_is_refused_with_the_ways_out() {
    insta::assert_snapshot!(refused(r"
        server: {listen: 0.0.0.0:9999, admin: 0.0.0.0:9998}
        models: {a: echo://a}
    "), @r#"
    error[E118]: 0.0.0.0:9999 is open to everyone who can reach it
      --> routes.yaml:1:18
       |
     1 | server: {listen: 0.0.0.0:9999, admin: 0.0.0.0:9998}
       |                  ^^^^^^^^^^^^ off loopback, callers need keys
       = help: listen on 127.0.0.1:9999
       = help: or name who may call: `keys: ["${CALLER_KEY}"]`

    error[E118]: everyone who can reach the admin port could change the table
      --> routes.yaml:1:39
       |
     1 | server: {listen: 0.0.0.0:9999, admin: 0.0.0.0:9998}
       |                                       ^^^^^^^^^^^^ off loopback, it needs a token
       = help: say who may: `admin_token: "${PATCHBAY_ADMIN_TOKEN}"`, below `server`
       = help: or use 127.0.0.1:9998
    "#);

    insta::assert_snapshot!(refused(r"
        server: {listen: 127.0.0.1:9000, admin: 127.0.0.1:9000}
        models: {a: echo://a}
    "), @r"
    error[E106]: both ports would be 127.0.0.1:9000
      --> routes.yaml:1:41
       |
     1 | server: {listen: 127.0.0.1:9000, admin: 127.0.0.1:9000}
       |                                         ^^^^^^^^^^^^^^
       = help: `listen` and `admin` need ports of their own
    ");
}

#[test]
fn server_settings_are_checked() {
    insta::assert_snapshot!(refused(r"
        models: {a: echo://a}
        server:
          listen: example.com:80
          log: xml
          limits: {max_body: 64XB, connections: 0, in_flight: many}
          grace: 30
          watch: {mode: sometimes}
          port: 80
    "), @r"
    error[E106]: `example.com:80` is no value for `server.listen`
      --> routes.yaml:3:11
       |
     3 |   listen: example.com:80
       |           ^^^^^^^^^^^^^^
       = help: write IP:PORT, such as 127.0.0.1:9999

    error[E106]: `xml` is no value for `server.log`
      --> routes.yaml:4:8
       |
     4 |   log: xml
       |        ^^^
       = help: there are `text` and `json`

    error[E106]: `64XB` is no value for `server.limits.max_body`
      --> routes.yaml:5:22
       |
     5 |   limits: {max_body: 64XB, connections: 0, in_flight: many}
       |                      ^^^^
       = help: write a size such as 64MB

    error[E106]: `0` is no value for `server.limits.connections`
      --> routes.yaml:5:41
       |
     5 |   limits: {max_body: 64XB, connections: 0, in_flight: many}
       |                                         ^
       = help: write a whole number, 1 or more

    error[E106]: `many` is no value for `server.limits.in_flight`
      --> routes.yaml:5:55
       |
     5 |   limits: {max_body: 64XB, connections: 0, in_flight: many}
       |                                                       ^^^^
       = help: write a whole number, 1 or more

    error[E106]: `30` is no value for `server.grace`
      --> routes.yaml:6:10
       |
     6 |   grace: 30
       |          ^^
       = help: a duration needs a unit: 500ms, 30s, 5m, 1h

    error[E106]: `sometimes` is no value for `server.watch.mode`
      --> routes.yaml:7:17
       |
     7 |   watch: {mode: sometimes}
       |                 ^^^^^^^^^
       = help: there are `auto` and `poll`

    error[E103]: `server` has no key `port`
      --> routes.yaml:8:3
       |
     8 |   port: 80
       |   ^^^^
       = help: its keys: listen, admin, admin_token, tls, admin_tls, log, state_dir, watch, guard, limits, grace, source and 1 more
    ");
}

#[test]
fn callers_are_told_apart_and_never_empty() {
    insta::assert_snapshot!(refused(r#"
        models: {a: echo://a}
        keys: {me: abc, you: abc, they: ""}
    "#), @r"
    error[E104]: two callers have the same key
      --> routes.yaml:2:22
       |
     2 | keys: {me: ***, you: ***, they: **}
       |            ---       ^^^ again here
       |            |
       |            first here
       = help: nobody could tell them apart

    error[E115]: the key of caller `they` is empty
      --> routes.yaml:2:33
       |
     2 | keys: {me: ***, you: ***, they: **}
       |                                 ^^
       = help: an empty key would let everyone in
    ");
}

#[test]
fn headers_that_are_the_connections_own_are_refused() {
    insta::assert_snapshot!(refused(r#"
        models: {a: b}
        backends:
          b:
            url: http://h
            key: "two\nlines"
            headers: {Host: x, "x y": z, content-length: 3, x-a: "ü", X-A: b}
          c:
            url: http://h
            key: abc
            headers: {authorization: "Basic abc"}
    "#), @r#"
    error[E115]: this key holds the character '\n'
      --> routes.yaml:5:10
       |
     5 |     key: ************
       |          ^^^^^^^^^^^^
       = help: a line break in it would begin another header; is there one at the end?

    error[E115]: the header `host` can't be set
      --> routes.yaml:6:15
       |
     6 |     headers: {Host: *, "x y": *, content-length: *, x-a: *×*, X-A: *}
       |               ^^^^ the router sets it for each connection

    error[E115]: `x y` can't be the name of a header
      --> routes.yaml:6:24
       |
     6 |     headers: {Host: *, "x y": *, content-length: *, x-a: *×*, X-A: *}
       |                        ^^^^^
       = help: names are letters, digits and `-`

    error[E115]: the header `content-length` can't be set
      --> routes.yaml:6:34
       |
     6 |     headers: {Host: *, "x y": *, content-length: *, x-a: *×*, X-A: *}
       |                                  ^^^^^^^^^^^^^^ the router sets it for each connection

    error[E115]: the value of the header `x-a` holds the character 'ü'
      --> routes.yaml:6:58
       |
     6 |     headers: {Host: *, "x y": *, content-length: *, x-a: *×*, X-A: *}
       |                                                          ^^^
       = help: only visible ASCII can be sent

    error[E104]: `key` and the header `authorization` are the same thing
      --> routes.yaml:9:10
       |
     9 |     key: ***
       |          ^^^
       = help: keep one of them
    "#);
}
