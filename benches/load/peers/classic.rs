//! nginx and haproxy, and what neither can do for less.

use std::fs;
use std::io;

use super::recipe::Place;
use crate::process::Start;

/// nginx, which never looks at a body.
pub(super) fn nginx(place: &Place) -> io::Result<Start> {
    let Place { mock, at, folder, .. } = place;
    let config = format!(
        "daemon off; master_process off; worker_processes 1; pid {0}/pid; error_log {0}/errors;
        events {{ worker_connections 4096; }}
        http {{ access_log off; client_body_temp_path {0}/b; proxy_temp_path {0}/p; fastcgi_temp_path {0}/f;
          uwsgi_temp_path {0}/u; scgi_temp_path {0}/s; client_body_buffer_size 512k; keepalive_requests 10000000;
          upstream m {{ server {mock}; keepalive 1024; keepalive_requests 10000000; }}
          server {{ listen {at}; location / {{ proxy_pass http://m; proxy_http_version 1.1;
            proxy_set_header Connection \"\"; proxy_buffering off; }} }} }}",
        folder.display()
    );
    let file = folder.join("nginx.conf");
    fs::write(&file, config)?;
    let words = ["nginx".into(), "-c".into(), file.display().to_string(), "-p".into()];
    Ok(Start { words: words.into_iter().chain([folder.display().to_string()]).collect(), variables: &[] })
}

/// haproxy, which doesn't look either.
pub(super) fn haproxy(place: &Place) -> io::Result<Start> {
    configured(place, "")
}

/// haproxy with what it takes to route by model name, as we do.
pub(super) fn haproxy_model(place: &Place) -> io::Result<Start> {
    let look = " option http-buffer-request\n \
                http-request set-var(txn.model) req.body,json_query('$.model')\n \
                use_backend m if { var(txn.model) -m str m }\n";
    configured(place, look)
}

fn configured(place: &Place, look: &str) -> io::Result<Start> {
    let Place { mock, at, folder, .. } = place;
    let config = format!(
        "global\n nbthread 1\n maxconn 4096\n tune.bufsize 32768\ndefaults\n mode http\n timeout connect 5s\n \
         timeout client 60s\n timeout server 60s\n option http-keep-alive\n option http-no-delay\n http-reuse always\n\
         frontend f\n bind {at}\n{look} default_backend m\nbackend m\n server m {mock}\n"
    );
    let file = folder.join("haproxy.cfg");
    fs::write(&file, config)?;
    Ok(Start { words: vec!["haproxy".into(), "-f".into(), file.display().to_string()], variables: &[] })
}

/// This program's relay, which looks at nothing at all.
pub(super) fn relay(place: &Place) -> io::Result<Start> {
    let program = std::env::current_exe()?.display().to_string();
    let words = [program, "--bench".into(), "--relay".into(), place.at.to_string(), place.mock.to_string()];
    Ok(Start { words: words.into(), variables: &[] })
}
