//! The proxies that are measured, each with one worker on one core.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A proxy at work; it is killed when it is dropped.
pub(crate) struct Peer {
    pub(crate) name: &'static str,
    pub(crate) address: SocketAddr,
    process: Child,
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

/// Starts every peer that is installed.
pub(crate) fn start(mock: SocketAddr, folder: &Path) -> Vec<Peer> {
    let nginx = |at: SocketAddr| {
        format!(
            "daemon off; master_process off; worker_processes 1; pid {0}/nginx.pid; error_log {0}/nginx.err;
            events {{ worker_connections 4096; }}
            http {{ access_log off; client_body_temp_path {0}/b; proxy_temp_path {0}/p; fastcgi_temp_path {0}/f;
              uwsgi_temp_path {0}/u; scgi_temp_path {0}/s; client_body_buffer_size 512k; keepalive_requests 10000000;
              upstream m {{ server {mock}; keepalive 256; keepalive_requests 10000000; }}
              server {{ listen {at}; location / {{ proxy_pass http://m; proxy_http_version 1.1;
                proxy_set_header Connection \"\"; proxy_buffering off; }} }} }}",
            folder.display()
        )
    };
    let haproxy = |at: SocketAddr, look: &str| {
        format!(
            "global\n nbthread 1\n maxconn 4096\n tune.bufsize 32768\ndefaults\n mode http\n timeout connect 5s\n timeout client 60s\n \
             timeout server 60s\n option http-keep-alive\n http-reuse always\nfrontend f\n bind {at}\n{look} default_backend m\n\
             backend m\n server m {mock}\n"
        )
    };
    // What a classic proxy needs to route by model name, as we do.
    let look = " option http-buffer-request\n http-request set-var(txn.model) req.body,json_query('$.model')\n \
                use_backend m if { var(txn.model) -m str m }\n";
    let routes = |_: SocketAddr| format!("models:\n  m: http://{mock}/v1\n");
    [
        peer("nginx", folder, "nginx.conf", nginx, |file, _| {
            vec!["nginx".into(), "-c".into(), file.into(), "-p".into(), folder.display().to_string()]
        }),
        peer(
            "haproxy",
            folder,
            "haproxy.cfg",
            |at| haproxy(at, ""),
            |file, _| vec!["haproxy".into(), "-f".into(), file.into()],
        ),
        peer(
            "haproxy-model",
            folder,
            "haproxy-model.cfg",
            |at| haproxy(at, look),
            |file, _| vec!["haproxy".into(), "-f".into(), file.into()],
        ),
        peer("patchbay", folder, "routes.yaml", routes, |file, at| {
            let binary = concat!(env!("CARGO_MANIFEST_DIR"), "/target/release/patchbay");
            let words = [binary, "run", "-c", file, "--admin", "127.0.0.1:0", "--listen"];
            words.iter().map(ToString::to_string).chain([at.to_string()]).collect()
        }),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn peer(
    name: &'static str,
    folder: &Path,
    file: &str,
    config: impl Fn(SocketAddr) -> String,
    command: impl Fn(&str, SocketAddr) -> Vec<String>,
) -> Option<Peer> {
    let address = TcpListener::bind("127.0.0.1:0").ok()?.local_addr().ok()?;
    let file = folder.join(file);
    std::fs::write(&file, config(address)).ok()?;
    let words = command(&file.display().to_string(), address);
    let process = Command::new("taskset")
        .args(["-c", "0"])
        .args(words)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(std::fs::File::create(folder.join(format!("{name}.log"))).ok()?)
        .spawn()
        .ok()?;
    let peer = Peer { name, address, process };
    let deadline = Instant::now() + Duration::from_secs(5);
    while TcpStream::connect(address).is_err() {
        if Instant::now() > deadline {
            println!("left out: {name} does not answer (not installed?)");
            return None;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Some(peer)
}

impl Peer {
    /// Returns the CPU time it has used.
    pub(crate) fn cpu(&self) -> Duration {
        let text = std::fs::read_to_string(format!("/proc/{}/stat", self.process.id())).unwrap_or_default();
        let fields: Vec<&str> = text.rsplit(')').next().unwrap_or("").split_whitespace().collect();
        let ticks = |at: usize| fields.get(at).and_then(|field| field.parse::<u64>().ok()).unwrap_or(0);
        Duration::from_millis((ticks(11) + ticks(12)) * 10)
    }

    /// Returns its resident memory in MB.
    pub(crate) fn memory(&self) -> u64 {
        let text = std::fs::read_to_string(format!("/proc/{}/status", self.process.id())).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or("0");
        line.split_whitespace().next().and_then(|kb| kb.parse::<u64>().ok()).unwrap_or(0) / 1024
    }
}
