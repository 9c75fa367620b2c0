//! What is wrong with a `.env`, with line and column.

use patchbay::config::{Vars, build};

use super::env;

fn refused(content: &str) -> String {
    build(&[env(content)], &Vars::new()).unwrap_err().to_string()
}

#[test]
fn lines_that_are_no_assignments_are_told() {
    insta::assert_snapshot!(refused("PROXY_SERVER_URL=http://h\nPROXY_API_KEY: abc\njust words\n1ST=x\nA B=c\n"), @r"
    error[E122]: this line has no `=`
      --> .env:2:1
       |
     2 | PROXY_API_KEY: ***
       | ^^^^^^^^^^^^^^^^^^
       = help: write `PROXY_API_KEY=…`

    error[E122]: this line has no `=`
      --> .env:3:1
       |
     3 | just words
       | ^^^^^^^^^^
       = help: lines look like NAME=value; a comment begins with `#`

    error[E122]: `1ST` can't be the name of a variable
      --> .env:4:1
       |
     4 | 1ST=x
       | ^^^
       = help: names have letters, digits and `_`

    error[E122]: `A B` can't be the name of a variable
      --> .env:5:1
       |
     5 | A B=c
       | ^^^
       = help: names have letters, digits and `_`
    ");
}

#[test]
fn a_name_that_is_there_twice_names_both_lines() {
    insta::assert_snapshot!(refused("PROXY_SERVER_URL=http://a\n# later\nPROXY_SERVER_URL=http://b\n"), @r"
    error[E104]: `PROXY_SERVER_URL` is there twice
      --> .env:3:1
       |
     1 | PROXY_SERVER_URL=http://a
       | ---------------- first here
     2 | # later
     3 | PROXY_SERVER_URL=http://b
       | ^^^^^^^^^^^^^^^^ again here
       = help: keep one line; others would take the first or the last
    ");
}

#[test]
fn quotes_are_followed_to_where_they_open() {
    insta::assert_snapshot!(refused("PROXY_SERVER_URL=\"http://h\nPROXYLLM_BACKEND=x\n"), @r#"
    error[E122]: the quote of `PROXY_SERVER_URL` is never closed
      --> .env:1:18
       |
     1 | PROXY_SERVER_URL="http://h
       |                  ^ opened here
       = help: close it with `"`
    "#);

    insta::assert_snapshot!(refused("PROXY_SERVER_URL='http://h' and more\n"), @r"
    error[E122]: this stands behind the closing quote
      --> .env:1:29
       |
     1 | PROXY_SERVER_URL='http://h' and more
       |                             ^^^^^^^^
       = help: put the whole value within the quotes
    ");
}

#[test]
fn a_shell_command_is_taken_literally_and_told() {
    insta::assert_snapshot!(refused("PROXY_SERVER_URL=$(cat url)\nPROXY_API_KEY=`cat key`\n"), @r"
    warning[W103]: `PROXY_SERVER_URL` holds a shell command
      --> .env:1:18
       |
     1 | PROXY_SERVER_URL=$(cat url)
       |                  ^^^^^^^^^^ taken literally, never run

    error[E108]: the URL has no `http://` or `https://` in front
      --> .env:1:18
       |
     1 | PROXY_SERVER_URL=$(cat url)
       |                  ^^^^^^^^^^
       = help: addresses look like http://HOST:PORT/v1, https://HOST/v1 or echo://NAME

    warning[W103]: `PROXY_API_KEY` holds a shell command
      --> .env:2:15
       |
     2 | PROXY_API_KEY=**** ****
       |               ^^^^^^^^^ taken literally, never run
    ");
}

#[test]
fn a_file_without_any_model_is_no_table() {
    insta::assert_snapshot!(refused("LANGUAGE=en\nLLM_MODEL=proxyllm\n"), @r"
    error[E112]: no models in `.env`
      --> .env:1:1
       |
     1 | LANGUAGE=en
       | ^
       = help: add PROXY_SERVER_URL=http://HOST:PORT/v1, or write a routes.yaml
    ");

    insta::assert_snapshot!(refused("PROXYLLM_BACKEND=gpt-4o\n"), @r"
    error[E123]: model `gpt-4o` has no address
      --> .env:1:18
       |
     1 | PROXYLLM_BACKEND=gpt-4o
       |                  ^^^^^^
       = help: add PROXY_SERVER_URL=http://HOST:PORT/v1
    ");

    insta::assert_snapshot!(refused(""), @r"
    error[E112]: no models in `.env`
     --> .env:1:1
      = help: add PROXY_SERVER_URL=http://HOST:PORT/v1, or write a routes.yaml
    ");
}

#[test]
fn addresses_are_checked_as_in_yaml() {
    insta::assert_snapshot!(refused("PROXY_SERVER_URL=localhost:8000, ftp://h\nPATCHBAY_MODELS=a=;b;c=http://h:0\n"), @r#"
    error[E108]: the URL has no `http://` or `https://` in front
      --> .env:1:18
       |
     1 | PROXY_SERVER_URL=localhost:8000, ftp://h
       |                  ^^^^^^^^^^^^^^
       = help: addresses look like http://HOST:PORT/v1, https://HOST/v1 or echo://NAME

    error[E108]: `ftp://` isn't a scheme that a backend speaks; use http, https or echo
      --> .env:1:34
       |
     1 | PROXY_SERVER_URL=localhost:8000, ftp://h
       |                                  ^^^^^^^
       = help: addresses look like http://HOST:PORT/v1, https://HOST/v1 or echo://NAME

    error[E108]: there is no address
      --> .env:2:17
       |
     2 | PATCHBAY_MODELS=a=;b;c=http://h:0
       |                 ^^
       = help: write `http://HOST:PORT/v1`; several are separated by commas

    error[E122]: `b` has no model name
      --> .env:2:20
       |
     2 | PATCHBAY_MODELS=a=;b;c=http://h:0
       |                    ^
       = help: write PATCHBAY_MODELS="a=URL,URL;b=URL"

    error[E108]: the URL's port isn't a number from 1 to 65535
      --> .env:2:24
       |
     2 | PATCHBAY_MODELS=a=;b;c=http://h:0
       |                        ^^^^^^^^^^
       = help: addresses look like http://HOST:PORT/v1, https://HOST/v1 or echo://NAME
    "#);

    insta::assert_snapshot!(refused("PROXY_SERVER_URL=http://127.0.0.1:9999/v1/chat/completions\n"), @r"
    error[E116]: backend `gpt-3.5-turbo` is this router itself
      --> .env:1:18
       |
     1 | PROXY_SERVER_URL=http://127.0.0.1:9999/v1/chat/completions
       |                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ the router listens on 127.0.0.1:9999
       = help: name the model server's own port
    ");
}

#[test]
fn a_model_that_is_there_twice_names_both_places() {
    insta::assert_snapshot!(refused("PROXYLLM_BACKEND=a\nPROXY_SERVER_URL=http://h\nPATCHBAY_MODELS=\"a=http://i;b=http://j\"\n"), @r#"
    error[E104]: model `a` is defined twice
      --> .env:3:18
       |
     1 | PROXYLLM_BACKEND=a
       |                  - first here
     2 | PROXY_SERVER_URL=http://h
     3 | PATCHBAY_MODELS="a=http://i;b=http://j"
       |                  ^^^^^^^^^^ again here
    "#);
}

#[test]
fn keys_are_starred_by_the_name_of_their_variable() {
    insta::assert_snapshot!(refused("PROXY_API_KEY=hunter2-secret MORE\nMY_TOKEN=\"hunter3-secret\" more\nDB_PASSWORD hunter4\nPROXY_SERVER_URL=hunter2-secret MORE\n"), @r"
    error[E122]: this stands behind the closing quote
      --> .env:2:27
       |
     2 | MY_TOKEN=**************** ****
       |                           ^^^^
       = help: put the whole value within the quotes

    error[E122]: this line has no `=`
      --> .env:3:1
       |
     3 | DB_PASSWORD *******
       | ^^^^^^^^^^^^^^^^^^^
       = help: lines look like NAME=value; a comment begins with `#`
    ");
}

#[test]
fn an_open_port_is_refused_with_the_ways_out() {
    insta::assert_snapshot!(refused("PROXY_SERVER_URL=http://h\nPATCHBAY_LISTEN=0.0.0.0:9999\nPATCHBAY_ADMIN=localhost\n"), @r"
    error[E118]: 0.0.0.0:9999 is open to everyone who can reach it
      --> .env:2:17
       |
     2 | PATCHBAY_LISTEN=0.0.0.0:9999
       |                 ^^^^^^^^^^^^ off loopback, callers need keys
       = help: listen on 127.0.0.1:9999
       = help: or name who may call: PATCHBAY_KEYS=KEY,KEY

    error[E106]: `localhost` is no value for PATCHBAY_ADMIN
      --> .env:3:16
       |
     3 | PATCHBAY_ADMIN=localhost
       |                ^^^^^^^^^
       = help: write IP:PORT, such as 127.0.0.1:9999
    ");
}

#[test]
fn no_part_of_a_key_is_shown_wherever_its_line_and_its_quotes_end() {
    for key in ["#planted", "'a\\'b\nplanted'", "\"a\\\"b\nplanted\"", "'a\\\\'\nOTHER_KEY='planted'"] {
        for end in ["\n", "\r\n", "\r"] {
            let shown =
                refused(&format!("LANGUAGE=en{end}PROXY_API_KEY={key}{end}PROXY_SERVER_URL=nowhere{end}no"));
            assert!(!shown.contains("planted"), "{shown}");
        }
    }
}
